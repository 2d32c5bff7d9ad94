//! The numbers agree wherever they stand, and add up.

use jiff::civil::date;
use rdpctl_model::FacetId;
use rdpctl_model::declaration::Accept;
use rdpctl_page::Standing;

use crate::world::{World, body, get};

#[test]
fn the_five_numbers_add_up_and_consequences_do_not_count() {
    let view = World::usual().view();
    let numbers = view.numbers;
    assert_eq!(
        (numbers.not_reachable, numbers.differ, numbers.unknown, numbers.accepted),
        (12, 41, 19, 0)
    );
    assert_eq!((numbers.as_declared, numbers.all()), (100, 172));
    assert_eq!(view.breaks[FacetId::Ingress].differ, 12);
    assert_eq!(view.breaks[FacetId::Reachable].differ, 0, "it follows from ingress");
    assert_eq!(view.breaks[FacetId::Service].unknown, 19);
    assert_eq!(view.causes.len(), 3);
    for standing in Standing::ALL {
        let rows = view.rows.iter().filter(|row| row.standing == standing).count();
        assert_eq!(rows, numbers.of(standing));
    }
}

#[test]
fn a_page_and_its_json_say_the_same() {
    let view = World::usual().view();
    let json: serde_json::Value = serde_json::from_str(body(&get(&view, "/fleet.json"))).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["numbers"]["not-reachable"], 12);
    assert_eq!(json["causes"].as_array().unwrap().len(), 3);
    assert_eq!(json["causes"][0]["facets"][0], "ingress");
    assert_eq!(json["causes"][1]["next"]["kind"], "asks");
    let html = get(&view, "/");
    for number in ["<b>12</b>", "<b>41</b>", "<b>19</b>", "<b>100</b>"] {
        assert!(body(&html).contains(number), "{number}");
    }
}

#[test]
fn what_was_accepted_stands_apart_until_it_ends() {
    let mut world = World::usual();
    let accept = |until| Accept {
        instance: "desks".to_owned(),
        facet: Some(FacetId::Ingress),
        reason: "the audit".to_owned(),
        owner: None,
        until: Some(until),
    };
    world.accepts = vec![accept(date(2026, 11, 26))];
    let view = world.view();
    assert_eq!((view.numbers.not_reachable, view.numbers.accepted), (0, 12));
    assert_eq!(view.breaks[FacetId::Ingress].differ, 0);
    world.accepts = vec![accept(date(2026, 11, 25))];
    let view = world.view();
    assert_eq!((view.numbers.not_reachable, view.numbers.accepted), (12, 0));
    assert!(body(&get(&view, "/accepted")).contains("ran out on 2026-11-25"));
}

#[test]
fn a_filter_is_kept_in_the_address_and_finds_by_name() {
    let view = World::usual().view();
    let json = |address: &str| -> serde_json::Value {
        serde_json::from_str(body(&get(&view, address))).unwrap()
    };
    assert_eq!(json("/fleet.json?view=matrix")["extent"]["of"], 72);
    assert_eq!(json("/fleet.json?view=matrix&verdict=unknown")["extent"]["of"], 19);
    assert_eq!(json("/fleet.json?view=matrix&facet=ingress")["extent"]["of"], 12);
    assert_eq!(json("/fleet.json?view=matrix&q=desks500001")["extent"]["of"], 1);
    assert_eq!(json("/fleet.json?view=matrix&next=asks")["extent"]["of"], 41);
    let page = get(&view, "/?view=matrix&verdict=unknown&colour=red&group-by=tag");
    assert!(body(&page).contains("Not known and ignored: colour=red, group-by=tag"));
    // The groups are those of the instances that are meant.
    assert_eq!(json("/fleet.json?fleet=desks")["extent"]["of"], 1);
    assert_eq!(json("/fleet.json?q=ins-desks00001")["extent"]["of"], 1);
    assert_eq!(json("/fleet.json?provider=nowhere")["extent"]["of"], 0);
}

#[test]
fn what_matches_nothing_names_the_filter_and_the_way_out() {
    let view = World::usual().view();
    for (query, clear) in [("", "href=\"/\""), ("view=matrix&", "href=\"/?view=matrix\"")] {
        let page = get(&view, &format!("/?{query}provider=nowhere&facet=nla&q=<b>x"));
        let says = "Nothing matches. Provider: nowhere · Facet: nla · Name or id: &lt;b&gt;x ";
        assert!(body(&page).contains(&format!("{says}<a {clear}>Clear</a>")), "{}", body(&page));
    }
    let mut nobody_differs = World::usual().view();
    nobody_differs.rows.retain(|row| row.standing == Standing::AsDeclared);
    let page = get(&nobody_differs, "/?view=matrix");
    assert!(body(&page).contains("Nothing differs."), "{}", body(&page));
}

#[test]
fn every_page_as_data_keeps_its_schema() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../state/schemas/page.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let view = World::usual().view();
    for address in crate::world::addresses(&view) {
        let (path, query) = address.split_once('?').unwrap_or((&address, ""));
        if path.starts_with("/no/") {
            continue;
        }
        let path = if path == "/" { "/fleet" } else { path };
        let response = get(&view, &format!("{path}.json?{query}"));
        let page: serde_json::Value = serde_json::from_str(body(&response)).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&page).map(|error| error.to_string()).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{address}");
    }
}
