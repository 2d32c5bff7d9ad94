//! Group policy: keeping it away from the next boot on, letting it back, refreshing it.
//!
//! Its service takes no stop, and its configuration is closed to administrators. What an administrator may not do,
//! a task of one second does as SYSTEM.

use rdpctl_model::step::{StartType, service_key};

use crate::refusal::Unrenderable;

use super::command::{DONE, DONE_OR_NONE, NativeCommand};
use super::{quote, service};

const TASK: &str = "rdpctl-gp";

/// Sets the start type; it acts at the next boot.
pub(super) fn set_start(start: StartType) -> Result<Vec<NativeCommand>, Unrenderable> {
    let key = quote::key(&service_key("gpsvc"))?;
    let write = format!(
        "%SystemRoot%\\System32\\reg.exe add {key} /v Start /t REG_DWORD /d {} /f /reg:64",
        start.number()
    );
    Ok(vec![or_as_system(&write), demand(&key, start)])
}

/// No policy is applied from the next boot on.
pub(super) fn hold() -> Result<Vec<NativeCommand>, Unrenderable> {
    set_start(StartType::Disabled)
}

/// The service manager remembers start types from the boot, so it is told as well as the registry. Where even that
/// is refused the service starts with the next boot, and the refresh that follows says so.
pub(super) fn resume() -> Result<Vec<NativeCommand>, Unrenderable> {
    let mut commands = set_start(StartType::Auto)?;
    for tell in [
        r"%SystemRoot%\System32\sc.exe config gpsvc start= auto",
        r"%SystemRoot%\System32\sc.exe start gpsvc",
    ] {
        commands.push(or_as_system(tell));
    }
    commands.push(service::wait_for("gpsvc", '4'));
    Ok(commands)
}

/// The exit code is the one fact; the prose is translated.
pub(super) fn refresh() -> Vec<NativeCommand> {
    vec![NativeCommand::one(
        "%SystemRoot%\\System32\\gpupdate.exe /target:computer /force /wait:120 <nul",
        DONE,
    )]
}

fn or_as_system(command: &str) -> NativeCommand {
    let task = command.replace('"', "");
    NativeCommand::several(
        format!(
            "({command} >nul 2>&1||(%SystemRoot%\\System32\\schtasks.exe /create /tn {TASK} /sc once /st 00:00 /ru SYSTEM /tr \"{task}\" /f >nul \
             2>&1&%SystemRoot%\\System32\\schtasks.exe /run /tn {TASK} >nul 2>&1&%SystemRoot%\\System32\\ping.exe -n 3 127.0.0.1 >nul&%SystemRoot%\\System32\\schtasks.exe /delete /tn {TASK} /f >nul \
             2>&1))"
        ),
        DONE_OR_NONE,
    )
}

fn demand(key: &str, start: StartType) -> NativeCommand {
    NativeCommand::several(
        format!(
            "(%SystemRoot%\\System32\\reg.exe query {key} /v Start /reg:64 >q 2>nul&%SystemRoot%\\System32\\findstr.exe /c:\"0x{}\" q >nul)",
            start.number()
        ),
        DONE,
    )
}
