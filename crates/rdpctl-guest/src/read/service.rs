//! What `sc queryex` prints: a fixed order of fields whose labels are translated.

use crate::said::say;
use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, Pending, RunState, ServiceState};

/// The exit code of `sc` for a service that does not exist.
const NO_SUCH_SERVICE: i32 = 1060;

/// Reads the state of a service from an exit code and its output.
pub fn state(name: &str, exit: i32, text: &str) -> Answer<ServiceState> {
    match exit {
        0 => running_state(text).ok_or_else(|| Gap::garbled(say::service_state(name))),
        NO_SUCH_SERVICE => {
            Ok(ServiceState { run: RunState::NotInstalled, pid: 0, win32_exit: 0, pending: None })
        }
        5 => Err(Gap::Denied { reason: say::service_state(name) }),
        other => Err(Gap::garbled(say::ended(format!("sc queryex {name}"), other))),
    }
}

/// Fields by order: type, state, Win32 exit, service exit, checkpoint, wait hint, process.
fn running_state(text: &str) -> Option<ServiceState> {
    let fields: Vec<&str> = text.lines().filter_map(field).collect();
    let [_, state, win32_exit, _, checkpoint, hint, pid, ..] = fields.as_slice() else {
        return None;
    };
    let run = match *state {
        "1" => RunState::Stopped,
        "2" => RunState::StartPending,
        "3" => RunState::StopPending,
        "4" => RunState::Running,
        "5" => RunState::ContinuePending,
        "6" => RunState::PausePending,
        "7" => RunState::Paused,
        _ => return None,
    };
    let on_the_way = match run {
        RunState::StartPending
        | RunState::StopPending
        | RunState::ContinuePending
        | RunState::PausePending => true,
        RunState::Stopped | RunState::Running | RunState::Paused | RunState::NotInstalled => false,
    };
    let pending = || {
        Some(Pending {
            checkpoint: hexadecimal(checkpoint)?,
            hint: hexadecimal(hint)?,
            stalled: false,
        })
    };
    Some(ServiceState {
        run,
        pid: pid.parse().ok()?,
        win32_exit: win32_exit.parse().ok()?,
        pending: if on_the_way { Some(pending()?) } else { None },
    })
}

fn hexadecimal(word: &str) -> Option<u32> {
    u32::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

/// The number after the colon of an indented line with a label.
fn field(line: &str) -> Option<&str> {
    if !line.starts_with([' ', '\t']) {
        return None;
    }
    let (label, rest) = line.split_once([':', '：'])?;
    if label.trim().is_empty() {
        return None;
    }
    let word = rest.split_whitespace().next()?;
    let digits = word.strip_prefix("0x").unwrap_or(word);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENGLISH: &str = "\nSERVICE_NAME: TermService \n        TYPE               : 30  WIN32  \n        \
        STATE              : 4  RUNNING \n                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\n        \
        WIN32_EXIT_CODE    : 0  (0x0)\n        SERVICE_EXIT_CODE  : 0  (0x0)\n        CHECKPOINT         : 0x0\n        \
        WAIT_HINT          : 0x0\n        PID                : 1084\n        FLAGS              : \n";

    #[test]
    fn a_state_is_read_whatever_the_labels_say() {
        let german =
            ENGLISH.replace("TYPE", "TYP").replace("STATE", "STATUS").replace("RUNNING", "LÄUFT");
        let wide = ENGLISH.replace(" : ", " ： ");
        let running =
            Ok(ServiceState { run: RunState::Running, pid: 1084, win32_exit: 0, pending: None });
        assert_eq!(state("TermService", 0, ENGLISH), running);
        assert_eq!(state("TermService", 0, &german), running);
        assert_eq!(state("TermService", 0, &wide), running);
    }

    #[test]
    fn a_stopped_service_carries_why_it_stopped() {
        let text = ENGLISH.replace("4  RUNNING", "1  STOPPED").replace(": 1084", ": 0");
        let text = text.replacen("0  (0x0)", "1077  (0x435)", 1);
        let expected =
            ServiceState { run: RunState::Stopped, pid: 0, win32_exit: 1077, pending: None };
        assert_eq!(state("TermService", 0, &text), Ok(expected));
    }

    #[test]
    fn a_service_on_the_way_says_how_far_it_is() {
        let text = ENGLISH
            .replace("4  RUNNING", "2  START_PENDING")
            .replace("CHECKPOINT         : 0x0", "CHECKPOINT         : 0x1")
            .replace("WAIT_HINT          : 0x0", "WAIT_HINT          : 0x7530");
        let pending = state("X", 0, &text).map(|state| state.pending);
        assert_eq!(pending, Ok(Some(Pending { checkpoint: 1, hint: 30_000, stalled: false })));
    }

    #[test]
    fn what_cannot_be_read_is_a_gap_and_an_absent_service_is_a_fact() {
        assert!(matches!(state("X", 0, ""), Err(Gap::Garbled { .. })));
        assert!(matches!(
            state("X", 0, &ENGLISH.replace("4  RUNNING", "9  ODD")),
            Err(Gap::Garbled { .. })
        ));
        assert!(matches!(state("X", 5, ""), Err(Gap::Denied { .. })));
        assert!(matches!(state("X", 9009, ""), Err(Gap::Garbled { .. })));
        assert_eq!(state("X", 1060, "").map(|state| state.run), Ok(RunState::NotInstalled));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(?s).{0,200}") {
            let _ = state("X", 0, &text);
        }
    }
}
