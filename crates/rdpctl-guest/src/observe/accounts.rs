//! Local accounts and who is in the groups that let people in: from the account database, whose values have no words to
//! translate. Asked for are the part of an account that has a fixed length (`F`: states and times) and the members of two
//! groups (`C`). What holds secrets is not asked for. Of a domain's accounts nothing is kept there but that they are members:
//! whether the domain answers is told by when its policies were last applied.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _};
use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, RegData};
use rdpctl_model::local::{
    ADMINISTRATORS, AccountRules, Accounts, LocalAccount, REMOTE_DESKTOP_USERS,
};

use crate::frame::{Batch, Frames};
use crate::read::registry;
use crate::said::say;

const DATABASE: &str = r"HKLM\SAM\SAM\Domains";
const USERS: &str = "sam/users";
const NAMES: &str = "sam/names";
const COMPUTER: &str = "computer";
const APPLIED: &str = "ev/gp";
const COMPUTER_KEY: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName";

/// Members that are read of one group, and accounts of the machine, at most.
const LIMIT: usize = 500;

/// Adds the questions.
pub(super) fn ask(batch: &mut Batch) {
    let query = |key: String, what: &str| {
        format!("!X!\\reg.exe query {DATABASE}\\{key} {what} /reg:64 2>nul")
    };
    batch.ask(USERS, &query(r"Account\Users".to_owned(), "/s /v F"));
    batch.ask(NAMES, &query(r"Account\Users\Names".to_owned(), "/s"));
    batch
        .ask(COMPUTER, &format!("!X!\\reg.exe query {COMPUTER_KEY} /v ComputerName /reg:64 2>nul"));
    for group in [ADMINISTRATORS, REMOTE_DESKTOP_USERS] {
        batch.ask(&tag(group), &query(format!(r"Builtin\Aliases\{group:08X}"), "/v C"));
    }
    // Policies that were applied, with changes or without.
    batch.ask(
        APPLIED,
        "!X!\\wevtutil.exe qe System /q:\"*[System[Provider[@Name='Microsoft-Windows-GroupPolicy'] and (EventID=1500 or EventID=1502)]]\" /c:1 /rd:true /f:xml /e:E 2>nul&echo.",
    );
}

fn tag(group: u32) -> String {
    format!("sam/{group}")
}

/// The answers; `rules` stand in the export of the security policy.
pub(super) fn read(frames: &Frames, rules: Answer<AccountRules>) -> Answer<Accounts> {
    let users = frames.get(USERS)?;
    // Every Windows has accounts: nothing found is nothing shown.
    if users.exit != 0 {
        return Err(Gap::Denied { reason: say::reading_accounts() });
    }
    let dump = registry::dump(&users.text, &format!(r"{DATABASE}\Account\Users"));
    let mut accounts: BTreeMap<u32, LocalAccount> = dump
        .sections
        .values()
        .filter_map(|values| match values.get("f") {
            Some(RegData::Binary(bytes)) => account(bytes),
            _ => None,
        })
        .take(LIMIT)
        .collect();
    if accounts.is_empty() {
        return Err(Gap::garbled(say::local_accounts()));
    }
    if let Ok(names) = frames.get(NAMES) {
        for (rid, name) in named(&names.text) {
            if let Some(account) = accounts.get_mut(&rid) {
                account.name = Some(name);
            }
        }
    }
    let mut members = BTreeMap::new();
    for group in [ADMINISTRATORS, REMOTE_DESKTOP_USERS] {
        let frame = frames.get(&tag(group))?;
        let path = format!(r"{DATABASE}\Builtin\Aliases\{group:08X}");
        let dump = registry::dump(&frame.text, &path);
        let value = dump.sections.values().find_map(|values| values.get("c"));
        let Some(RegData::Binary(bytes)) = value else {
            return Err(Gap::garbled(say::group_members()));
        };
        let sids = sids(bytes).ok_or_else(|| Gap::garbled(say::group_members()))?;
        members.insert(group, sids);
    }
    let computer = frames.get(COMPUTER).ok().and_then(|frame| {
        let dump = registry::dump(&frame.text, COMPUTER_KEY);
        let found = dump.sections.values().find_map(|values| values.get("computername"))?;
        match found {
            RegData::Sz(name) => Some(name.clone()).filter(|name| !name.is_empty()),
            RegData::ExpandSz(_)
            | RegData::MultiSz(_)
            | RegData::Dword(_)
            | RegData::Qword(_)
            | RegData::Binary(_)
            | RegData::Other(..) => None,
        }
    });
    let domain_answered = super::survey::logged(frames, APPLIED)
        .ok()
        .and_then(|applied| applied.into_iter().next())
        .map(|entry| entry.event.time);
    Ok(Accounts { accounts, members, rules: rules?, domain_answered, computer })
}

/// An account's number and what its fixed part says.
fn account(bytes: &[u8]) -> Option<(u32, LocalAccount)> {
    const DISABLED: u16 = 0x0001;
    const KEEPS_ITS_PASSWORD: u16 = 0x0200;
    let flags = number::<2>(bytes, 0x38).map(u16::from_le_bytes)?;
    let account = LocalAccount {
        name: None,
        disabled: flags & DISABLED != 0,
        keeps_its_password: flags & KEEPS_ITS_PASSWORD != 0,
        password_set: time(number(bytes, 0x18)?),
        ends: time(number(bytes, 0x20)?),
        last_wrong: time(number(bytes, 0x28)?),
        wrong: number::<2>(bytes, 0x40).map(u16::from_le_bytes)?.into(),
    };
    Some((number::<4>(bytes, 0x30).map(u32::from_le_bytes)?, account))
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// A time in 100 ns since 1601: zero and the end of all times are none.
fn time(ticks: [u8; 8]) -> Option<Timestamp> {
    const EPOCH: i64 = 11_644_473_600;
    let ticks = i64::from_le_bytes(ticks);
    let seconds = ticks / 10_000_000 - EPOCH;
    let none = ticks <= 0 || ticks == i64::MAX;
    if none { None } else { Timestamp::UNIX_EPOCH.checked_add(seconds.seconds()).ok() }
}

/// The SIDs in a group's value, whose head says where they begin and how many there are.
fn sids(bytes: &[u8]) -> Option<Vec<String>> {
    const HEAD: usize = 0x34;
    let word = |at| number::<4>(bytes, at).map(u32::from_le_bytes);
    let mut at = HEAD + usize::try_from(word(0x28)?).ok()?;
    let count = usize::try_from(word(0x30)?).ok()?;
    let mut sids = Vec::new();
    for _ in 0..count.min(LIMIT) {
        let parts = usize::from(*bytes.get(at + 1)?);
        let authority = number::<8>(bytes, at).map(u64::from_be_bytes)? & 0xffff_ffff_ffff;
        let mut sid = format!("S-{}-{authority}", bytes.get(at)?);
        for part in 0..parts {
            let part = number::<4>(bytes, at + 8 + 4 * part).map(u32::from_le_bytes)?;
            sid.push_str(&format!("-{part}"));
        }
        sids.push(sid);
        at += 8 + 4 * parts;
    }
    Some(sids)
}

/// The names with their numbers: a name's key has one value, and the type of that value is the number.
fn named(text: &str) -> Vec<(u32, String)> {
    const NAMES: &str = r"\Users\Names\";
    let mut current = None;
    let mut named = Vec::new();
    for line in text.lines() {
        if line.starts_with("HKEY_") {
            current = line.trim_end().split_once(NAMES).map(|(_, name)| name.to_owned());
        } else if let (Some(name), Some((_, RegData::Other(kind, _)))) =
            (&current, registry::value_lines(line).next())
            && let Some(rid) = kind.strip_prefix("0x")
            && let Ok(rid) = u32::from_str_radix(rid, 16)
        {
            named.push((rid, name.clone()));
            current = None;
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_by_its_offsets() {
        let mut bytes = [0_u8; 80];
        bytes[0x18..0x20].copy_from_slice(&132_223_104_000_000_000_i64.to_le_bytes());
        bytes[0x20..0x28].copy_from_slice(&i64::MAX.to_le_bytes());
        bytes[0x30..0x34].copy_from_slice(&500_u32.to_le_bytes());
        bytes[0x38] = 0x11;
        bytes[0x40] = 3;
        let (rid, read) = account(&bytes).unwrap();
        assert_eq!(
            (rid, read.wrong, read.disabled, read.keeps_its_password),
            (500, 3, true, false)
        );
        assert_eq!(read.password_set.unwrap().to_string(), "2020-01-01T00:00:00Z");
        assert_eq!((read.ends, read.last_wrong), (None, None));
        assert!(account(&bytes[..0x41]).is_none());
    }

    #[test]
    fn members_are_sids_and_a_head_that_lies_is_no_list() {
        let mut bytes = vec![0_u8; 0x34];
        bytes[0x30] = 2;
        bytes.extend([1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0]);
        bytes.extend([1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]);
        assert_eq!(sids(&bytes).unwrap(), ["S-1-5-32-544", "S-1-5-18"]);
        bytes[0x30] = 9;
        assert_eq!(sids(&bytes), None);
        bytes[0x28..0x2c].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(sids(&bytes), None);
    }

    #[test]
    fn names_are_found_by_the_type_of_their_value_in_every_language() {
        let text = "\r\nHKEY_LOCAL_MACHINE\\SAM\\SAM\\Domains\\Account\\Users\\Names\\관리자\r\n    (기본값)    0x1f4    \r\n\r\n\
                    HKEY_LOCAL_MACHINE\\SAM\\SAM\\Domains\\Account\\Users\\Names\\ops\r\n    (Standard)    0x3e8    \r\n";
        assert_eq!(named(text), [(500, "관리자".to_owned()), (1000, "ops".to_owned())]);
    }
}
