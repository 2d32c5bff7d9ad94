//! Killed at any instant, run it again: it looks, goes on, and nothing is bought twice.
//!
//! The kill follows the Nth line of progress, so that every step is cut once shortly after it was journaled as
//! begun and once shortly after it was journaled as done. The simulator is a process of its own and lives on.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::tool::{Running, Simulator, Tool, addresses, against};

const APPLY: [&str; 6] = ["apply", "--auto-approve", "--allow", "spend,reboot", "--format", "json"];

/// Runs after which a killed one must be repaired, whatever the machine was doing meanwhile.
const RUNS: usize = 1;

/// Kills an apply after its `lines`th line; false when it ended before that.
pub(crate) fn killed_after(tool: &Tool, lines: usize) -> bool {
    let mut apply =
        tool.command(&APPLY).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut progress = BufReader::new(apply.stdout.take().unwrap()).lines();
    let mut apply = Running(apply);
    for _ in 0..lines {
        let Some(line) = progress.next() else {
            assert!(apply.0.wait().unwrap().success());
            return false;
        };
        drop(line.unwrap());
    }
    apply.0.kill().unwrap();
    apply.0.wait().unwrap();
    true
}

/// One kill and its repair; false when there was nothing left to kill.
fn survives_a_kill_after(lines: usize) -> bool {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let cut = killed_after(&tool, lines);

    // A machine that is still starting answers nothing yet; what it hides is planned by the run after.
    let repaired = (0..RUNS).find_map(|_| {
        let ran = tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]);
        assert!(
            matches!(ran.code, Some(0 | 3)),
            "killed after line {lines}:\n{}\n{}",
            ran.out,
            ran.err
        );
        (ran.code == Some(0)).then_some(ran)
    });
    let repaired = repaired
        .unwrap_or_else(|| panic!("killed after line {lines}: not repaired by {RUNS} runs"));
    assert!(repaired.out.contains("No changes"), "killed after line {lines}:\n{}", repaired.out);

    // The world holds one address, and the state knows it as ours.
    let made = tool.run(&["state", "list", "."]).exits(0).out;
    let recorded = made.lines().filter(|line| line.contains("  address  ")).count();
    assert_eq!(recorded, 1, "killed after line {lines}:\n{made}");
    assert_eq!(addresses(&tool), 1, "killed after line {lines}");
    cut
}

#[test]
fn an_apply_killed_after_any_line_is_finished_by_running_it_again_and_buys_one_address() {
    let next = AtomicUsize::new(1);
    // Three at once: each has a simulator, an apply and a repair.
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| while survives_a_kill_after(next.fetch_add(1, Ordering::Relaxed)) {});
        }
    });
    let ended = next.into_inner();
    assert!((30..200).contains(&ended), "{ended} kill points are not what the quickstart has");
}
