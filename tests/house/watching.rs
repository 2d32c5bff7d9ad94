//! A loop that runs beside its test: what it tells is waited for, never slept for.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::forms::{keeps_to, schema};
use crate::interrupt::signal;
use crate::tool::{Running, Tool};

/// Longer than anything takes that comes at all.
const PATIENCE: Duration = Duration::from_secs(90);

/// It looks again every second or two.
const USUAL: [&str; 7] =
    ["run", "--format", "json", "--clouds-every", "1s", "--machines-every", "2s"];

/// `rdpctl run` with its events.
pub(crate) struct Loop {
    process: Running,
    events: mpsc::Receiver<Value>,
    complaints: mpsc::Receiver<String>,
    listens_at: Option<String>,
    /// What was told so far.
    pub(crate) told: Vec<Value>,
}

impl Loop {
    /// Starts one that looks again every second or two.
    pub(crate) fn start(tool: &Tool, more: &[&str]) -> Self {
        Self::begun(tool.command(&[&USUAL[..], more].concat()))
    }

    /// The same by another program, which is given the command line and becomes it.
    pub(crate) fn start_by(tool: &Tool, by: &[&str], more: &[&str]) -> Self {
        let usual = tool.command(&[&USUAL[..], more].concat());
        let mut command = Command::new(by[0]);
        command.args(&by[1..]).arg(usual.get_program()).args(usual.get_args());
        command.env_clear().stdin(Stdio::null());
        command.envs(usual.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = usual.get_current_dir() {
            command.current_dir(folder);
        }
        Self::begun(command)
    }

    fn begun(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(process.stdout.take().unwrap());
        let (tell, events) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if tell.send(event).is_err() {
                    break;
                }
            }
        });
        let err = BufReader::new(process.stderr.take().unwrap());
        let (complain, complaints) = mpsc::channel();
        std::thread::spawn(move || {
            for line in err.lines().map_while(Result::ok) {
                if complain.send(line).is_err() {
                    break;
                }
            }
        });
        Self { process: Running(process), events, complaints, listens_at: None, told: Vec::new() }
    }

    /// The process, to send it something.
    pub(crate) fn child(&self) -> &Child {
        &self.process.0
    }

    /// Where it answers those who ask.
    #[track_caller]
    pub(crate) fn address(&mut self) -> String {
        if self.listens_at.is_none() {
            let said = std::iter::from_fn(|| self.complaints.recv_timeout(PATIENCE).ok());
            let at = said.filter_map(|line| {
                let (_, rest) = line.split_once("answers at http")?.1.split_once("://")?;
                Some(rest.strip_suffix("/metrics")?.to_owned())
            });
            self.listens_at = { at }.next();
        }
        self.listens_at.clone().unwrap()
    }

    /// The next event, whatever it is.
    #[track_caller]
    pub(crate) fn next_event(&mut self) -> Value {
        let told = self.events.recv_timeout(PATIENCE).expect("something is told");
        self.told.push(told.clone());
        told
    }

    /// Which of these events is told first.
    #[track_caller]
    pub(crate) fn is_told_first(&mut self, events: &[&'static str]) -> &'static str {
        loop {
            let told = self.next_event();
            if let Some(event) = events.iter().find(|event| told["event"] == **event) {
                return event;
            }
        }
    }

    /// The next event of this kind.
    #[track_caller]
    pub(crate) fn until(&mut self, event: &str) -> Value {
        self.until_one(event, |_| true)
    }

    /// The next event of this kind of which something holds.
    #[track_caller]
    pub(crate) fn until_one(&mut self, event: &str, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let Ok(told) = self.events.recv_timeout(PATIENCE) else {
                let _ = self.process.0.kill();
                let err: String = self.complaints.iter().map(|line| line + "\n").collect();
                panic!("`{event}` was never told, but:\n{}\n{err}", self.shown());
            };
            self.told.push(told.clone());
            if told["event"] == event && holds(&told) {
                return told;
            }
        }
    }

    /// The next time that a facet of an instance turns to this verdict.
    #[track_caller]
    pub(crate) fn until_turned(&mut self, instance: &str, facet: &str, to: &str) -> Value {
        self.until_one("turned", |told| {
            told["instance"] == instance
                && told["facets"].as_array().unwrap().contains(&facet.into())
                && told["to"]["verdict"] == to
        })
    }

    /// Asks it to end, and waits for that: how it ended, and all that it told.
    #[track_caller]
    pub(crate) fn ends(mut self) -> (Option<i32>, Vec<Value>) {
        signal(&self.process.0, "TERM");
        self.ended()
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> (Option<i32>, Vec<Value>) {
        while let Ok(told) = self.events.recv_timeout(PATIENCE) {
            self.told.push(told);
        }
        let code = self.process.0.wait().unwrap().code();
        // Whatever a test is about: all that is told for machines keeps to its form.
        let form = schema("watch.json");
        for told in &self.told {
            keeps_to(&form, &told.to_string());
        }
        let err: String = self.complaints.iter().map(|line| line + "\n").collect();
        assert!(!err.contains("panicked"), "{err}");
        (code, std::mem::take(&mut self.told))
    }

    fn shown(&self) -> String {
        self.told.iter().map(|told| format!("{told}\n")).collect()
    }
}
