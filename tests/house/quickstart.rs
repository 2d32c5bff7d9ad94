//! The README's first command: everything broken at once, planned, repaired, proved, and then nothing to do.

use serde_json::Value;

use crate::tool::{Simulator, Tool, addresses, against};

#[test]
fn a_repaired_world_has_nothing_left_to_do() {
    let tool = Tool::quickstart();
    tool.sim(&["drift"]).exits(2);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(2);

    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);

    let again = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);
    tool.sim(&["apply", "--auto-approve"]).exits(0);
    let drift = tool.sim(&["drift", "--format", "json"]).exits(0);
    assert_eq!(serde_json::from_str::<Value>(&drift.out).unwrap()["drifted"], 0);
}

#[test]
fn the_first_plan_names_what_differs_why_and_what_waits() {
    let plan = Tool::quickstart().sim(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    Neither of 2 instances answers RDP. 3 steps can be done; 2 more are held.

    legacy-01  does not answer: ends on the way  gz-legacy  ins-0lega001  office-legacy
      ✗ bandwidth  0 Mbps → 5 Mbps                                                            Tencent 3
            1  set the instance to 5 Mbps
      > reachable  follows from bandwidth
            2  prove it: RDP handshake from outside on port 3389

    web-01  does not answer: ends on the way  gz  ins-0abc1234  office
      ✗ power      stopped → running                                                          Tencent 1
            3  start the instance
      ✗ public-ip  no public address → elastic address                                        Tencent 2
            4  obtain an elastic address with 5 Mbps, or reuse a free one of ours           costs money
               ! held: the guard `spend` asks
            5  bind the address                                                          opens a way in
               ! held: behind 4
      > bandwidth  follows from public-ip
      ✗ ingress    port 3389 closed → port 3389 open to 198.51.100.0/24                       Tencent 4
            6  sg-web00001: insert ACCEPT tcp 3389 from 198.51.100.0/24 at index 1           opens 3389
      ? 11 facets  unknown: the instance does not run; hides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable; follows from power
            7  look into the guest; decides these 11 facets, after 3

    Plan       3 changes on 2 instances, then what 7 finds
               opens: port 3389 opened to 198.51.100.0/24
               no reboot, no session ends, no money; about 59 API calls, 6 guest round trips, 3 min
    Held       2 steps on 1 instance: 4, 5
               would cost money: 1 x elastic addresses, charged by traffic; the price is not quoted
               would open: public address bound
    Unknown    11 facets
    ");
}

#[test]
fn without_permission_nothing_is_bought() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let applied = tool.run(&["apply", "--auto-approve"]).exits(3);
    assert!(applied.out.contains("asks for spend"), "{}", applied.out);
    // What a look reveals is held behind what was held before it: a proof that needs the address does not fail.
    let held = |line: &str| line.contains("held behind") && line.contains("prove it");
    assert!(applied.out.lines().any(held) && !applied.out.contains("failed"), "{}", applied.out);
    assert_eq!(addresses(&tool), 0);
    assert!(simulator.counters()["actions"]["vpc"]["AllocateAddresses"].is_null());
}

#[test]
fn a_plan_writes_itself_in_every_form() {
    let tool = Tool::quickstart();
    tool.sim(&["plan"]).exits(0);
    // From here on without a network: the simulator is not started.
    let form = |form: &str| tool.run(&["plan", "--refresh=false", "--format", form]).exits(0).out;

    let json: Value = serde_json::from_str(&form("json")).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["steps"].as_array().unwrap().len(), 7);

    let markdown = form("markdown");
    assert!(markdown.len() <= 65_536 && markdown.contains("web-01"), "{markdown}");

    let dot = form("dot");
    assert!(dot.starts_with("digraph") && dot.trim_end().ends_with('}'), "{dot}");

    let svg = form("svg");
    assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{svg}");
    assert_eq!(unclosed(&svg), Vec::<String>::new());

    let mermaid = form("mermaid");
    assert!(mermaid.starts_with("flowchart") || mermaid.starts_with("graph"), "{mermaid}");
}

/// Elements of a drawing that are opened and never closed, or closed out of order.
fn unclosed(xml: &str) -> Vec<String> {
    let mut open = Vec::new();
    for piece in xml.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("`<{piece}` does not end"));
        if let Some(name) = tag.strip_prefix('/') {
            if open.last().is_none_or(|last| last != name) {
                open.push(format!("/{name}"));
            } else {
                open.pop();
            }
        } else if !tag.ends_with('/') && !tag.starts_with(['?', '!']) {
            open.push(tag.split_whitespace().next().unwrap().to_owned());
        }
    }
    open
}

#[test]
fn a_target_and_an_exclusion_leave_the_other_instance_out() {
    let tool = Tool::quickstart();
    let only = tool.sim(&["plan", "--target", "legacy-01"]).exits(0);
    assert!(only.out.contains("legacy-01") && !only.out.contains("web-01"), "{}", only.out);
    let without = tool.sim(&["plan", "--exclude", "legacy-01"]).exits(0);
    assert!(
        without.out.contains("web-01") && !without.out.contains("legacy-01"),
        "{}",
        without.out
    );
    for (scope, said) in [
        (&["--target", "nobody"][..], "nobody is named `nobody`"),
        (&["--target", "web-1"], "did you mean `web-01`?"),
        (&["--target", "web-01/nlaa"], "did you mean `web-01/nla`?"),
        (&["--exclude", "web-1"], "did you mean `web-01`?"),
        (&["--target", "web-01", "--exclude", "web-01"], "nobody is left of --target"),
    ] {
        tool.sim(&[&["plan"], scope].concat()).exits(1).complains(said);
    }
}

#[test]
fn a_plan_file_is_applied_as_it_was_made() {
    let tool = Tool::quickstart();
    tool.sim(&["plan", "--allow", "spend,reboot", "--out", "plan.json"]).exits(0);
    let shown = tool.run(&["show", "plan.json"]).exits(0);
    assert!(shown.out.contains("obtain an elastic address"), "{}", shown.out);
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot", "plan.json"]).exits(0);
}

#[test]
fn a_plan_file_is_refused_once_the_world_has_moved() {
    let tool = Tool::quickstart();
    tool.sim(&["plan", "--out", "plan.json"]).exits(0);
    tool.sim(&["apply", "--auto-approve", "--target", "legacy-01"]).exits(0);
    tool.sim(&["apply", "--auto-approve", "plan.json"])
        .exits(1)
        .complains("stale")
        .complains("legacy-01  bandwidth");
}
