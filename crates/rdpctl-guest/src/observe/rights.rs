//! Who holds the rights that decide about logging on, and how accounts are locked: an export of `secedit`, whose names are
//! not translated.

use std::collections::BTreeMap;

use rdpctl_model::Gap;
use rdpctl_model::guest::Answer;
use rdpctl_model::local::AccountRules;

use crate::frame::{Batch, Frames};
use crate::said::say;

/// Holders that are read of one right at most.
const LIMIT: usize = 200;

/// Adds the question.
pub(super) fn ask(batch: &mut Batch) {
    // `type` turns the template's UTF-16 into bytes that can be searched.
    batch.ask(
        "rights",
        "!X!\\secedit.exe /export /areas SECURITYPOLICY USER_RIGHTS /cfg r /quiet >nul 2>&1&echo rc !errorlevel!&type r >y 2>nul&\
         !X!\\findstr.exe /i /c:\"LogonRight\" /c:\"MaximumPasswordAge\" /c:\"Lockout\" y 2>nul&echo.",
    );
}

/// The holders by right, each a SID behind an asterisk or a name.
pub(super) fn read(frames: &Frames) -> Answer<BTreeMap<String, Vec<String>>> {
    let rights = rights(export(frames)?);
    // An export without any right to log on was not read whole: somebody always holds one.
    if rights.is_empty() { Err(unreadable()) } else { Ok(rights) }
}

/// How passwords age and accounts are locked.
pub(super) fn rules(frames: &Frames) -> Answer<AccountRules> {
    let export = export(frames)?;
    let number = |name: &str| {
        let value = |line: &str| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().parse::<i64>().ok())?
        };
        // Minus one is never, and zero is nothing that counts.
        let said = export.lines().find_map(value);
        said.and_then(|number| u32::try_from(number).ok()).filter(|number| *number != 0)
    };
    Ok(AccountRules {
        password_days: number("MaximumPasswordAge"),
        locks_after: number("LockoutBadCount"),
        unlocks_after: number("LockoutDuration"),
    })
}

fn unreadable() -> Gap {
    Gap::garbled(say::secedit_export())
}

fn export(frames: &Frames) -> Answer<&str> {
    let export = frames.get("rights")?;
    let (first, rest) = export.text.split_once('\n').ok_or_else(unreadable)?;
    let exit = first.strip_prefix("rc ").and_then(|code| code.trim().parse::<i32>().ok());
    match exit.ok_or_else(unreadable)? {
        0 => Ok(rest),
        exit => Err(Gap::garbled(say::ended("secedit", exit))),
    }
}

fn rights(export: &str) -> BTreeMap<String, Vec<String>> {
    export
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(right, _)| right.trim_start().starts_with("Se"))
        .map(|(right, holders)| {
            let holders = holders.split(',').map(str::trim).filter(|holder| !holder.is_empty());
            (right.trim().to_owned(), holders.take(LIMIT).map(str::to_owned).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_read_by_right_and_an_empty_right_has_none() {
        let read = rights(
            "SeNetworkLogonRight = *S-1-1-0,*S-1-5-32-544\r\nSeDenyNetworkLogonRight = Guest,*S-1-5-114\r\nSeBatchLogonRight =\r\n",
        );
        assert_eq!(read["SeDenyNetworkLogonRight"], ["Guest", "*S-1-5-114"]);
        assert_eq!(read["SeNetworkLogonRight"].len(), 2);
        assert!(read["SeBatchLogonRight"].is_empty());
    }
}
