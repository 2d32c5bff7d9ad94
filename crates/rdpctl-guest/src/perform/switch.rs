//! The dead man's switch: a task of the guest's own that puts values back unless it is removed in time.
//!
//! The task repeats every so many minutes and removes itself when it has run. So no date or clock time is written,
//! whose order differs by language, and a reboot in between does not lose it.

use crate::envelope::{self, FOLDER};
use crate::refusal::Unrenderable;

use super::command::{DONE, DONE_OR_NONE, MUST_BE_ABSENT, NativeCommand};
use super::quote;

const TASK: &str = "rdpctl-restore";

pub(super) use rdpctl_model::step::SWITCH_MARKS as MARKS;

/// The task must fire within a day, or its schedule would need a date.
const MINUTES: std::ops::RangeInclusive<u32> = 1..=1_439;

/// Writes the lines that restore, and arms the task that runs them as SYSTEM.
pub(super) fn arm(
    minutes: u32,
    restore: Vec<String>,
    token: &str,
) -> Result<Vec<NativeCommand>, Unrenderable> {
    if !MINUTES.contains(&minutes) || restore.is_empty() {
        return Err(Unrenderable::Malformed { what: "the dead man's switch" });
    }
    let token = quote::token(token)?;
    let file = format!("{FOLDER}\\restore-{token}.cmd");
    let mut all = vec![
        NativeCommand::one(
            format!(
                "%SystemRoot%\\System32\\reg.exe add \"{MARKS}\" /v Switch /t REG_SZ /d {token} /f /reg:64"
            ),
            DONE,
        ),
        NativeCommand::several(format!("(>\"{file}\" echo @echo off)"), DONE),
    ];
    // It begins as every script does, and waits for nobody who would see how it ends.
    let mut lines = vec![
        "set NoDefaultCurrentDirectoryInExePath=1".to_owned(),
        r"cd /d %SystemRoot%\rdpctl".to_owned(),
        "if errorlevel 1 exit /b 1".to_owned(),
    ];
    lines.extend(restore);
    lines.push(format!("%SystemRoot%\\System32\\reg.exe add \"{MARKS}\" /v Restored /t REG_SZ /d {token} /f /reg:64"));
    lines.push(format!("%SystemRoot%\\System32\\schtasks.exe /delete /tn {TASK} /f"));
    for line in lines {
        // The file is read as a file, where a percent sign is written twice, and without `!x!`.
        let line = quote::echoed(&envelope::readable(&envelope::in_file(&line)));
        all.push(NativeCommand::several(format!("(>>\"{file}\" echo {line})"), DONE));
    }
    all.push(NativeCommand::one(
        format!(
            "%SystemRoot%\\System32\\schtasks.exe /create /tn {TASK} /sc minute /mo {minutes} /ru SYSTEM /tr \"%SystemRoot%\\System32\\cmd.exe /d /c {file}\" /f"
        ),
        DONE,
    ));
    all.push(NativeCommand::one(
        format!("%SystemRoot%\\System32\\schtasks.exe /query /tn {TASK}"),
        DONE,
    ));
    Ok(all)
}

/// Removes the task and its marks, whoever armed it.
pub(super) fn disarm() -> Vec<NativeCommand> {
    vec![
        NativeCommand::one(
            format!("%SystemRoot%\\System32\\schtasks.exe /delete /tn {TASK} /f"),
            DONE_OR_NONE,
        ),
        NativeCommand::one(
            format!("%SystemRoot%\\System32\\schtasks.exe /query /tn {TASK}"),
            MUST_BE_ABSENT,
        ),
        NativeCommand::one(
            format!("%SystemRoot%\\System32\\reg.exe delete \"{MARKS}\" /f /reg:64"),
            DONE_OR_NONE,
        ),
        NativeCommand::one(format!("del /q \"{FOLDER}\\restore-*.cmd\""), DONE_OR_NONE),
    ]
}
