//! Who may have changed what differs, by the clouds' own logs: named where they name somebody, unknown otherwise.

use serde_json::Value;

use crate::tool::{Simulator, Tool, against};
use crate::watching::Loop;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Switches a VM by somebody at the vendor's console, whose log tells it.
pub(crate) fn power_by(simulator: &Simulator, vm: &str, state: &str, by: &str) {
    let body = serde_json::json!({ "vm": vm, "state": state, "by": by });
    simulator.hatch("POST", "power", &body.to_string());
}

/// A text without the places where its lines end.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Who may have changed a facet, by the report.
fn changed_by(report: &Value, instance: &str, facet: &str) -> Value {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|one| one["instance"] == instance && one["facet"] == facet);
    found.unwrap_or_else(|| panic!("{instance}/{facet} does not differ: {report}"))["changed-by"]
        .clone()
}

/// The quickstart's estate, repaired, in an account whose log cannot be read by those.
pub(crate) fn repaired(deny: &str, mode: &str) -> (Tool, Simulator) {
    let tool = Tool::quickstart();
    let world = tool.read("world.toml");
    let own = "network-account-type = \"STANDARD\"\n";
    assert!(world.contains(own));
    tool.write("world.toml", &world.replace(own, &format!("{own}{deny}\n")));
    let declared = tool.read("rdp.toml");
    tool.write("rdp.toml", &format!("{declared}\n[run]\nmode = \"{mode}\"\n"));
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    (tool, simulator)
}

#[test]
fn of_tencent_cloud_audit_says_who_stopped_a_machine_and_nothing_of_guests() {
    let (tool, simulator) = repaired("", "detect");
    power_by(&simulator, "web-01", "stopped", "ops-100001");
    simulator.behind(
        "legacy-01",
        r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 1 /f"#,
    );
    let report = json(&tool.run(&["drift", "--format", "json"]).exits(2).out);
    let suspect = changed_by(&report, "web-01", "power");
    assert_eq!((&suspect["by"], &suspect["what"]), (&"ops-100001".into(), &"StopInstances".into()));
    assert_eq!(changed_by(&report, "legacy-01", "remote-desktop"), Value::Null);

    for form in ["text", "markdown", "csv", "junit", "sarif", "html"] {
        let told = joined(&tool.run(&["drift", "--format", form]).exits(2).out);
        assert!(told.contains("ops-100001 (StopInstances, "), "{form}:\n{told}");
    }
    let blamed = tool.run(&["blame", "web-01/power"]).exits(0).out;
    assert!(blamed.contains("ops-100001 (StopInstances, "), "{blamed}");
    let blamed = tool.run(&["blame", "legacy-01/remote-desktop"]).exits(0).out;
    assert!(blamed.contains("not rdpctl"), "{blamed}");
    let asked = tool.run(&["permissions"]).exits(0).out;
    assert!(asked.contains("cloudaudit:DescribeEvents"), "{asked}");
}

#[test]
fn whoever_may_not_read_the_log_is_told_so_and_nobody_is_named() {
    let (tool, simulator) = repaired("deny = [\"cloudaudit:DescribeEvents\"]", "detect");
    power_by(&simulator, "web-01", "stopped", "ops-100001");
    let drift = joined(&tool.run(&["drift"]).exits(2).out);
    assert!(!drift.contains("ops-100001"), "{drift}");
    assert!(drift.contains("Who changed what differs is not known: the log of gz"), "{drift}");
    assert!(drift.contains("cloudaudit:DescribeEvents"), "{drift}");
    tool.run(&["blame", "web-01/power"]).exits(0).complains("does not say who it was");
}

#[test]
fn a_machine_that_nobody_stopped_by_the_log_was_stopped_by_somebody_unknown() {
    let (tool, simulator) = repaired("", "detect");
    // From inside, of which no cloud's log knows.
    simulator.power("web-01", "stopped");
    let report = json(&tool.run(&["drift", "--format", "json"]).exits(2).out);
    assert_eq!(changed_by(&report, "web-01", "power"), Value::Null);
}

#[test]
fn the_other_writer_whom_the_loop_does_not_fight_is_named() {
    let (tool, simulator) = repaired("", "enforce");
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    for _ in 0..3 {
        power_by(&simulator, "legacy-01", "stopped", "night-shift");
        // Mended, and seen to be; whichever is told first.
        let (mut is_over, mut answers) = (false, false);
        while !(is_over && answers) {
            let told = run.next_event();
            is_over |= told["event"] == "mended";
            let of_the_door = told["event"] == "turned"
                && told["facets"].as_array().unwrap().contains(&"reachable".into());
            if of_the_door {
                answers = told["to"]["verdict"] == "healthy";
            }
        }
    }
    power_by(&simulator, "legacy-01", "stopped", "night-shift");
    let damped = run.until("damped");
    assert_eq!(
        (&damped["facet"], &damped["changed-by"]["by"]),
        (&"power".into(), &"night-shift".into())
    );
    assert_eq!(run.ends().0, Some(0));
}

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";

#[test]
fn of_azure_the_activity_log_says_who_deallocated_a_machine() {
    let tool = Tool::new();
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
             [account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\"\n\n\
             [vm.desk]\naccount = \"corp\"\ngroup = \"prod\"\n"
        ),
    );
    let simulator = Simulator::start(&tool);
    let keys = &simulator.endpoints["credentials"]["corp"];
    let said = |key: &str| keys[key].as_str().unwrap();
    let (tenant, client, secret) = (said("tenant"), said("secret-id"), said("secret-key"));
    let endpoint = simulator.endpoints["azure"].as_str().unwrap();
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\ntenant = \"{tenant}\"\nendpoint = \"{endpoint}\"\n\
             credentials = {{ client-id = \"{client}\", client-secret = \"env:AZ_SECRET\" }}\n\n\
             [profile.on]\npower = \"running\"\n\n\
             [instance.desk]\nprovider = \"corp\"\nprofile = \"on\"\n\
             id = \"/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/desk\"\n"
        ),
    );
    let tool = tool.with("AZ_SECRET", secret).trusting();
    tool.run(&["drift"]).exits(0);
    power_by(&simulator, "desk", "stopped", "ops@example.com");
    let report = json(&tool.run(&["drift", "--format", "json"]).exits(2).out);
    let suspect = changed_by(&report, "desk", "power");
    assert_eq!(suspect["by"], "ops@example.com", "{report}");
    assert_eq!(suspect["what"], "Microsoft.Compute/virtualMachines/deallocate/action");
    let blamed = tool.run(&["blame", "desk/power"]).exits(0).out;
    assert!(blamed.contains("ops@example.com"), "{blamed}");
    let asked = tool.run(&["permissions"]).exits(0).out;
    assert!(asked.contains("Microsoft.Insights/eventtypes/values/Read"), "{asked}");
}
