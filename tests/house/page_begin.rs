//! The page before there is anything to show: nothing is declared, or nobody was looked at yet.

use crate::page::Page;
use crate::tool::{Simulator, Tool, against};

/// The page's main part.
fn main(html: &str) -> &str {
    html.split("<main").nth(1).unwrap().split("</main>").next().unwrap()
}

/// The same providers, and nobody in them.
fn nobody(declared: &str) -> &str {
    declared.split("[instance.").next().unwrap()
}

#[test]
fn over_which_nothing_is_declared_the_page_says_how_to_begin_and_follows_what_is_declared_then() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let declared = tool.read("rdp.toml");
    tool.write("rdp.toml", nobody(&declared));
    let mut page = Page::of(tool, simulator);
    // What is watched is said as soon as it was read.
    let begins = page.until("/fleet.json", |fleet| fleet["instances"] == 0);
    assert_eq!(begins["causes"], serde_json::json!([]), "{begins}");
    page.until("/loop.json", |page| page["health"]["files"]["sources"] == 0);
    let (head, html) = page.get("/");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(html.contains("<title>Nothing is declared yet · Fleet · rdpctl</title>"), "{html}");
    for says in [
        "<h1>Nothing is declared yet.</h1>",
        "The loop watches . and finds no instance and no fleet declared.",
        "rdpctl import --provider tencent",
        "[fleet.kiosks]",
        "rdpctl run --sim world.toml examples/quickstart",
    ] {
        assert!(main(&html).contains(says), "{says}: {html}");
    }
    // Nothing is as declared where nothing is declared.
    assert!(!main(&html).contains("as declared") && html.contains("/static/icon-dim."), "{html}");
    let (_, korean) = page.get("/?lang=ko");
    assert!(korean.contains("<h1>아직 선언된 것이 없습니다.</h1>"), "{korean}");

    page.tool().write("rdp.toml", &declared);
    let follows = page.until("/fleet.json", |fleet| fleet["numbers"]["not-reachable"] == 2);
    assert_eq!(follows["instances"], 2, "{follows}");
    let next = page.until("/loop.json", |page| page["health"]["next-look"].is_string());
    let (at, next) = (next["at"].as_str().unwrap(), next["health"]["next-look"].as_str().unwrap());
    let moment = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    // Every second, as it was asked for; a tenth more or less.
    let ahead = moment(next).duration_since(moment(at));
    assert!(ahead < jiff::SignedDuration::from_secs(2), "{at}: {next}");
    let (_, html) = page.get("/runs");
    assert!(main(&html).contains("The clouds are looked at again"), "{html}");
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn a_look_that_is_asked_for_once_ends_where_nothing_is_declared() {
    let tool = Tool::quickstart();
    tool.write("rdp.toml", nobody(&tool.read("rdp.toml")));
    let told = tool.run(&["run", "--once"]).exits(0).out;
    assert!(told.contains("everything was looked at: 0 of 0 instances as declared"), "{told}");
}
