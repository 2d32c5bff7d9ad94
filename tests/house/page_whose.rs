//! What the page tells of others: who may have changed what differs, by the clouds' logs, and the repair of a disk that a
//! plan has.

use serde_json::Value;

use crate::page::Page;
use crate::repaired_known::shortly_armed;
use crate::repaired_there::{BROKEN, OFFLINE, office};
use crate::tool::{Simulator, Tool};
use crate::who::{power_by, repaired};

/// Whether a log was asked, and its answer is shown.
fn is_asked(page: &Value) -> bool {
    let some = |key: &str| page[key].as_array().is_some_and(|all| !all.is_empty());
    some("changed-by") || some("not-told")
}

#[test]
fn the_page_names_who_may_have_changed_what_differs_by_the_clouds_log() {
    let (tool, simulator) = repaired("", "detect");
    let mut page = Page::of(tool, simulator);
    power_by(page.simulator(), "web-01", "stopped", "ops <b>100001");
    let drift = page.until("/drift.json", is_asked);
    let named = &drift["changed-by"][0];
    assert_eq!(
        (&named["instance"], &named["facet"], &named["by"], &named["what"]),
        (&"web-01".into(), &"power".into(), &"ops <b>100001".into(), &"StopInstances".into()),
        "{drift}"
    );
    let (_, html) = page.get("/drift");
    assert!(
        html.contains("may have been changed by ops &lt;b&gt;100001 (StopInstances, "),
        "{html}"
    );
    let (_, korean) = page.get("/drift?lang=ko");
    assert!(korean.contains("바꾼 것으로 보이는 쪽: ops &lt;b&gt;100001"), "{korean}");
    // It stands with the difference, too, and what changes in guests is nobody's.
    let fleet = page.until("/fleet.json", |_| true);
    let power = fleet["causes"].as_array().unwrap().iter().find(|one| one["facets"][0] == "power");
    assert_eq!(power.unwrap()["changed-by"]["by"], "ops <b>100001", "{fleet}");
    page.simulator().behind("legacy-01", crate::page::DENY);
    let turned = page.until("/fleet.json", |fleet| {
        let causes = fleet["causes"].as_array().unwrap();
        causes.iter().any(|one| one["facets"][0] == "remote-desktop")
    });
    let causes = turned["causes"].as_array().unwrap();
    let inside = causes.iter().find(|one| one["facets"][0] == "remote-desktop").unwrap();
    assert!(inside["changed-by"].is_null(), "{inside}");
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn a_log_that_may_not_be_read_is_named_on_the_page_and_nobody_else() {
    let (tool, simulator) = repaired("deny = [\"cloudaudit:DescribeEvents\"]", "detect");
    let mut page = Page::of(tool, simulator);
    power_by(page.simulator(), "web-01", "stopped", "ops-100001");
    let drift = page.until("/drift.json", is_asked);
    assert_eq!(drift["changed-by"], serde_json::json!([]), "{drift}");
    assert_eq!(drift["not-told"][0]["provider"], "gz", "{drift}");
    let (_, html) = page.get("/drift");
    assert!(html.contains("The log of gz does not say who changed what differs"), "{html}");
    assert!(!html.contains("ops-100001"), "{html}");
    assert_eq!(page.ends(), Some(0));
}

/// An office in Azure that a loop can reach, served by a simulator.
fn served(tool: Tool) -> (Tool, Simulator) {
    let simulator = Simulator::start(&tool);
    let keys = &simulator.endpoints["credentials"]["corp"];
    let said = |key: &str| keys[key].as_str().unwrap().to_owned();
    let endpoint = simulator.endpoints["azure"].as_str().unwrap();
    let pointed = format!(
        "[provider.corp]\ntenant = \"{}\"\nendpoint = \"{endpoint}\"\n\
         credentials = {{ client-id = \"{}\", client-secret = \"env:AZ_SECRET\" }}\n",
        said("tenant"),
        said("secret-id")
    );
    tool.write("rdp.toml", &tool.read("rdp.toml").replace("[provider.corp]\n", &pointed));
    let secret = said("secret-key");
    (tool.with("AZ_SECRET", &secret).trusting(), simulator)
}

#[test]
fn the_repair_of_a_disk_is_drawn_with_its_numbers_its_minutes_its_price_and_its_guards() {
    let (tool, simulator) = served(shortly_armed(office(BROKEN, "", OFFLINE)));
    let mut page = Page::of(tool, simulator);
    let one = page.until("/instances/web.json", |one| !one["detail"]["repair"].is_null());
    let steps = one["detail"]["repair"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10, "{one}");
    let plan = page.tool().run(&["plan", "--format", "json"]).out;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let numbers = |steps: &Value| -> Vec<Value> {
        steps.as_array().unwrap().iter().map(|step| step["number"].clone()).collect()
    };
    let shown = numbers(&one["detail"]["repair"]["steps"]);
    assert_eq!(shown, numbers(&plan["repairs"][0]["steps"]), "the numbers of `plan`");
    let (_, html) = page.get("/instances/web");
    for step in steps {
        let (number, what) = (step["number"].as_str().unwrap(), step["what"].as_str().unwrap());
        assert!(
            html.contains(&format!("<title>{number} {what}</title>")),
            "{number} {what}: {html}"
        );
        assert!(
            html.contains(&format!("{number}. <span>{what}</span>")),
            "{number} {what}: {html}"
        );
    }
    for said in
        ["Repair of its disk", "minutes in which nobody can use it", "offline-repair, spend"]
    {
        assert!(html.contains(said), "{said}: {html}");
    }
    // The program of the second way, by its sum, as the plan has it.
    let sum = plan["repairs"][0]["second"]["sha256"].as_str().unwrap();
    assert_eq!(one["detail"]["repair"]["second"]["sha256"], sum, "{one}");
    assert!(html.contains(&format!("rdpctl-rescue (SHA-256 {sum}) is sent")), "{html}");
    let (_, korean) = page.get("/instances/web?lang=ko");
    assert!(korean.contains("디스크 복구") && !korean.contains("Repair of its disk"), "{korean}");
    assert_eq!(page.ends(), Some(0));
}
