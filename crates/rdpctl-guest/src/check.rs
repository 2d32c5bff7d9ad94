//! A few facts read again: what a step expects to find, and what proves that it is done.

use rdpctl_model::Gap;
use rdpctl_model::action::{RulesAre, RulesOf};
use rdpctl_model::guest::{RegData, RunState};
use rdpctl_model::sddl::{FULL, NETWORK_SERVICE, READ, SYSTEM, grants};
use rdpctl_model::step::Check;

use crate::frame::{Batch, Frame, Frames, Nonce};
use crate::perform::questions;
use crate::read::{acl, registry, service};
use crate::refusal::Unrenderable;
use crate::said::say;
use rdpctl_model::Said;

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// As expected.
    Holds,
    /// Otherwise; carries what was found, for people.
    Differs(Said),
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
        Check::KeyAbsent { key } | Check::KeyPresent { key } => questions::query_key(key),
        Check::FirewallRules { of, .. } => Ok(questions::query_rules(*of)),
        Check::BootElement { element, .. } => questions::query_boot_element(element),
        Check::KeyReadable { file } => questions::query_key_list(file),
        Check::Service { service, .. } => questions::query_service(service),
    }
}

/// Whether an answer is the expected one.
pub(crate) fn judge(check: &Check, frame: &Frame) -> Seen {
    match check {
        Check::Registry { key, name, data } => value(key, name, data.as_ref(), frame),
        Check::KeyAbsent { key } => match frame.exit {
            1 => Seen::Holds,
            0 => Seen::Differs(say::exists(key)),
            other => Seen::Unknown(Gap::garbled(say::query_for_ended(key, other))),
        },
        Check::KeyPresent { key } => match frame.exit {
            0 => Seen::Holds,
            1 => Seen::Differs(say::is_absent(key)),
            other => Seen::Unknown(Gap::garbled(say::query_for_ended(key, other))),
        },
        Check::FirewallRules { of, are } => rules(*of, *are, &frame.text),
        Check::BootElement { element, bytes } => {
            boot_element(element, bytes.as_deref(), &frame.text)
        }
        Check::KeyReadable { file } => readable(file, &frame.text),
        Check::Service { service, running } => {
            match service::state(service, frame.exit, &frame.text) {
                Ok(state) if (state.run == RunState::Running) == *running => Seen::Holds,
                Ok(state) => Seen::Differs(say::is(service, word(state.run))),
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
                None => {
                    return Seen::Unknown(Gap::garbled(say::query_for(format!("{key}\\{name}"))));
                }
            }
        }
        other => {
            return Seen::Unknown(Gap::garbled(say::query_for_ended(
                format!("{key}\\{name}"),
                other,
            )));
        }
    };
    if found.as_ref() == expected {
        return Seen::Holds;
    }
    Seen::Differs(match found {
        None => say::is_absent(name),
        Some(data) => say::is(name, shown(&data)),
    })
}

/// What a question ended with that says so itself: where it does not, what it rests on could not be read.
fn ended(text: &str) -> Option<i32> {
    text.lines().filter_map(|line| line.trim().strip_prefix("rc ")?.parse().ok()).next_back()
}

fn rules(of: RulesOf, are: RulesAre, text: &str) -> Seen {
    if ended(text).is_none() {
        return Seen::Unknown(Gap::garbled(say::firewall_rules()));
    }
    let rules: Vec<String> = registry::value_lines(text)
        .filter_map(|(_, data)| match data {
            RegData::Sz(rule) | RegData::ExpandSz(rule) => Some(rule),
            RegData::Dword(_)
            | RegData::Qword(_)
            | RegData::MultiSz(_)
            | RegData::Binary(_)
            | RegData::Other(..) => None,
        })
        .collect();
    rules_are(of, are, &rules)
}

/// Whether rules that were found are as they are to be. Windows' group and our own rules are told by a mark.
#[must_use]
pub fn rules_are(of: RulesOf, are: RulesAre, rules: &[String]) -> Seen {
    let whose = match of {
        RulesOf::RemoteDesktop => "of Windows' group for Remote Desktop".to_owned(),
        RulesOf::Ours(port) => format!("of ours for port {port}"),
    };
    let rules: Vec<String> = rules.iter().map(|rule| rule.to_ascii_lowercase()).collect();
    match are {
        RulesAre::Gone if rules.is_empty() => Seen::Holds,
        RulesAre::Gone => Seen::Differs(say::rules_left(rules.len(), whose)),
        RulesAre::Open if rules.iter().any(|rule| lets_in(rule)) => Seen::Holds,
        RulesAre::Open => Seen::Differs(say::no_active_rule(whose)),
    }
}

/// Whether a rule, in small letters, is active and lets TCP in; that for watching others' sessions is no way to log on.
fn lets_in(rule: &str) -> bool {
    ["action=allow", "active=true", "dir=in", "protocol=6"]
        .iter()
        .all(|field| rule.split('|').any(|it| it == *field))
        && !rule.contains("rdpsa.exe")
}

fn boot_element(element: &str, expected: Option<&[u8]>, text: &str) -> Seen {
    let found = match ended(text) {
        Some(1) => None,
        Some(0) => {
            let value = registry::value_lines(text).find_map(|(_, data)| data.into_bytes());
            let Some(bytes) = value else {
                return Seen::Unknown(Gap::garbled(say::boot_element(element)));
            };
            Some(bytes)
        }
        Some(_) | None => return Seen::Unknown(Gap::garbled(say::default_entry())),
    };
    boot_element_is(element, expected, found.as_deref())
}

/// Whether an element of the boot entry that starts by default is as it is to be.
#[must_use]
pub fn boot_element_is(element: &str, expected: Option<&[u8]>, found: Option<&[u8]>) -> Seen {
    if found == expected {
        return Seen::Holds;
    }
    Seen::Differs(match found {
        None => say::no_boot_element(element),
        Some(bytes) => say::boot_element_is(element, format!("{bytes:02x?}")),
    })
}

fn readable(file: &str, text: &str) -> Seen {
    let unreadable = || Seen::Unknown(Gap::garbled(say::key_list()));
    let Some((exit, lists)) = acl::listed(text) else { return unreadable() };
    let Some((_, list)) = lists.iter().find(|(name, _)| name.eq_ignore_ascii_case(file)) else {
        return match exit {
            0 => unreadable(),
            other => Seen::Differs(say::key_list_unreadable(other)),
        };
    };
    key_is_readable(list)
}

/// Whether a key file's list lets those read it who must.
#[must_use]
pub fn key_is_readable(list: &str) -> Seen {
    let unreadable = || Seen::Unknown(Gap::garbled(say::file_list()));
    match (grants(list, NETWORK_SERVICE, READ), grants(list, SYSTEM, FULL)) {
        (Some(true), Some(true)) => Seen::Holds,
        (Some(false), _) => Seen::Differs(say::network_service_cannot()),
        (_, Some(false)) => Seen::Differs(say::system_not_full()),
        (None, _) | (_, None) => unreadable(),
    }
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

    const BOOT: &str =
        "\nHKEY_LOCAL_MACHINE\\BCD\\Elements\\25000080\n    Element    REG_BINARY    01\n\nrc 0\n";

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
        let open = Check::FirewallRules { of: RulesOf::RemoteDesktop, are: RulesAre::Open };
        let no_rule = Check::FirewallRules { of: RulesOf::Ours(3390), are: RulesAre::Gone };
        let rule = |action: &str, active: &str| {
            format!(
                "    R    REG_SZ    v2.31|Action={action}|Active={active}|Dir=In|Protocol=6|LPort=3389|\nrc 0\n"
            )
        };
        let element = |byte: Option<u8>| Check::BootElement {
            element: "25000080".to_owned(),
            bytes: byte.map(|byte| vec![byte]),
        };
        let key = Check::KeyReadable { file: "f686_a".to_owned() };
        let list = |entries: &str| format!("rc 0\nf686_a\nD:PAI{entries}\n\n");
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
            (open.clone(), frame(0, &rule("Allow", "TRUE")), "holds"),
            (
                open.clone(),
                frame(0, &rule("Block", "TRUE")),
                "no active rule of Windows' group for Remote Desktop lets TCP in",
            ),
            (
                open.clone(),
                frame(1, "rc 1\n"),
                "no active rule of Windows' group for Remote Desktop lets TCP in",
            ),
            (open, frame(1, ""), "unknown"),
            (no_rule.clone(), frame(1, "rc 1\n"), "holds"),
            (
                no_rule.clone(),
                frame(0, &rule("Allow", "TRUE")),
                "1 rules of ours for port 3390 are left",
            ),
            (no_rule, frame(1, ""), "unknown"),
            (element(None), frame(1, "rc 1\n"), "holds"),
            (element(None), frame(0, BOOT), "the boot entry's 25000080 is [01]"),
            (element(Some(1)), frame(0, BOOT), "holds"),
            (element(None), frame(1, ""), "unknown"),
            (key.clone(), frame(0, &list("(A;;FA;;;SY)(A;;0x120089;;;NS)")), "holds"),
            (
                key.clone(),
                frame(0, &list("(A;;FA;;;SY)")),
                "NETWORK SERVICE cannot read the key file",
            ),
            (
                key.clone(),
                frame(0, &list("(A;;FR;;;SY)(A;;0x120089;;;NS)")),
                "SYSTEM has not full access to the key file",
            ),
            (key.clone(), frame(5, "rc 5\n"), "the key file's access list cannot be read (5)"),
            (key, frame(0, ""), "unknown"),
        ];
        for (check, frame, expected) in cases {
            let seen = match judge(&check, &frame) {
                Seen::Holds => "holds".to_owned(),
                Seen::Differs(what) => rdpctl_words::english(&what),
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
