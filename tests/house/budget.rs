//! What a plan promises to cost, beside what its run then says that it did cost.

use std::fmt::Write;

use serde_json::Value;

use crate::tool::Tool;

/// More than the vendor takes together.
const FLEET: usize = 120;

const WORLD: &str = "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
     [policy]\nrate-limits = \"unlimited\"\n\n\
     [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
     [security-group.sg-open0001]\n\
     ingress = [\"ACCEPT tcp 3389 0.0.0.0/0\", \"ACCEPT tcp 5985-5986 0.0.0.0/0\"]\n\n";

/// A guest whose service is off, and which answers over `WinRM` too.
const BROKEN: &str = "users = { Administrator = \"Pa55-word!\" }\n\
     services.TermService = { start = \"disabled\", state = \"stopped\" }\n\
     firewall.rules = [\"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|LPort=5986|Name=WinRM|\"]\n";

/// Plans, applies, and gives both back: the promise and the bill.
fn promised_and_paid(tool: &Tool) -> (Value, Value) {
    let allowed = ["--allow", "spend,reboot"];
    let plan = tool.sim(&[&["plan", "--format", "json"], &allowed[..]].concat()).exits(0);
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    let run = [&["apply", "--auto-approve", "--format", "json"], &allowed[..]].concat();
    let applied = tool.sim(&run).exits(0);
    let end = applied.out.lines().last().unwrap();
    let end: Value = serde_json::from_str(end).unwrap();
    assert_eq!(end["event"], "finished", "{end}");
    (plan["budget"].clone(), end["cost"].clone())
}

/// Whether two numbers are within a factor of one and a half.
fn is_near(promised: &Value, paid: &Value) -> bool {
    let (promised, paid) = (promised.as_u64().unwrap(), paid.as_u64().unwrap());
    promised * 2 <= paid * 3 && paid * 2 <= promised * 3
}

fn holds(tool: &Tool) -> Value {
    let (promised, paid) = promised_and_paid(tool);
    for what in ["api_calls", "guest_round_trips", "reboots", "dropped_sessions"] {
        assert!(is_near(&promised[what], &paid[what]), "{what}: promised {promised}, paid {paid}");
    }
    promised
}

#[test]
fn the_quickstart_costs_what_its_plan_promised() {
    holds(&Tool::quickstart());
}

#[test]
fn hosts_without_a_cloud_are_promised_no_call_and_cost_none() {
    let tool = Tool::new();
    let (mut world, mut hosts) =
        (WORLD.to_owned(), "[provider.shop]\nkind = \"static\"\n".to_owned());
    for host in 0..4 {
        let _ = writeln!(
            world,
            "[vm.till-{host}]\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\n[vm.till-{host}.guest]\n{BROKEN}"
        );
        let _ = writeln!(
            hosts,
            "[instance.till-{host}]\nprovider = \"shop\"\nid = \"till-{host}\"\nprofile = \"standard\"\nguest = {{ user = \"Administrator\", password = \"env:PASSWORD\" }}"
        );
    }
    tool.write("world.toml", &world);
    tool.write("rdp.toml", &hosts);
    assert_eq!(holds(&tool)["api_calls"], 0);
}

/// A fleet that is repaired over one channel.
fn fleet(guest: &str) -> Tool {
    let tool = Tool::new();
    let world = format!(
        "{WORLD}[vm.node]\ncount = {FLEET}\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\ntags = {{ role = \"kiosk\" }}\n[vm.node.guest]\n{BROKEN}"
    );
    tool.write("world.toml", &world);
    let declaration = format!(
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nrates = \"unlimited\"\n\n[guard]\nmax-disrupted = \"100%\"\n\n[fleet.kiosks]\nprovider = \"gz\"\nselect = {{ tags = {{ role = \"kiosk\" }} }}\nprofile = \"standard\"\nguest = {{ {guest} }}\n"
    );
    tool.write("rdp.toml", &declaration);
    tool
}

#[test]
fn a_fleet_costs_what_its_plan_promised_over_the_agent() {
    holds(&fleet("via = [\"run-command\"]"));
}

#[test]
fn a_fleet_costs_what_its_plan_promised_over_winrm() {
    holds(&fleet("via = [\"winrm\"], user = \"Administrator\", password = \"env:PASSWORD\""));
}
