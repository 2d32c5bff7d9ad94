//! Pages stay small and quick, however many instances there are.

use rdpctl_model::FacetId;

use crate::world::{World, body, get};

fn large() -> World {
    let mut world = World::usual();
    for one in &mut world.differs {
        one.count *= 20;
    }
    world.healthy = 10_000;
    world.display = "a display name of usual length".to_owned();
    world
}

/// What no profile mentions is most of it.
fn few_are_managed() -> World {
    let managed = [FacetId::Power, FacetId::Ingress, FacetId::Tls, FacetId::Reachable];
    let unmanaged = FacetId::ALL.into_iter().filter(|facet| !managed.contains(facet));
    World { unmanaged: unmanaged.collect(), ..large() }
}

#[test]
fn pages_stay_small_at_ten_thousand_instances_whatever_is_filtered_and_managed() {
    for world in [large(), few_are_managed()] {
        let view = world.view();
        assert!(view.rows.len() > 10_000);
        for address in ["/", "/held", "/drift", "/loop", "/runs", "/?view=fleets"] {
            let size = get(&view, address).body.len();
            assert!(size <= 60 * 1024, "{address}: {size} bytes");
        }
        let filters = ["", "&verdict=unknown", "&verdict=differs", "&verdict=as-declared"];
        for filter in filters {
            for (per, most) in [(50, 100), (200, 250)] {
                let address = format!("/?view=matrix&per={per}{filter}");
                let page = get(&view, &address);
                assert_eq!(body(&page).matches("<tr data-item").count(), per, "{address}");
                let size = page.body.len();
                assert!(size <= most * 1024, "{address}: {size} bytes");
            }
        }
    }
}

#[test]
fn unknown_is_nowhere_shown_as_healthy() {
    let view = World::usual().view();
    let page = get(&view, "/?view=matrix&verdict=unknown");
    let rows: Vec<&str> = body(&page).split("<tr data-item").skip(1).collect();
    assert_eq!(rows.len(), 19);
    for row in rows {
        // Twelve facets of the guest were not seen: four of the cloud, the outside and licences were.
        assert_eq!(row.matches("class=\"k").count(), 6, "{row}");
    }
}
