//! Services: start types, starting, stopping, and the restart of Remote Desktop.

use rdpctl_model::action::is_protected;
use rdpctl_model::step::{StartType, service_key};

use crate::refusal::Unrenderable;

use super::command::{DONE, DONE_OR_NONE, NativeCommand};
use super::quote;

/// `net stop` says 2 of a service that does not run, and of everything else.
const STOPPED_OR_NOT_RUNNING: &[i32] = &[0, 2];
const STARTED: &[i32] = &[0, 1056];

/// How long a state is waited for: so many times the pause of a ping.
const POLLS: u32 = 30;

/// What `sc queryex` prints before the word for the state; the exit codes in the same form are followed by `(`. By way
/// of a scratch file, because either side of a pipe is an interpreter of its own.
fn in_state(service: &str, state: char) -> String {
    format!(
        "%SystemRoot%\\System32\\sc.exe queryex {service} >q 2>nul&%SystemRoot%\\System32\\findstr.exe /r /c:\": {state}  [^(]\" q >nul"
    )
}

/// Waits until a service is in a state, then demands it.
fn wait(service: &str, state: char) -> [NativeCommand; 2] {
    let test = in_state(service, state);
    [wait_for(service, state), NativeCommand::several(format!("({test})"), DONE)]
}

/// Waits until a service is in a state, and demands nothing.
pub(super) fn wait_for(service: &str, state: char) -> NativeCommand {
    let test = in_state(service, state);
    NativeCommand::several(
        format!(
            "(for /l %i in (1,1,{POLLS}) do ({test}||%SystemRoot%\\System32\\ping.exe -n 3 127.0.0.1 >nul))"
        ),
        DONE_OR_NONE,
    )
}

/// Sets the start type. Only a refusal leads to the registry: for a service that does not exist, that would invent one.
pub(super) fn set_start(
    service: &str,
    start: StartType,
) -> Result<Vec<NativeCommand>, Unrenderable> {
    if start == StartType::Disabled && is_protected(service) {
        return Err(Unrenderable::Protected { service: service.to_owned() });
    }
    let name = quote::service(service)?;
    let key = quote::key(&service_key(service))?;
    let number = start.number();
    let write = format!(
        "%SystemRoot%\\System32\\reg.exe add {key} /v Start /t REG_DWORD /d {number} /f /reg:64"
    );
    let word = match start {
        StartType::Boot => "boot",
        StartType::System => "system",
        StartType::Auto => "auto",
        StartType::Manual => "demand",
        StartType::Disabled => "disabled",
    };
    Ok(vec![NativeCommand::several(
        format!(
            "(%SystemRoot%\\System32\\sc.exe config {name} start= {word} >nul 2>&1&if !errorlevel!==5 ({write} >nul 2>&1))"
        ),
        DONE,
    )])
}

/// Starts a service and waits until it runs.
pub(super) fn start(service: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    let name = quote::service(service)?;
    let mut commands =
        vec![NativeCommand::one(format!("%SystemRoot%\\System32\\sc.exe start {name}"), STARTED)];
    commands.extend(wait(&name, '4'));
    Ok(commands)
}

/// Stops a service with what depends on it and waits until it does not run.
pub(super) fn stop(service: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    if is_protected(service) {
        return Err(Unrenderable::Protected { service: service.to_owned() });
    }
    down(service)
}

/// Stops a service to start it again, which loses nothing of what rests on it for longer than that.
pub(super) fn restart(service: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    let mut commands = down(service)?;
    commands.extend(start(service)?);
    Ok(commands)
}

fn down(service: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    let name = quote::service(service)?;
    let mut commands = vec![stop_only(&name)];
    commands.extend(wait(&name, '1'));
    Ok(commands)
}

fn stop_only(name: &str) -> NativeCommand {
    NativeCommand::one(
        format!("%SystemRoot%\\System32\\net.exe stop {name} /y <nul"),
        STOPPED_OR_NOT_RUNNING,
    )
}

/// Stops and starts Remote Desktop. `UmRdpService` comes back by itself with the next session; a certificate that is
/// due is made by `SessionEnv` within seconds.
pub(super) fn restart_remote_desktop(session_env: bool) -> Vec<NativeCommand> {
    let mut commands = Vec::new();
    if session_env {
        commands.extend([
            stop_only("SessionEnv"),
            NativeCommand::one("%SystemRoot%\\System32\\sc.exe start SessionEnv", STARTED),
        ]);
        commands.extend(wait("SessionEnv", '4'));
    }
    commands.extend([stop_only("UmRdpService"), stop_only("TermService")]);
    commands.push(NativeCommand::one("%SystemRoot%\\System32\\sc.exe start TermService", STARTED));
    commands.extend(wait("TermService", '4'));
    if session_env {
        commands.push(NativeCommand::several(
            "(for /l %i in (1,1,15) do (%SystemRoot%\\System32\\reg.exe query \"HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\Remote \
             Desktop\\Certificates\" /s /reg:64 >q 2>nul&%SystemRoot%\\System32\\findstr.exe /c:\"REG_BINARY\" q >nul||%SystemRoot%\\System32\\ping.exe -n 3 127.0.0.1 >nul))",
            DONE_OR_NONE,
        ));
    }
    commands
}

/// A restart without waiting, for a task that nobody watches.
pub(super) fn restart_unwatched(session_env: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if session_env {
        lines.extend([
            r"%SystemRoot%\System32\net.exe stop SessionEnv /y",
            r"%SystemRoot%\System32\sc.exe start SessionEnv",
        ]);
    }
    lines.extend([
        r"%SystemRoot%\System32\net.exe stop UmRdpService /y",
        r"%SystemRoot%\System32\net.exe stop TermService /y",
        r"%SystemRoot%\System32\sc.exe start TermService",
    ]);
    lines.into_iter().map(str::to_owned).collect()
}
