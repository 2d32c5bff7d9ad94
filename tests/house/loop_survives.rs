//! What a loop survives: a kill at every step, a stop for longer than its lease, another one that starts at the same moment, a
//! cloud that only fails, a disk that is full. Nothing is lost, nothing is done twice, and it says what is wrong.

use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::interrupt::signal;
use crate::tool::{Simulator, Tool, addresses, against};
use crate::watching::Loop;

const DENY: &str = r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 1 /f"#;

/// The quickstart's estate, with a loop that may mend all of it by itself.
fn left_to_the_loop(world: impl Fn(&str) -> String) -> (Tool, Simulator) {
    let tool = Tool::quickstart();
    tool.write("world.toml", &world(&tool.read("world.toml")));
    let simulator = Simulator::start(&tool);
    let declared = tool.read("rdp.toml").replace("= \"ask\"", "= \"allow\"");
    tool.write("rdp.toml", &format!("{declared}\n[run]\nmode = \"enforce\"\n"));
    (against(tool, &simulator), simulator)
}

fn as_it_is(world: &str) -> String {
    world.to_owned()
}

/// Waits until the estate is as declared, and ends the loop.
fn until_whole(mut run: Loop) -> Vec<Value> {
    let mut open = vec!["web-01", "legacy-01"];
    while !open.is_empty() {
        let turned = run.until_one("turned", |told| {
            told["facets"].as_array().unwrap().contains(&"reachable".into())
                && told["to"]["verdict"] == "healthy"
        });
        open.retain(|name| turned["instance"] != *name);
    }
    let (code, told) = run.ends();
    assert_eq!(code, Some(0), "{told:?}");
    told
}

/// One kill after so many steps of the loop's own, and the next loop; false when there was nothing left to kill.
fn survives_a_kill_after(steps: usize) -> bool {
    let (tool, _simulator) = left_to_the_loop(as_it_is);
    let mut run = Loop::start(&tool, &[]);
    let (mut seen, mut open) = (0, vec!["web-01", "legacy-01"]);
    while seen < steps && !open.is_empty() {
        let event = run.next_event();
        seen += usize::from(["began", "done"].iter().any(|kind| event["event"] == *kind));
        let answers = event["event"] == "turned"
            && event["facets"].as_array().unwrap().contains(&"reachable".into())
            && event["to"]["verdict"] == "healthy";
        open.retain(|name| !(answers && event["instance"] == *name));
    }
    signal(run.child(), "KILL");
    run.ended();
    let mut next = Loop::start(&tool, &[]);
    next.until("ready");
    // Whatever stands already is told by no turn: the end is asked of the world.
    let until = Instant::now() + Duration::from_mins(3);
    while tool.run(&["plan", "--detailed-exitcode"]).code != Some(0) {
        assert!(Instant::now() < until, "killed after step {steps}: not finished");
    }
    assert_eq!(next.ends().0, Some(0));
    assert_eq!(addresses(&tool), 1, "killed after step {steps}: more than one address was bought");
    tool.run(&["state", "verify"]).exits(0);
    seen == steps
}

/// Every so many steps; every single one is killed in `crash.rs`, where a person applies, by the same engine.
const BETWEEN: usize = 4;

#[test]
fn a_loop_killed_in_its_midst_is_followed_by_one_that_finishes_and_buys_nothing_twice() {
    let next = AtomicUsize::new(1);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(
                || while survives_a_kill_after(next.fetch_add(BETWEEN, Ordering::Relaxed)) {},
            );
        }
    });
    let ended = next.into_inner();
    assert!((8..80).contains(&ended), "{ended} kill points are not what the quickstart has");
}

#[test]
fn a_leader_that_was_stopped_and_continues_finds_that_another_leads_and_does_nothing() {
    let (tool, simulator) = left_to_the_loop(as_it_is);
    until_whole(Loop::start(&tool, &[]));
    let mut first = Loop::start(&tool, &[]);
    first.until("ready");
    signal(first.child(), "STOP");
    let mut second = Loop::start(&tool, &[]);
    second.until("standing-by");
    // Its lease lapses 15 s after it was renewed last.
    second.until("leading");
    second.until("ready");
    simulator.behind("legacy-01", DENY);
    second.until_turned("legacy-01", "remote-desktop", "healthy");
    signal(first.child(), "CONT");
    first.until("deposed");
    first.until("standing-by");
    simulator.behind("web-01", DENY);
    second.until_turned("web-01", "remote-desktop", "drifted");
    second.until_turned("web-01", "remote-desktop", "healthy");
    assert_eq!(second.ends().0, Some(0));
    // What the other one did is nothing that this one does again.
    let before = first.told.len();
    first.until("leading");
    let meanwhile = &first.told[before..];
    let acts = |told: &&Value| told["event"] == "began" || told["event"] == "done";
    assert_eq!(meanwhile.iter().filter(acts).count(), 0, "{meanwhile:?}");
    first.until("ready");
    assert_eq!(first.ends().0, Some(0));
    tool.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_loop_that_is_told_to_end_while_it_mends_ends_with_0_after_the_step_in_hand() {
    let (tool, _simulator) = left_to_the_loop(as_it_is);
    let mut run = Loop::start(&tool, &[]);
    run.until("done");
    let (code, told) = run.ends();
    assert_eq!(code, Some(0), "{told:?}");
    let last = told.iter().rfind(|one| one["event"] == "mended").expect("it says how it ended");
    assert_eq!(last["end"], "interrupted", "{last}");
    // Its head is found again in every later journal.
    let head = last["head"].as_str().expect("a head");
    let told = until_whole(Loop::start(&tool, &[]));
    assert!(told.iter().any(|one| one["event"] == "mended"), "{told:?}");
    tool.run(&["state", "verify", "--head", head]).exits(0);
    tool.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn of_two_loops_that_start_at_once_one_mends_and_the_other_stands_by() {
    let (tool, _simulator) = left_to_the_loop(as_it_is);
    let (mut one, mut other) = (Loop::start(&tool, &[]), Loop::start(&tool, &[]));
    let is_leading = one.is_told_first(&["leading", "standing-by"]) == "leading";
    let (leads, mut follows) = if is_leading {
        (one, other)
    } else {
        other.is_told_first(&["leading"]);
        (other, one)
    };
    until_whole(leads);
    follows.until("leading");
    let before = &follows.told;
    let acts = |told: &&Value| told["event"] == "began" || told["event"] == "done";
    assert_eq!(before.iter().filter(acts).count(), 0, "{before:?}");
    follows.until("ready");
    assert_eq!(follows.ends().0, Some(0));
    assert_eq!(addresses(&tool), 1);
}

#[test]
fn a_cloud_that_only_fails_is_said_to_be_silent_once_and_mended_once_it_answers() {
    // However long it lasts, what becomes of it is the same: several looks fail, each with its repetitions.
    let fails = "\n[[fault.error]]\naction = \"DescribeInstances\"\ncode = \"InternalError\"\nmessage = \"internal error\"\ntimes = 12\n";
    let (tool, _simulator) = left_to_the_loop(|world| format!("{world}{fails}"));
    let mut run = Loop::start(&tool, &[]);
    let silent = run.until("silent");
    assert!(silent["why"].as_str().unwrap().contains("InternalError"), "{silent}");
    let provider = silent["provider"].clone();
    run.until_one("answers", |told| told["provider"] == provider);
    let told = until_whole(run);
    for name in ["gz", "gz-legacy"] {
        let said = |kind: &str| {
            told.iter().filter(|one| one["event"] == kind && one["provider"] == name).count()
        };
        assert_eq!(said("silent"), said("answers"), "{name}: it is said once, and that it is over");
        assert!(said("silent") <= 1, "{name}: {told:?}");
    }
    assert_eq!(addresses(&tool), 1);
}

/// A loop that lives with a limit of what it may write.
fn limited(tool: &Tool) -> Loop {
    // Without the signal that the system sends beside the error: a full disk sends none.
    let page = ["--listen", "127.0.0.1:0"];
    Loop::start_by(tool, &["/bin/sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""], &page)
}

/// What the page says of the state, once it does; it serves all the while.
fn page_says(run: &mut Loop, holds: impl Fn(&str) -> bool) {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let page = crate::run_loop::asked(run, "/");
        assert!(Instant::now() < until, "{page}");
        if page.starts_with("HTTP/1.1 503 ") {
            continue;
        }
        assert!(page.contains("legacy-01") || page.contains("All 2 instances"), "{page}");
        if holds(&page) {
            return;
        }
    }
}

fn may_write(child: &Child, limit: &str) {
    let pid = child.id().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:")]).status();
    assert!(set.unwrap().success());
}

#[test]
fn while_the_disk_is_full_the_loop_says_that_it_remembers_nothing_and_goes_on_afterwards() {
    let (tool, simulator) = left_to_the_loop(as_it_is);
    until_whole(Loop::start(&tool, &[]));
    let mut run = limited(&tool);
    run.until("ready");
    may_write(run.child(), "1");
    simulator.behind("legacy-01", DENY);
    let said = run.until("forgetful");
    assert!(!said["why"].as_str().unwrap().is_empty(), "{said}");
    // Whoever looks is shown what is known, and told that nothing is remembered and changed meanwhile.
    page_says(&mut run, |page| page.contains("class=\"banner bad\""));
    // Its lease cannot be renewed, and lapses: it leads no more, serves on, and waits for room.
    run.until("deposed");
    page_says(&mut run, |page| {
        page.contains("leads no more") && page.contains("class=\"banner bad\"")
    });
    may_write(run.child(), "unlimited");
    run.until("remembers");
    page_says(&mut run, |page| !page.contains("class=\"banner bad\""));
    run.until_turned("legacy-01", "remote-desktop", "healthy");
    assert_eq!(run.ends().0, Some(0));
    tool.run(&["state", "verify"]).exits(0);
    tool.run(&["plan", "--detailed-exitcode"]).exits(0);
}
