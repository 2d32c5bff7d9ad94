//! Pages stay small and quick, however many instances there are.

use crate::world::{World, body, get};

fn large() -> World {
    let mut world = World::usual();
    for one in &mut world.differs {
        one.count *= 10;
    }
    world.healthy = 10_000;
    world
}

#[test]
fn pages_stay_small_at_ten_thousand_instances() {
    let view = large().view();
    for (address, most) in
        [("/", 60), ("/?view=matrix", 100), ("/?view=matrix&per=200", 250), ("/held", 60)]
    {
        let size = get(&view, address).body.len();
        assert!(size <= most * 1024, "{address}: {size} bytes");
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
