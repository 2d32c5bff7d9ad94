//! `disk = "…"` of a host: asked where nothing in its Windows answered.

use rdpctl_sim::image::Style;

use super::{BROKEN, disk};
use crate::static_hosts::{Host, NTLM, hosts};
use crate::tool::{Tool, root};

const DECLARATION: &str = r#"
[provider.lab]
kind = "static"

[profile.office]
extends = "standard"

[instance.server]
provider = "lab"
id       = "server"
profile  = "office"
disk     = "server.raw"
"#;

/// The world of the example, in which the machine is off and its disk lies beside the declaration.
pub(crate) fn off() -> Tool {
    let tool = Tool::new();
    let world = std::fs::read_to_string(root().join("examples/disk/world.toml")).unwrap();
    tool.write("world.toml", &world);
    tool.write("rdp.toml", DECLARATION);
    tool
}

#[test]
fn a_declared_disk_is_planned_and_repaired_where_nothing_else_answers_and_asks_for_its_guard() {
    let tool = off();
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(plan.out.contains("offline-repair"), "{}", plan.out);
    assert!(!plan.out.contains("restart TermService"), "{}", plan.out);
    let before = std::fs::read(tool.path("server.raw")).unwrap();
    tool.sim(&["apply", "--auto-approve"]).exits(3);
    assert!(std::fs::read(tool.path("server.raw")).unwrap() == before, "nothing without leave");
    tool.sim(&["apply", "--auto-approve", "--allow", "offline-repair"]).exits(0);
    tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
    let again = tool.sim(&["plan"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);
}

#[test]
fn a_disk_that_only_a_declaration_names_is_read_by_nobody_who_did_not_grant_it() {
    let tool = off();
    tool.write("server.raw", "");
    let plan = tool.run(&["plan"]);
    assert!(plan.out.contains("not granted"), "{}{}", plan.out, plan.err);
    let asked = tool.run(&["trust", "--print"]).exits(3);
    assert!(asked.out.contains("[[disk]]"), "{}", asked.out);
}

#[test]
fn where_a_way_into_the_running_windows_answers_its_disk_is_neither_asked_nor_changed() {
    let running = Host {
        name: "till-01",
        guest: "services.TermService = { start = \"disabled\", state = \"stopped\" }",
        access: NTLM,
    };
    let (tool, _simulator) = hosts(&[running], "extends = \"standard\"", "");
    let text = tool.read("rdp.toml");
    let text = text.replace("profile = \"host\"\n", "profile = \"host\"\ndisk = \"server.raw\"\n");
    tool.write("rdp.toml", &text);
    let broken = disk(BROKEN, Style::Gpt).into_bytes();
    std::fs::write(tool.path("server.raw"), &broken).unwrap();
    let tool = tool.trusting();
    let plan = tool.run(&["plan"]).exits(0);
    assert!(plan.out.contains("set TermService to start auto"), "{}", plan.out);
    assert!(!plan.out.contains("offline-repair"), "{}", plan.out);
    // What differs on the disk alone is nothing of the running Windows.
    assert!(!plan.out.contains("nla"), "{}", plan.out);
    tool.run(&["apply", "--auto-approve"]).exits(0);
    assert!(std::fs::read(tool.path("server.raw")).unwrap() == broken);
}

#[test]
fn what_only_a_running_machine_shows_does_not_apply_to_a_declared_disk() {
    let tool = off();
    let shown = tool.sim(&["drift", "--format", "json"]).exits(2);
    let report: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    // It differs; whether it answers from outside is no question.
    assert_eq!(report["numbers"]["differ"], 1);
    assert_eq!(report["numbers"]["not-reachable"], 0);
    assert_eq!(report["numbers"]["unknown"], 0);
    let plan = tool.sim(&["plan"]).exits(0);
    for word in ["reachable", "prove it", "security-group", "bandwidth"] {
        assert!(!plan.out.contains(word), "{word}: {}", plan.out);
    }
}
