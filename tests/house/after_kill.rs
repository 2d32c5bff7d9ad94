//! After a kill only what the killed run had in hand is waited for; who does not answer for reasons of his own keeps
//! nobody waiting.

use crate::crash::killed_after;
use crate::tool::{Ran, Simulator, Tool, pointed_at};

const DECLARATION: &str = r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"

[profile.p]
extends = "standard"
ingress = { from = ["198.51.100.0/24"] }

[guard]
reboot = "allow"

[fleet.f]
provider = "gz"
select = { tags = { role = "web" } }
profile = "p"
"#;

/// Two machines whose service is to be started, and one whose agent has been silent all along.
fn world() -> String {
    let mut world = "[world]\nseed = 5\ntime-scale = 60\n\n\
         [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
         [security-group.sg-open0001]\nname = \"o\"\n\
         ingress = [\"ACCEPT tcp 3389 198.51.100.0/24\"]\n"
        .to_owned();
    for (name, agent) in [("v1", ""), ("v2", ""), ("silent", "agent = \"offline\"\n")] {
        world.push_str(&format!(
            "\n[vm.{name}]\naddress = \"eip\"\nbandwidth = 5\nsecurity-groups = [\"sg-open0001\"]\n\
             tags = {{ role = \"web\" }}\n{agent}\n[vm.{name}.guest]\nos = \"2022\"\n\
             services.TermService = {{ start = \"disabled\", state = \"stopped\" }}\n"
        ));
    }
    world
}

/// What the next apply says, in this world, where the one before it was killed after so many lines.
fn applied_after_a_kill(world: &str, lines: usize) -> (Tool, Simulator, Ran) {
    let tool = Tool::new();
    tool.write("world.toml", world);
    tool.write("rdp.toml", DECLARATION);
    let simulator = Simulator::start(&tool);
    let (id, key) = simulator.keys("gz");
    let tool = tool.with("GZ_ID", id).with("GZ_KEY", key);
    tool.write("rdp.toml", &pointed_at(DECLARATION, simulator.endpoint()));
    let tool = tool.trusting();
    assert!(killed_after(&tool, lines), "there was something to kill");
    let applied = tool.run(&["apply", "--auto-approve"]).exits(3).complains("never ended");
    (tool, simulator, applied)
}

fn looks_at_most_twice(applied: &Ran) {
    let looks = applied.err.matches("looking at fleet f").count();
    assert!((1..=2).contains(&looks), "{looks} looks at the whole fleet:\n{}", applied.err);
}

#[test]
fn a_stranger_who_never_answered_is_not_waited_for_after_a_kill() {
    // Killed once steps have begun.
    let (tool, _simulator, applied) = applied_after_a_kill(&world(), 6);
    looks_at_most_twice(&applied);
    let left = tool.run(&["drift"]);
    assert!(
        !left.out.contains("/v1") && !left.out.contains("TermService disabled"),
        "{}",
        left.out
    );
}

#[test]
fn who_is_only_behind_a_rule_that_the_killed_run_edited_is_not_waited_for() {
    let shut = world().replace("ACCEPT tcp 3389 198.51.100.0/24", "DROP tcp 3389 0.0.0.0/0");
    let (_tool, _simulator, applied) = applied_after_a_kill(&shut, 8);
    looks_at_most_twice(&applied);
}
