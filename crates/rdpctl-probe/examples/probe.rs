//! `probe [--format json] [--level reach|standard|full] [--concurrency N] HOST[:PORT]...`: the probe without the rest of
//! rdpctl, one JSON object a line. Targets come from standard input when none are given.

use std::io::{BufRead, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use rdpctl_probe::{Level, ProbeOptions, Target, probe_many};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => writeln!(std::io::stderr(), "error: {error}")
            .map_or(ExitCode::FAILURE, |()| ExitCode::FAILURE),
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut level = Level::default();
    let mut concurrency = NonZeroUsize::new(256).ok_or("no places")?;
    let mut options = ProbeOptions::default();
    let mut targets = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "probe" | "-" => {}
            "--format" => drop(arguments.next()),
            "--no-retry" => options.retry_after = None,
            "--level" => level = arguments.next().ok_or("--level needs a value")?.parse()?,
            "--concurrency" => {
                concurrency = arguments.next().ok_or("--concurrency needs a value")?.parse()?;
            }
            target => targets.push(target.parse::<Target>()?),
        }
    }
    let mut reports = if targets.is_empty() {
        probe_many(from_standard_input(), level, options, concurrency)
    } else {
        probe_many(targets, level, options, concurrency)
    };
    let mut out = std::io::stdout().lock();
    while let Some(report) = reports.next().await {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    }
    Ok(())
}

fn from_standard_input() -> mpsc::Receiver<Target> {
    let (sender, receiver) = mpsc::channel(1024);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if let Ok(target) = line.trim().parse()
                && sender.blocking_send(target).is_err()
            {
                return;
            }
        }
    });
    receiver
}
