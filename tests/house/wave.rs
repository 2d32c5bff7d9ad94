//! A wave that goes from machine to machine: stopped, killed and told in the middle, each machine for itself.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines};
use std::process::{ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::tool::{Running, Simulator, Tool};

const DECLARATION: &str = r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"
rates = "unlimited"
endpoint = "ENDPOINT"
credentials = { id = "env:GZ_ID", key = "env:GZ_KEY" }
[profile.tls]
tls = { enable = ["1.2"], disable = ["1.0", "1.1"] }
[guard]
max-disrupted = 1
reboot = "allow"
weaken = "allow"
[fleet.nodes]
provider = "gz"
select = { tags = { role = "node" } }
profile = "tls"
snapshot = { first = false }
"#;

/// So many alike machines, whose Windows boots in a moment.
fn world(machines: usize) -> String {
    format!(
        r#"
[world]
seed = 7
time-scale = 400
[policy]
rate-limits = "unlimited"
[account.gz]
kind = "tencent"
region = "ap-guangzhou"
[vm.node]
account = "gz"
count = {machines}
address = "eip"
bandwidth = 5
security-groups = ["sg-node0001"]
tags = {{ role = "node" }}
[vm.node.guest]
os = "2022"
[security-group.sg-node0001]
account = "gz"
ingress = ["ACCEPT tcp 3389 0.0.0.0/0"]
"#
    )
}

/// The tool in a folder with a fleet that a simulator of its own serves.
fn fleet(world: &str) -> (Tool, Simulator) {
    let tool = Tool::new();
    tool.write("world.toml", world);
    let simulator = Simulator::start(&tool);
    tool.write("rdp.toml", &DECLARATION.replace("ENDPOINT", simulator.endpoint()));
    let (id, key) = simulator.keys("gz");
    let (id, key) = (id.to_owned(), key.to_owned());
    (tool.with("GZ_ID", &id).with("GZ_KEY", &key).trusting(), simulator)
}

/// An apply under way, with what it tells.
struct Apply {
    process: Running,
    events: Lines<BufReader<ChildStdout>>,
}

impl Apply {
    fn start(tool: &Tool, more: &[&str]) -> Self {
        let mut arguments = vec!["apply", "--auto-approve", "--format", "json"];
        arguments.extend(more);
        let mut process =
            tool.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let events = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process: Running(process), events }
    }

    /// The next event; none at the end.
    fn next(&mut self) -> Option<Value> {
        self.events.next().map(|line| serde_json::from_str(&line.unwrap()).unwrap())
    }

    /// Reads on until so many machines were rebooted; gives their names.
    fn rebooted(&mut self, machines: usize) -> BTreeSet<String> {
        let mut done = BTreeSet::new();
        while done.len() < machines {
            let event = self.next().expect("the run went on");
            if is(&event, "done") {
                done.insert(event["subject"].as_str().unwrap().to_owned());
            }
        }
        done
    }
}

/// Whether an event is about a reboot.
fn is(event: &Value, what: &str) -> bool {
    event["event"] == what && event["name"] == "service: reboot"
}

#[test]
fn of_a_wave_that_was_killed_history_knows_the_finished_and_the_next_run_does_only_the_others() {
    let (tool, _simulator) = fleet(&world(12));
    let mut apply = Apply::start(&tool, &[]);
    let finished = apply.rebooted(4);
    apply.process.0.kill().unwrap();
    apply.process.0.wait().unwrap();

    for machine in &finished {
        let history = tool.run(&["state", "history", "--instance", machine]).exits(0).out;
        assert!(history.contains("  done "), "{machine}:\n{history}");
    }
    let mut again = Apply::start(&tool, &[]);
    let mut others = BTreeSet::new();
    while let Some(event) = again.next() {
        if is(&event, "done") {
            others.insert(event["subject"].as_str().unwrap().to_owned());
        }
    }
    assert!(again.process.0.wait().unwrap().success());
    assert!(others.is_disjoint(&finished), "{others:?} and {finished:?}");
    // One machine was in the middle of its reboot when the run was killed; whether it still needs one it says itself.
    assert!((7..=8).contains(&others.len()), "{others:?}");
}

#[test]
fn ctrl_c_ends_a_wave_after_the_machine_in_hand_and_says_so() {
    let (tool, _simulator) = fleet(&world(12));
    let mut apply = Apply::start(&tool, &[]);
    let mut done = apply.rebooted(2);
    let pid = apply.process.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut last = Value::Null;
    while let Some(event) = apply.next() {
        if is(&event, "done") {
            done.insert(event["subject"].as_str().unwrap().to_owned());
        }
        last = event;
    }
    assert_eq!(apply.process.0.wait().unwrap().code(), Some(130));
    assert!((2..=4).contains(&done.len()), "{done:?}");
    assert_eq!(last["end"], "interrupted");
    assert!(last["skipped"].as_u64().unwrap() > 0, "{last}");
}

#[test]
fn one_at_a_time_holds_over_a_fleet_whatever_differs_from_machine_to_machine() {
    let machine = |name: &str, more: &str| {
        format!(
            r#"
[vm.{name}]
account = "gz"
address = "eip"
bandwidth = 5
security-groups = ["sg-node0001"]
tags = {{ role = "node" }}
[vm.{name}.guest]
os = "2022"
registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server' = {{ Enabled = 0 }}
{more}
"#
        )
    };
    let mut world = world(1).replace("role = \"node\"", "role = \"other\"");
    world += &machine("v1", "");
    world += &machine("v2", r#"firewall = { remote-desktop = "off" }"#);
    world += &machine("v3", r#"services.TermService = { start = "disabled" }"#);
    let (tool, _simulator) = fleet(&world);
    let declaration = tool.read("rdp.toml");
    let tls = r#"tls = { enable = ["1.2"], disable = ["1.0", "1.1"] }"#;
    let standard = "extends = \"standard\"\ningress = { from = [\"0.0.0.0/0\"] }";
    tool.write("rdp.toml", &declaration.replace(tls, standard));

    let mut apply = Apply::start(&tool, &["--allow", "open-to-world"]);
    let (mut under_way, mut rebooted) = (0, 0);
    while let Some(event) = apply.next() {
        if is(&event, "started") {
            under_way += event["subjects"].as_array().unwrap().len();
            assert_eq!(under_way, 1, "{event}");
        }
        if is(&event, "done") {
            under_way -= 1;
            rebooted += 1;
        }
    }
    assert_eq!(rebooted, 3);
    assert!(apply.process.0.wait().unwrap().success());
}

#[test]
fn a_security_group_that_two_declarations_open_is_edited_once_for_both() {
    let tool = Tool::new();
    let other = r#"
[vm.other]
account = "gz"
address = "eip"
bandwidth = 5
security-groups = ["sg-node0001"]
tags = { role = "other" }
"#;
    tool.write("world.toml", &(world(1).replace("3389 0.0.0.0/0", "22 0.0.0.0/0") + other));
    let simulator = Simulator::start(&tool);
    let two = r#"
[profile.office]
ingress = { from = ["203.0.113.0/24"] }
[profile.home]
ingress = { from = ["198.51.100.7/32"] }
[fleet.nodes]
provider = "gz"
select = { tags = { role = "node" } }
profile = "office"
[fleet.others]
provider = "gz"
select = { tags = { role = "other" } }
profile = "home"
"#;
    let head = DECLARATION.replace("ENDPOINT", simulator.endpoint());
    let head = head.split("[profile.tls]").next().unwrap().to_owned();
    tool.write("rdp.toml", &(head + two));
    let (id, key) = simulator.keys("gz");
    let (id, key) = (id.to_owned(), key.to_owned());
    let tool = tool.with("GZ_ID", &id).with("GZ_KEY", &key).trusting();
    let applied = tool.run(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
    let edits = &simulator.counters()["actions"]["vpc"]["CreateSecurityGroupPolicies"];
    assert_eq!(edits["calls"].as_u64().or_else(|| edits.as_u64()), Some(1), "{edits}");
}

/// Stopped machines that deny RDP behind closed security groups: one for all of them, or one for each.
fn stopped(machines: usize, groups: usize) -> String {
    let mut world = world(1).replace("role = \"node\"", "role = \"other\"");
    for machine in 0..machines {
        let group = machine % groups;
        world += &format!(
            r#"
[vm.v{machine}]
account = "gz"
state = "stopped"
address = "eip"
bandwidth = 5
security-groups = ["sg-shut{group:04}"]
tags = {{ role = "node" }}
[vm.v{machine}.guest]
os = "2022"
registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = {{ fDenyTSConnections = 1 }}
"#
        );
    }
    for group in 0..groups {
        world += &format!(
            "[security-group.sg-shut{group:04}]\naccount = \"gz\"\ningress = [\"DROP tcp 3389 0.0.0.0/0\"]\n"
        );
    }
    world
}

/// A fleet of them, of which everything is declared.
fn stopped_fleet(world: &str) -> (Tool, Simulator) {
    let (tool, simulator) = fleet(world);
    let declaration = tool.read("rdp.toml");
    let tls = r#"tls = { enable = ["1.2"], disable = ["1.0", "1.1"] }"#;
    let standard = "extends = \"standard\"\ningress = { from = [\"198.51.100.0/24\"] }";
    tool.write("rdp.toml", &declaration.replace(tls, standard));
    (tool, simulator)
}

/// What repairing them costs in calls.
fn calls(machines: usize, groups: usize) -> u64 {
    let (tool, _simulator) = stopped_fleet(&stopped(machines, groups));
    let mut apply = Apply::start(&tool, &[]);
    let mut last = Value::Null;
    while let Some(event) = apply.next() {
        last = event;
    }
    assert_eq!(last["failed"], 0, "{last}");
    last["cost"]["api_calls"].as_u64().unwrap()
}

#[test]
fn machines_of_many_groups_share_their_calls() {
    const MACHINES: u64 = 24;
    let (together, apart) = (calls(24, 1), calls(24, 24));
    // Of a security group's own are its edit and the read-back, which serves the look at the end.
    let most = together * 12 / 10 + 2 * MACHINES;
    assert!(apart <= most, "{apart} calls for as many groups, {together} for one");
}

#[test]
fn what_one_failed_call_hides_is_not_proved_and_keeps_none_of_the_others_from_repair() {
    let refused = "[[fault.error]]\naction = \"DescribeSecurityGroupPolicies\"\n\
                   code = \"UnsupportedOperation\"\ntimes = 1\n";
    let (tool, _simulator) = stopped_fleet(&(stopped(6, 2) + refused));
    let applied = tool.run(&["apply", "--auto-approve", "--max-failures", "1"]).exits(3);
    assert!(
        applied.out.contains("3 of 6 instances do not answer RDP. 3 are unknown."),
        "{}",
        applied.out
    );
    assert!(applied.out.contains("3 of 6 instances cannot be judged."), "{}", applied.out);
    assert!(applied.out.contains("3 instances are as declared."), "{}", applied.out);
    let proofs = applied.err.lines().filter(|line| line.contains("prove it")).collect::<Vec<_>>();
    assert!(
        !proofs.is_empty() && !proofs.iter().any(|line| line.contains("failed")),
        "{proofs:#?}"
    );
    // The next run sees what was hidden, and ends the rest.
    tool.run(&["apply", "--auto-approve", "--max-failures", "1"]).exits(0);
}

#[test]
fn what_is_left_out_behind_a_failed_step_is_told_in_words() {
    let fault = "[[fault.operation]]\naction = \"StartInstances\"\nmessage = \"no capacity\"\n";
    let (tool, _simulator) = stopped_fleet(&(stopped(1, 1) + fault));
    let applied = tool.run(&["apply", "--auto-approve"]).exits(3);
    let run = applied.out.lines().find_map(|line| line.strip_prefix("Run ")).expect("a run");
    let run = run.split_once(',').map_or(run, |(id, _)| id);
    let told = tool.run(&["show", run.trim()]).exits(0).out;
    assert!(told.contains("power: running failed before it"), "{told}");
}
