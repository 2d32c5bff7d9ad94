//! The boot store and the reboot.

use rdpctl_model::step::BootElement;

use crate::envelope::FOLDER;
use crate::refusal::Unrenderable;

use super::command::{DONE, DONE_OR_NONE, NativeCommand};
use super::quote;

/// A reboot that is under way already is as good as ours.
const REBOOTING: &[i32] = &[0, 1115, 1190];

/// `deletevalue` says 1 of an element that is not there; the next survey reads the boot store itself.
pub(super) fn delete(element: BootElement) -> NativeCommand {
    let element = match element {
        BootElement::Safeboot => "safeboot",
        BootElement::SafebootAlternateShell => "safebootalternateshell",
    };
    NativeCommand::one(
        format!("%SystemRoot%\\System32\\bcdedit.exe /deletevalue {{current}} {element}"),
        DONE_OR_NONE,
    )
}

/// The exported store is the full way back.
fn export_store(token: &str, place: usize) -> Result<NativeCommand, Unrenderable> {
    let file = format!("{FOLDER}\\{}-{place}.bcd", quote::token(token)?);
    let line = format!("%SystemRoot%\\System32\\bcdedit.exe /export \"{file}\"");
    Ok(NativeCommand::one(line, DONE))
}

/// Shows the boot menu, on the serial console as well.
pub(super) fn menu(
    seconds: u16,
    token: &str,
    place: usize,
) -> Result<Vec<NativeCommand>, Unrenderable> {
    let set = |element: &str| {
        let line = format!("%SystemRoot%\\System32\\bcdedit.exe /set {{bootmgr}} {element}");
        NativeCommand::one(line, DONE)
    };
    Ok(vec![
        export_store(token, place)?,
        set("displaybootmenu yes"),
        set(&format!("timeout {seconds}")),
        set("bootems yes"),
    ])
}

/// Turns the emergency management console on.
pub(super) fn serial_console(
    token: &str,
    place: usize,
) -> Result<Vec<NativeCommand>, Unrenderable> {
    Ok(vec![
        export_store(token, place)?,
        NativeCommand::one("%SystemRoot%\\System32\\bcdedit.exe /ems {current} on", DONE),
        NativeCommand::one(
            "%SystemRoot%\\System32\\bcdedit.exe /emssettings EMSPORT:1 EMSBAUDRATE:115200",
            DONE,
        ),
    ])
}

/// The nonce lives in a part of the registry that no boot survives. Five seconds let the reply leave.
pub(super) fn reboot(token: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    let token = quote::token(token)?;
    Ok(vec![
        NativeCommand::one(
            format!(
                "%SystemRoot%\\System32\\reg.exe add \"HKLM\\HARDWARE\\DESCRIPTION\\System\" /v RdpctlBoot /t REG_SZ /d {token} /f"
            ),
            DONE,
        ),
        NativeCommand::one("%SystemRoot%\\System32\\shutdown.exe /r /t 5 /f /d p:2:4", REBOOTING),
    ])
}
