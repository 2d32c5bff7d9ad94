//! `undo RUN`: what a run replaced is put back through plan, guards and checks; what stays is named.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::tool::Tool;

/// What differs: instance and facet.
fn drift(tool: &Tool) -> BTreeSet<(String, String)> {
    let said: Value = serde_json::from_str(&tool.sim(&["drift", "--format", "json"]).out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = said["findings"].as_array().unwrap();
    let facet = |one: &Value| one["facet"].as_str().unwrap_or_default().to_owned();
    let alarms = findings.iter().filter(|one| one["facet"].is_string());
    alarms.map(|one| (text(&one["instance"]), facet(one))).collect()
}

/// The run that was last.
fn last_run(tool: &Tool) -> String {
    let said = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let said: Value = serde_json::from_str(&said).unwrap();
    said["runs"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_run_replaced_is_put_back_under_guards_and_what_stays_is_named() {
    let tool = Tool::quickstart();
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    assert_eq!(drift(&tool), BTreeSet::new());
    let run = last_run(&tool);

    let all = "weaken,reboot,stop-service,move-port,firewall-off";
    let undone = tool.sim(&["undo", &run[..8], "--auto-approve", "--allow", all]).exits(3);
    assert!(
        undone.err.contains("power: start the instance (web-01): there is no way back"),
        "{}",
        undone.err
    );
    assert!(undone.out.contains("public-ip: give eip-"), "{}\n{}", undone.out, undone.err);
    assert!(undone.out.contains("remote connections refused"), "{}", undone.out);
    // Nothing that was declared is proved of what was before: what is so from outside is looked at and said.
    assert!(undone.out.contains("Outside") && undone.out.contains("web-01"), "{}", undone.out);
    let again = drift(&tool);
    for facet in ["public-ip", "ingress", "boot", "remote-desktop", "service", "firewall"] {
        let differs = ("web-01".to_owned(), facet.to_owned());
        assert!(again.contains(&differs), "{facet} is as it was: {again:?}\n{}", undone.out);
    }
    let history = tool.run(&["state", "history"]).exits(0).out;
    assert!(history.contains(&format!("undo of {}", &run[..8])), "{history}");
    tool.sim(&["undo", &run[..8], "--auto-approve"])
        .exits(1)
        .complains("is undone already, by run");
}
