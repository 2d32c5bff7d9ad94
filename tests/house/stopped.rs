//! A run that is stopped in the middle: by hand on a terminal, in a wave and while it is proved from outside; by SIGTERM with
//! and without a time of grace; and by a terminal that goes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::interrupt::signal;
use crate::questions::{CTRL_C, INTERRUPTED, Terminal, slow};
use crate::tool::{Tool, binary};

#[test]
fn ctrl_c_in_a_wave_on_a_terminal_begins_no_other_machine() {
    let tool = crate::told::nodes();
    let mut apply = Terminal::start(&tool, "apply --auto-approve --sim world.toml");
    apply.until("Ctrl-C stops after what is in hand");
    apply.until("service: reboot");
    apply.types(CTRL_C);
    let said = apply.until("Ctrl-C once more: leave at once.");
    assert!(said.contains("Stopping: no new machine and no new step starts"), "{said}");
    let (ended, said) = apply.ends();
    assert_eq!(ended, INTERRUPTED, "{said}");
    assert!(said.contains("Stopped before its end"), "{said}");
    let left = tool.sim(&["plan", "--target", "nodes/*", "--format", "json"]).exits(0).out;
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    let left = left["summary"]["changes"].as_u64();
    assert!(left.is_some_and(|left| left > 0), "somebody is left as he was");
    let free = tool.run(&["state", "unlock"]).out;
    assert!(free.contains("The state is not locked."), "{free}");
}

/// A stopped machine inside of which nothing will answer: the proof from outside is tried for a while.
fn unprovable() -> Tool {
    let tool = Tool::new();
    tool.write(
        "world.toml",
        "[world]\nseed = 7\ntime-scale = 60\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\
         [security-group.sg-open0001]\ningress = [\"ACCEPT tcp 3389 0.0.0.0/0\"]\n\
         [vm.web]\nid = \"ins-0abc1234\"\nstate = \"stopped\"\naddress = \"eip\"\nbandwidth = 5\nsecurity-groups = [\"sg-open0001\"]\n\
         [vm.web.guest]\nos = \"2022\"\nservices.TermService = { start = \"disabled\" }\n",
    );
    tool.write(
        "rdp.toml",
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\
         [profile.p]\npower = \"running\"\npublic-ip = \"any\"\nreachable = true\n\
         [instance.web]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"p\"\n",
    );
    tool
}

#[test]
fn ctrl_c_while_it_is_proved_from_outside_once_and_twice() {
    for twice in [false, true] {
        let tool = unprovable();
        let mut apply = Terminal::start(&tool, "apply --auto-approve --sim world.toml");
        apply.until("seen: 1 step added to the plan");
        // Above it stands what was added; here it runs.
        apply.until("* web");
        apply.types(CTRL_C);
        apply.until("Ctrl-C once more: leave at once.");
        if twice {
            apply.types(CTRL_C);
        }
        let (ended, said) = apply.ends();
        assert_eq!(ended, INTERRUPTED, "{said}");
        let history = tool.run(&["state", "history"]).exits(0).out;
        assert!(history.contains("interrupted"), "{history}");
        let free = tool.run(&["state", "unlock"]).out;
        assert!(free.contains("The state is not locked."), "{free}");
    }
}

/// An apply without a terminal, once its first step is in hand; SIGHUP does what whoever starts it wants.
fn in_hand(tool: &Tool, hang_up: &str, more: &[&str]) -> (Child, BufReader<ChildStderr>) {
    let mut arguments = vec!["apply", "--auto-approve", "--sim", "world.toml"];
    arguments.extend(["--target", "web-01/power"]);
    arguments.extend(more);
    let plain = tool.command(&arguments);
    let mut command = Command::new("env");
    command.arg(format!("--{hang_up}-signal=HUP")).arg(binary()).args(plain.get_args());
    command.current_dir(plain.get_current_dir().unwrap()).env_clear().stdin(Stdio::null());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("  start   web-01") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it ended before it began");
    }
    (child, told)
}

fn rest(told: &mut BufReader<ChildStderr>) -> String {
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    rest
}

#[test]
fn sigterm_and_a_terminal_that_goes_end_a_run_after_what_is_in_hand_however_often_they_come() {
    for name in ["TERM", "HUP"] {
        let tool = slow(10);
        let (mut apply, mut told) = in_hand(&tool, "default", &[]);
        signal(&apply, name);
        signal(&apply, name);
        let told = rest(&mut told);
        assert_eq!(apply.wait().unwrap().code(), Some(INTERRUPTED), "{name}: {told}");
        assert!(told.contains("Stopping: no new machine and no new step starts"), "{name}: {told}");
        assert!(told.contains("  ok      web-01"), "what was in hand was finished: {told}");
        let history = tool.run(&["state", "history"]).exits(0).out;
        assert!(history.contains("interrupted"), "{name}: {history}");
    }
}

#[test]
fn once_the_grace_is_over_another_sigterm_leaves_at_once() {
    // A start takes most of a minute there.
    let tool = slow(1);
    let (mut apply, mut told) = in_hand(&tool, "default", &["--grace", "1s"]);
    while apply.try_wait().unwrap().is_none() {
        signal(&apply, "TERM");
    }
    let told = rest(&mut told);
    assert_eq!(apply.wait().unwrap().code(), Some(INTERRUPTED), "{told}");
    assert!(!told.contains("  ok      web-01"), "what was in hand was not waited for: {told}");
    let free = tool.run(&["state", "unlock"]).out;
    assert!(free.contains("The state is not locked."), "{free}");
}

#[test]
fn whoever_is_started_to_go_on_without_a_terminal_goes_on() {
    let tool = slow(60);
    let (mut apply, mut told) = in_hand(&tool, "ignore", &[]);
    signal(&apply, "HUP");
    let told = rest(&mut told);
    assert!(told.contains("  ok      web-01") && !told.contains("Stopping"), "{told}");
    assert_ne!(apply.wait().unwrap().code(), Some(INTERRUPTED), "{told}");
}
