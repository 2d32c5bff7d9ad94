//! Whoever holds the lease writes, and nobody else: neither a second run meanwhile, nor the first one once it was
//! stopped for so long that another took over.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::interrupt::signal;
use crate::tool::{Running, Simulator, Tool, against};

const APPLY: [&str; 6] = ["apply", "--auto-approve", "--allow", "spend,reboot", "--format", "json"];

/// What the whole state says.
fn state(tool: &Tool) -> Value {
    serde_json::from_str(&tool.run(&["state", "pull"]).exits(0).out).unwrap()
}

#[test]
fn a_run_that_was_stopped_past_its_lease_and_continued_writes_nothing_any_more() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let mut first =
        tool.command(&APPLY).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(first.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("\"event\":\"done\"") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it ended before anything was done");
    }
    // As long as its lease may live, whoever comes second is sent away, and ends nothing of the first. One that is stopped
    // in the midst of a transaction holds the file itself: it goes on for a moment.
    let sent_away = loop {
        signal(&first, "STOP");
        let second = tool.run(&APPLY).exits(1);
        if !second.err.contains("database is locked") {
            break second;
        }
        signal(&first, "CONT");
    };
    sent_away.complains("the state is locked by");
    let stopped = Instant::now();
    let mut first = Running(first);
    let runs = tool.run(&["state", "history"]).exits(0).out;
    assert!(runs.contains("never ended"), "{runs}");
    let second = loop {
        let ran = tool.run(&APPLY);
        if !ran.err.contains("the state is locked by") {
            break ran.exits(0);
        }
        assert!(stopped.elapsed() < Duration::from_mins(2), "the lease never lapsed:\n{}", ran.err);
    };
    assert!(second.err.contains("was not renewed in time; taking it over"), "{}", second.err);
    let before = state(&tool);

    signal(&first.0, "CONT");
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    let mut err = String::new();
    first.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(first.0.wait().unwrap().code(), Some(1), "{rest}\n{err}");
    assert!(err.contains("the lock on the state was lost"), "{err}");
    assert_eq!(state(&tool), before, "nothing was written:\n{rest}\n{err}");
    let runs = tool.run(&["state", "history"]).exits(0).out;
    let ends: Vec<&str> = runs
        .lines()
        .skip(1)
        .map(|run| if run.contains("  done  ") { "done" } else { "interrupted" })
        .collect();
    assert_eq!(ends, ["done", "interrupted"], "{runs}");
    tool.run(&["plan", "--detailed-exitcode"]).exits(0);
}
