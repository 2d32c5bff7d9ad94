//! A few facts read again: what a step expects to find, and what proves that it is done.

use rdpctl_model::Gap;
use rdpctl_model::guest::{RegData, RunState};
use rdpctl_model::step::Check;

use crate::frame::{Batch, Frame, Frames, Nonce};
use crate::perform::questions;
use crate::read::{registry, service};
use crate::refusal::Unrenderable;

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// As expected.
    Holds,
    /// Otherwise; carries what was found, for people.
    Differs(String),
    /// Not known.
    Unknown(Gap),
}

/// Checks as one batch.
#[derive(Clone, Debug)]
pub struct Checking {
    batch: Batch,
    checks: Vec<Check>,
}

impl Checking {
    /// The batch for these checks.
    pub fn new(nonce: Nonce, checks: &[Check]) -> Result<Self, Unrenderable> {
        let mut batch = Batch::new(nonce);
        batch.ask_code_page();
        for (place, check) in checks.iter().enumerate() {
            batch.ask(&place.to_string(), &command(check)?);
        }
        Ok(Self { batch, checks: checks.to_vec() })
    }

    /// The commands.
    #[must_use]
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// What was found, in the order of the checks.
    #[must_use]
    pub fn read(&self, raw: &[u8]) -> Vec<Seen> {
        let frames = Frames::read(&self.batch, raw);
        let judge = |(place, check): (usize, &Check)| match frames.get(&place.to_string()) {
            Ok(frame) => judge(check, frame),
            Err(gap) => Seen::Unknown(gap),
        };
        self.checks.iter().enumerate().map(judge).collect()
    }
}

/// The question behind a check.
pub(crate) fn command(check: &Check) -> Result<String, Unrenderable> {
    match check {
        Check::Registry { key, name, .. } => questions::query_value(key, name),
        Check::KeyAbsent { key } => questions::query_key(key),
        Check::Service { service, .. } => questions::query_service(service),
    }
}

/// Whether an answer is the expected one.
pub(crate) fn judge(check: &Check, frame: &Frame) -> Seen {
    match check {
        Check::Registry { key, name, data } => value(key, name, data.as_ref(), frame),
        Check::KeyAbsent { key } => match frame.exit {
            1 => Seen::Holds,
            0 => Seen::Differs(format!("{key} exists")),
            other => Seen::Unknown(Gap::garbled(format!("the query for {key} ended with {other}"))),
        },
        Check::Service { service, running } => {
            match service::state(service, frame.exit, &frame.text) {
                Ok(state) if (state.run == RunState::Running) == *running => Seen::Holds,
                Ok(state) => Seen::Differs(format!("{service} is {}", word(state.run))),
                Err(gap) => Seen::Unknown(gap),
            }
        }
    }
}

fn value(key: &str, name: &str, expected: Option<&RegData>, frame: &Frame) -> Seen {
    let found = match frame.exit {
        1 => None,
        0 => {
            let mut dump = registry::dump(&frame.text, key);
            let values = dump.sections.remove(&key.to_ascii_lowercase());
            match values.and_then(|mut values| values.remove(&name.to_ascii_lowercase())) {
                Some(data) => Some(data),
                None => return Seen::Unknown(Gap::garbled(format!("the query for {key}\\{name}"))),
            }
        }
        other => {
            return Seen::Unknown(Gap::garbled(format!(
                "the query for {key}\\{name} ended with {other}"
            )));
        }
    };
    if found.as_ref() == expected {
        return Seen::Holds;
    }
    Seen::Differs(match found {
        None => format!("{name} is absent"),
        Some(data) => format!("{name} is {}", shown(&data)),
    })
}

/// A value for people.
fn shown(data: &RegData) -> String {
    match data {
        RegData::Dword(number) => number.to_string(),
        RegData::Qword(number) => number.to_string(),
        RegData::Sz(text) | RegData::ExpandSz(text) => format!("{text:?}"),
        RegData::MultiSz(items) => format!("{items:?}"),
        RegData::Binary(bytes) => format!("{} bytes", bytes.len()),
        RegData::Other(kind, _) => format!("of type {kind}"),
    }
}

const fn word(run: RunState) -> &'static str {
    match run {
        RunState::Stopped => "stopped",
        RunState::StartPending => "starting",
        RunState::StopPending => "stopping",
        RunState::Running => "running",
        RunState::ContinuePending => "continuing",
        RunState::PausePending => "pausing",
        RunState::Paused => "paused",
        RunState::NotInstalled => "not installed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";

    fn registry(data: Option<u32>) -> Check {
        Check::Registry {
            key: KEY.to_owned(),
            name: "fDenyTSConnections".to_owned(),
            data: data.map(RegData::Dword),
        }
    }

    fn frame(exit: i32, text: &str) -> Frame {
        Frame { exit, text: text.to_owned() }
    }

    #[test]
    fn a_check_holds_differs_or_is_not_known() {
        let one = "\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\n    \
            fdenytsconnections    REG_DWORD    0x1\n";
        let running = |running| Check::Service { service: "BFE".to_owned(), running };
        let gone = Check::KeyAbsent { key: KEY.to_owned() };
        let cases = [
            (registry(Some(1)), frame(0, one), "holds"),
            (registry(Some(0)), frame(0, one), "fDenyTSConnections is 1"),
            (registry(None), frame(0, one), "fDenyTSConnections is 1"),
            (registry(None), frame(1, ""), "holds"),
            (registry(Some(1)), frame(1, ""), "fDenyTSConnections is absent"),
            (registry(Some(1)), frame(0, ""), "unknown"),
            (registry(Some(1)), frame(9009, ""), "unknown"),
            (gone.clone(), frame(1, ""), "holds"),
            (
                gone.clone(),
                frame(0, one),
                "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server exists",
            ),
            (gone, frame(5, ""), "unknown"),
            (running(true), frame(1060, ""), "BFE is not installed"),
            (running(false), frame(1060, ""), "holds"),
            (running(true), frame(0, ""), "unknown"),
        ];
        for (check, frame, expected) in cases {
            let seen = match judge(&check, &frame) {
                Seen::Holds => "holds".to_owned(),
                Seen::Differs(what) => what,
                Seen::Unknown(_) => "unknown".to_owned(),
            };
            assert_eq!(seen, expected, "{check:?}");
        }
    }

    #[test]
    fn what_was_not_answered_is_not_known() {
        let checking = Checking::new(Nonce::from_number(1), &[registry(None), registry(Some(1))]);
        let seen = checking.map(|checking| checking.read(b"#00000001 B 0\r\n#00000001 E 1\r\n"));
        assert!(matches!(seen.as_deref(), Ok([Seen::Holds, Seen::Unknown(Gap::Truncated { .. })])));
    }
}
