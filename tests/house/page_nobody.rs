//! A declared fleet that finds nobody: what it looks for, and what was nearest to it.

use crate::page::Page;
use crate::tool::{Simulator, Tool, against};

#[test]
fn a_fleet_that_finds_nobody_is_named_with_what_it_looks_for_and_the_nearest_tags_that_were_seen() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let more = "\n[fleet.shops]\nprovider = \"gz\"\nselect = { tags = { role = \"wep\" } }\nprofile = \"office\"\n";
    tool.write("rdp.toml", &format!("{}{more}", tool.read("rdp.toml")));
    let mut page = Page::of(against(tool, &simulator), simulator);
    let fleet = page.until("/fleet.json", |fleet| {
        fleet["nobody"].as_array().is_some_and(|all| {
            all.iter().any(|one| one["nearest"] == serde_json::json!(["role=web"]))
        })
    });
    assert_eq!(fleet["nobody"][0]["wants"], serde_json::json!(["role=wep"]), "{fleet}");
    assert_eq!(fleet["instances"], 2, "{fleet}");
    let (_, html) = page.get("/");
    let says = "The fleet shops finds nobody: it looks for role=wep. Nearest of the tags that were seen: role=web.";
    assert!(html.contains(says), "{html}");
    let (_, korean) = page.get("/?lang=ko");
    assert!(korean.contains("가장 가까운 것: role=web"), "{korean}");
    assert_eq!(page.ends(), Some(0));
}
