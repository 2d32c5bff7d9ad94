//! Pages stay small and quick, however many instances there are.

use jiff::civil::date;
use rdpctl_model::{FacetId, Gap, Said, Verdict};
use rdpctl_page::{
    Accepts, Drift, Language, Mode, More, Request, StepWords, Telling, View, drift, respond,
};

use crate::world::{Differs, World, body, get, now};

type Findings = Vec<(FacetId, Verdict, Option<FacetId>)>;

fn large() -> World {
    let mut world = World::usual();
    for one in &mut world.differs {
        one.count *= 10;
    }
    world.healthy = 10_000;
    world
}

/// Hundreds of whom each facet is this, with names as long as they are displayed.
fn all_over(findings: Findings) -> View {
    let mut world = World::usual();
    world.differs = vec![Differs { fleet: "kiosks-seoul", count: 200, findings, held: None }];
    world.display =
        String::from("서울 본사 로비 2층 안내 데스크 키오스크 모니터 옆 예비 장비 하나");
    world.healthy = 10_000;
    world.view()
}

fn within(view: &View, address: &str, most: usize) {
    for language in Language::ALL {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let request = Request { language, ..Request::plain(path, query) };
        let size = respond(view, &request, &More::Nothing).body.len();
        assert!(size <= most * 1024, "{address} in {}: {size} bytes", language.code());
    }
}

#[test]
fn pages_stay_small_at_ten_thousand_instances() {
    let view = large().view();
    for (address, most) in
        [("/", 60), ("/?view=matrix", 100), ("/?view=matrix&per=200", 250), ("/held", 60)]
    {
        within(&view, address, most);
    }
}

#[test]
fn a_matrix_stays_small_where_nothing_is_known_and_where_all_of_everybody_differs() {
    let off = || Verdict::drifted(Said::quoted("1.0, 1.1, 1.2"), Said::quoted("1.2"));
    let silent =
        || Verdict::Unknown { gap: Gap::AgentUnavailable { reason: Said::quoted("offline") } };
    let blocked = || Verdict::Blocked {
        from: Said::quoted("optional"),
        to: Said::quoted("required"),
        by: Said::quoted("a policy of the domain"),
        advice: Said::quoted("ask who keeps the policy"),
    };
    let each = |of: &dyn Fn() -> Verdict, blocked_by| -> Findings {
        FacetId::ALL.into_iter().map(|facet| (facet, of(), blocked_by)).collect()
    };
    let power = Some(FacetId::Power);
    for findings in [
        each(&silent, None),
        each(&off, None),
        each(&blocked, None),
        std::iter::once((FacetId::Power, off(), None))
            .chain(each(&off, power).split_off(1))
            .collect(),
    ] {
        let view = all_over(findings);
        within(&view, "/?view=matrix", 100);
        within(&view, "/?view=matrix&per=200", 250);
        within(&view, &format!("/groups/{}?per=200", view.causes[0].key), 250);
    }
}

#[test]
fn the_fleet_stays_small_where_every_group_says_much() {
    let mut world = World::usual();
    let long = |place: usize| format!("{place} {}", "203.0.113.0/24, ".repeat(8));
    world.differs = (0..60)
        .map(|place| Differs {
            fleet: "kiosks-seoul",
            count: 2,
            findings: vec![(
                FacetId::Ingress,
                Verdict::drifted(Said::quoted(long(place)), Said::quoted(long(1_000 + place))),
                None,
            )],
            held: None,
        })
        .collect();
    within(&world.view(), "/", 60);
}

#[test]
fn unknown_is_nowhere_shown_as_healthy() {
    let view = World::usual().view();
    let page = get(&view, "/?view=matrix&verdict=unknown");
    let rows: Vec<&str> = body(&page).split("<tr data-item").skip(1).collect();
    assert_eq!(rows.len(), 19);
    for row in rows {
        // Twelve facets of the guest were not seen: four of the cloud, the outside and licences were.
        assert_eq!(row.matches("<td class=\"k\"").count(), 6, "{row}");
        assert_eq!(row.matches("<td class=\"x u\"><i>unknown</i></td>").count(), 12, "{row}");
    }
}

/// A report of all of them, as `drift --format html` writes it.
fn report(world: &World) -> String {
    let telling = Telling {
        plan: &world.plan(),
        accepts: Accepts::new(&world.accepts, date(2026, 11, 26)),
        mode: Mode::Detect,
        say: &|step| StepWords { does: Said::quoted(step.facet.to_string()), exactly: Vec::new() },
        since: &|_, _| Some(now()),
        shows: &|_, _| true,
        heading: &|_| None,
    };
    let told = telling.tell();
    let about = Drift {
        line: "Many differ.".to_owned(),
        at: Some(now()),
        instances: told.numbers.all(),
        notes: &[],
        gone: Vec::new(),
    };
    drift(&told, &about, Language::English)
}

#[test]
fn a_report_of_ten_thousand_can_be_mailed_and_says_how_many_it_leaves_out() {
    let mut world = World::usual();
    world.healthy = 0;
    for (one, count) in world.differs.iter_mut().zip([2_000, 6_000, 2_000]) {
        one.count = count;
    }
    let one_fleet = report(&world);
    assert!(one_fleet.len() <= 300 * 1024, "{}", one_fleet.len());
    let named = one_fleet.matches("ins-kiosks").count() + one_fleet.matches("ins-desks").count();
    assert!(named > 5_000, "{named}");
    assert_eq!(left_out(&one_fleet), 10_000 - named);
    // Hundreds of different reasons, each on a few.
    let mut world = World::usual();
    let from = |place: usize| {
        Said::quoted(format!(
            "TLS {} of the year {}",
            "1.0, 1.1, 1.2 ".repeat(3),
            "x".repeat(place)
        ))
    };
    world.differs = (0..250)
        .map(|place| Differs {
            fleet: "kiosks-seoul",
            count: 40,
            findings: vec![(
                FacetId::Tls,
                Verdict::drifted(from(place), Said::quoted("1.2")),
                None,
            )],
            held: None,
        })
        .collect();
    let many = report(&world);
    assert!(many.len() <= 300 * 1024, "{}", many.len());
    assert!(many.contains("more, in the JSON"), "what is left out is counted");
}

/// How many a report says that it leaves out.
fn left_out(report: &str) -> usize {
    let said = report.split(" more, in the JSON");
    let counts = said.filter_map(|before| before.rsplit_once("and ")).map(|(_, number)| number);
    counts.filter_map(|number| number.replace(',', "").parse::<usize>().ok()).sum()
}
