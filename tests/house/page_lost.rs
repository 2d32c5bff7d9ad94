//! What the page shows of a loop that lost something: its state, or the lead. It serves what is known, says what is wrong since
//! when, changes nothing, and goes on once it is mended.

use std::fs;

use serde_json::Value;

use crate::interrupt::signal;
use crate::page::{DENY, Page};
use crate::tool::{Simulator, Tool, against};

fn banners(page: &Value) -> String {
    let all = page["banners"].as_array().unwrap().iter();
    all.map(|one| format!("{} {}\n", one["says"], one["means"])).collect()
}

#[test]
fn a_loop_whose_state_was_taken_away_serves_what_it_knows_says_so_and_goes_on_once_it_is_back() {
    let mut page = Page::open();
    page.until("/fleet.json", |fleet| fleet["numbers"]["not-reachable"] == 2);
    let (state, aside) = (page.tool().path(".rdpctl"), page.tool().path("aside"));
    fs::rename(&state, &aside).unwrap();
    let said = page.until("/loop.json", |page| banners(page).contains("cannot write the state"));
    assert!(banners(&said).contains("what cannot be journaled is not done"), "{said}");
    // Its lease lapses, as it can renew it nowhere. It makes no new state, in which another one could believe that it is alone.
    page.events().until("deposed");
    let said = page.until("/loop.json", |page| banners(page).contains("leads no more"));
    assert!(banners(&said).contains("cannot write the state"), "{said}");
    for path in ["/", "/?view=matrix", "/instances/web-01", "/held", "/runs", "/drift", "/loop"] {
        let (head, html) = page.get(path);
        assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}");
        for says in ["class=\"banner bad\"", "cannot write the state", "<time datetime"] {
            assert!(html.contains(says), "{path}, {says}: {html}");
        }
    }
    assert!(!state.exists(), "a state was made anew");
    fs::rename(&aside, &state).unwrap();
    page.events().until("remembers");
    page.events().until("leading");
    page.until("/loop.json", |page| banners(page).is_empty());
    page.simulator().behind("legacy-01", DENY);
    page.until("/instances/legacy-01.json", |one| {
        one["facets"]["remote-desktop"]["verdict"]["verdict"] == "drifted"
    });
    page.tool().run(&["state", "verify"]).exits(0);
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn a_process_that_stands_by_shows_what_the_state_remembers_and_who_leads_and_takes_over_both() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let mut leads = crate::watching::Loop::start(&tool, &[]);
    leads.until("ready");
    let mut page = Page::beside(tool, simulator);
    let fleet = page.until("/fleet.json", |fleet| fleet["numbers"]["not-reachable"] == 2);
    let drift = page.tool().run(&["drift", "--refresh=false", "--format", "json"]);
    let drift: Value = serde_json::from_str(&drift.exits(2).out).unwrap();
    assert_eq!(fleet["numbers"], drift["numbers"], "{fleet}");
    let said = page.until("/loop.json", |page| banners(page).contains("this one stands by"));
    let who = format!("(pid {})", leads.child().id());
    assert!(banners(&said).contains(&who), "{said}");
    // What the leader sees and remembers is shown here, too.
    page.simulator().behind("legacy-01", DENY);
    leads.until_turned("legacy-01", "remote-desktop", "drifted");
    page.until("/instances/legacy-01.json", |one| {
        one["facets"]["remote-desktop"]["verdict"]["verdict"] == "drifted"
    });
    signal(leads.child(), "KILL");
    page.events().until("leading");
    page.until("/loop.json", |page| banners(page).is_empty());
    page.events().until("ready");
    assert_eq!(page.ends(), Some(0));
}
