//! The README's first command: everything broken at once, planned, repaired, proved, and then nothing to do.

use serde_json::Value;

use crate::tool::Tool;

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
