//! `disk = "…"` of a host: asked where nothing in its Windows answered.

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
fn off() -> Tool {
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
