//! Members of fleets are called as their owner calls them, and are found by that.

use crate::tool::Tool;

/// Two machines of a fleet, of which one is stopped.
fn fleet() -> Tool {
    let tool = Tool::new();
    tool.write(
        "rdp.toml",
        r#"
[provider.gz]
kind   = "tencent"
region = "ap-guangzhou"

[profile.desks]
power = "running"

[fleet.desks]
provider = "gz"
select   = { tags = { role = "desk" } }
profile  = "desks"
"#,
    );
    let vm = |name: &str, id: &str, power: &str| {
        format!(
            "[vm.{name}]\naccount = \"gz\"\nid = \"{id}\"\nzone = \"ap-guangzhou-3\"\nos = \"Windows Server 2022 Datacenter 64bit\"\nstate = \"{power}\"\naddress = \"eip\"\nbandwidth = 5\ntags = {{ role = \"desk\" }}\n"
        )
    };
    let account = "[world]\nseed = 5\ntime-scale = \"instant\"\n\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nsecret-id = \"AKIDquickstart00000000000000000standard\"\nsecret-key = \"k\"\nnetwork-account-type = \"STANDARD\"\n";
    let (first, second) =
        (vm("desk-01", "ins-0desk001", "stopped"), vm("desk-02", "ins-0desk002", "running"));
    tool.write("world.toml", &format!("{account}\n{first}\n{second}"));
    tool
}

#[test]
fn a_member_is_called_by_its_name_in_plan_drift_progress_and_history() {
    let tool = fleet();
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(plan.out.contains("desks/desk-01  does not answer"), "{}", plan.out);
    assert!(plan.out.contains("ins-0desk001"), "its id stands beside it: {}", plan.out);
    let drift = tool.sim(&["drift"]).exits(2);
    assert!(drift.out.contains("on desks/desk-01"), "{}", drift.out);
    assert!(drift.err.contains("rdpctl doctor desks/desk-01"), "{}", drift.err);
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.err.contains("ok      desks/desk-01"), "{}", applied.err);
    assert!(!applied.err.contains("desks/ins-"), "{}", applied.err);
}

#[test]
fn a_member_is_found_by_what_its_owner_calls_it_and_by_its_id() {
    let tool = fleet();
    for name in ["desks/desk-01", "desks/desk-0*", "desks/ins-0desk001"] {
        let plan = tool.sim(&["plan", "--target", name]).exits(0);
        assert!(plan.out.contains("desks/desk-01  does not answer"), "{name}: {}", plan.out);
    }
    // Once it was seen its name alone is enough.
    let plan = tool.sim(&["plan", "--target", "desk-01/power"]).exits(0);
    assert!(plan.out.contains("Partial: 1 of 2 instances."), "{}", plan.out);
    let doctor = tool.sim(&["doctor", "desks/desk-01"]).exits(2);
    assert!(
        doctor.out.contains("ins-0desk001") || doctor.out.contains("does not run"),
        "{}",
        doctor.out
    );
    tool.sim(&["plan", "--target", "desks/desk-1"])
        .exits(1)
        .complains("did you mean `desks/desk-01`?");
    let applied = tool.sim(&["apply", "--auto-approve", "--target", "desk-01"]).exits(0);
    assert!(applied.out.contains("No changes are left"), "{}", applied.out);
}

#[test]
fn a_shell_completes_members_of_a_fleet_by_what_the_state_knows() {
    let tool = fleet();
    let offered =
        |tool: &Tool| crate::begin::offered(tool, &["rdpctl", "plan", "--target", "desks/desk-0"]);
    assert!(offered(&tool).iter().all(|name| !name.contains("desk-01")), "nobody has looked yet");
    tool.sim(&["plan"]).exits(0);
    assert!(offered(&tool).contains(&"desks/desk-01".to_owned()), "{:?}", offered(&tool));
}
