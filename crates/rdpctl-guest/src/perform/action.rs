//! Each action as native commands: the one table from what rdpctl wants to what Windows is told.

use rdpctl_model::GuestAction;
use rdpctl_model::step::BootElement;

use crate::envelope::FOLDER;
use crate::refusal::Unrenderable;

use super::command::{DONE, DONE_OR_NONE, NativeCommand};
use super::{firewall, group_policy, key, quote, registry, service, switch, winrm};

/// A reboot that is under way already is as good as ours.
const REBOOTING: &[i32] = &[0, 1115, 1190];

/// The commands of an action. The token names files and the boot nonce in the guest.
pub fn commands(action: &GuestAction, token: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    placed(action, token, 0)
}

/// The commands of the action at some place of an order, so that two of them never share a backup file.
pub(super) fn placed(
    action: &GuestAction,
    token: &str,
    place: usize,
) -> Result<Vec<NativeCommand>, Unrenderable> {
    match action {
        GuestAction::SetRegistry { key, name, data, .. } => {
            Ok(vec![registry::set(key, name, data)?])
        }
        GuestAction::DeleteRegistryValue { key, name, .. } => registry::delete_value(key, name),
        GuestAction::DeleteRegistryKey { key, .. } => registry::delete_key(key, token, place),
        GuestAction::SetServiceStart { service, start } => service::set_start(service, *start),
        GuestAction::StartService { service } => service::start(service),
        GuestAction::StopService { service } => service::stop(service),
        GuestAction::RestartRdp { session_env } => {
            Ok(service::restart_remote_desktop(*session_env))
        }
        GuestAction::EnableRemoteDesktopRules => Ok(firewall::enable_group()),
        GuestAction::AddFirewallRule { port, sources } => Ok(firewall::add(*port, sources)),
        GuestAction::DeleteFirewallRule { port } => Ok(firewall::delete(*port)),
        GuestAction::SetFirewallProfile { profile, state } => {
            Ok(vec![firewall::set_profile(*profile, *state)])
        }
        GuestAction::DeleteBootElement { element } => Ok(vec![delete_boot_element(*element)]),
        GuestAction::EnableSerialConsole => serial_console(token, place),
        GuestAction::ShowBootMenu { seconds } => boot_menu(*seconds, token, place),
        GuestAction::RepairKeyAcl { file, third, take_ownership, folder } => {
            key::repair(file, *third, *take_ownership, *folder, token)
        }
        GuestAction::RetireKey { file } => key::retire(file, token),
        GuestAction::HoldGroupPolicy => group_policy::hold(),
        GuestAction::ResumeGroupPolicy => group_policy::resume(),
        GuestAction::RefreshPolicy { .. } => Ok(group_policy::refresh()),
        GuestAction::Reboot => reboot(token),
        GuestAction::ArmDeadMansSwitch { minutes, restore } => {
            switch::arm(*minutes, restore, token)
        }
        GuestAction::DisarmDeadMansSwitch | GuestAction::ClearDeadMansSwitch => {
            Ok(switch::disarm())
        }
        GuestAction::BootstrapWinrm { sources } => winrm::bootstrap(sources),
    }
}

/// The commands as people read them; for an action that is refused, why.
#[must_use]
pub fn describe(action: &GuestAction) -> Vec<String> {
    match commands(action, "TOKEN") {
        Ok(commands) => commands.iter().map(NativeCommand::readable).collect(),
        Err(refusal) => vec![format!("rem refused: {refusal}")],
    }
}

/// `deletevalue` says 1 of an element that is not there; the next survey reads the boot store itself.
fn delete_boot_element(element: BootElement) -> NativeCommand {
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

fn boot_menu(seconds: u16, token: &str, place: usize) -> Result<Vec<NativeCommand>, Unrenderable> {
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

fn serial_console(token: &str, place: usize) -> Result<Vec<NativeCommand>, Unrenderable> {
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
fn reboot(token: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
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

#[cfg(test)]
mod tests;
