//! What can be done inside Windows. A closed set: the only things that rdpctl can do to a guest.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Check;
use super::kinds::{BootElement, FirewallProfile, KeyHolder, Setting, StartType, Switch};
use super::spelling;
use crate::guest::RegData;

/// A change inside Windows. A closed set: the only things that rdpctl can do to a guest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum GuestAction {
    /// Writes one registry value.
    SetRegistry {
        /// The key, `HKLM\…`.
        key: String,
        /// The value's name.
        name: String,
        /// Its data.
        data: RegData,
        /// What it is for.
        setting: Setting,
    },
    /// Deletes one registry value.
    DeleteRegistryValue {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
        /// What it is for.
        setting: Setting,
    },
    /// Deletes a key with all below it, after exporting it.
    DeleteRegistryKey {
        /// The key.
        key: String,
        /// What it is for.
        setting: Setting,
    },
    /// Sets a service's start type.
    SetServiceStart {
        /// The service.
        service: String,
        /// The start type.
        start: StartType,
    },
    /// Starts a service and waits until it runs.
    StartService {
        /// The service.
        service: String,
    },
    /// Stops a service with what depends on it.
    StopService {
        /// The service.
        service: String,
    },
    /// Restarts Remote Desktop: `UmRdpService` and `TermService`, and `SessionEnv` first when a certificate is due.
    RestartRdp {
        /// Whether `SessionEnv` is restarted too.
        session_env: bool,
    },
    /// Enables Windows' own rule group for Remote Desktop.
    EnableRemoteDesktopRules,
    /// Adds our own allow rule for a port, TCP and UDP, twins removed first.
    AddFirewallRule {
        /// The port.
        port: u16,
        /// Sources; empty means any.
        sources: Vec<IpNet>,
    },
    /// Deletes our own rule for a port.
    DeleteFirewallRule {
        /// The port.
        port: u16,
    },
    /// Turns one firewall profile on or off.
    SetFirewallProfile {
        /// Which.
        profile: FirewallProfile,
        /// On or off.
        state: Switch,
    },
    /// Deletes an element of the current boot entry.
    DeleteBootElement {
        /// `safeboot` or `safebootalternateshell`.
        element: BootElement,
    },
    /// Turns the emergency management console on: EMS, port and speed.
    EnableSerialConsole,
    /// Shows the boot menu for so many seconds, on the serial console as well.
    ShowBootMenu {
        /// How long it waits.
        seconds: u16,
    },
    /// Repairs the RDP key's ACL by SID, saving the ACL before and after.
    RepairKeyAcl {
        /// The key file's name.
        file: String,
        /// Who else gets what the healthy ACL of this Windows gives.
        third: KeyHolder,
        /// Whether taking ownership comes first, because reading was denied.
        take_ownership: bool,
        /// Whether the folder's own ACL is repaired along.
        folder: bool,
    },
    /// Renames an unusable RDP key file so that Windows makes a new one.
    RetireKey {
        /// The key file's name.
        file: String,
    },
    /// Makes the boot store name the disk that it lies on; done to disks alone.
    NameThisDisk,
    /// Keeps group policy from being applied from the next boot on, by its service's start type.
    HoldGroupPolicy,
    /// Lets group policy be applied again, and starts its service.
    ResumeGroupPolicy,
    /// Refreshes group policy now, and looks whether what was set before still stands.
    RefreshPolicy {
        /// What a policy must not have put back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        keeps: Vec<Check>,
    },
    /// Reboots once; a nonce proves it.
    Reboot,
    /// Arms a scheduled task that restores values unless it is disarmed in time.
    ArmDeadMansSwitch {
        /// Minutes until it fires.
        minutes: u32,
        /// What it restores.
        restore: Vec<GuestAction>,
    },
    /// Removes that task.
    DisarmDeadMansSwitch,
    /// Removes a switch that an earlier run left, armed or fired, with its marks.
    ClearDeadMansSwitch,
    /// Deletes what earlier runs left, which undo needs no more, and folders of scripts that ended a day ago or before.
    RemoveRemains {
        /// Of which orders, as their files are named.
        tokens: Vec<String>,
    },
    /// Lets `WinRM` answer over TLS: service, certificate, listener, firewall rule for these sources.
    BootstrapWinrm {
        /// Who may connect; empty means any.
        sources: Vec<IpNet>,
    },
    /// Takes back the rule, the listener and the certificate that this made.
    CloseWinrm,
}

impl GuestAction {
    /// The checks that a refresh of group policy makes, to be filled in; none for any other action.
    pub const fn keeps_mut(&mut self) -> Option<&mut Vec<Check>> {
        match self {
            Self::RefreshPolicy { keeps } => Some(keeps),
            Self::SetRegistry { .. }
            | Self::DeleteRegistryValue { .. }
            | Self::DeleteRegistryKey { .. }
            | Self::SetServiceStart { .. }
            | Self::StartService { .. }
            | Self::StopService { .. }
            | Self::RestartRdp { .. }
            | Self::EnableRemoteDesktopRules
            | Self::AddFirewallRule { .. }
            | Self::DeleteFirewallRule { .. }
            | Self::SetFirewallProfile { .. }
            | Self::DeleteBootElement { .. }
            | Self::EnableSerialConsole
            | Self::ShowBootMenu { .. }
            | Self::RepairKeyAcl { .. }
            | Self::RetireKey { .. }
            | Self::NameThisDisk
            | Self::HoldGroupPolicy
            | Self::ResumeGroupPolicy
            | Self::Reboot
            | Self::ArmDeadMansSwitch { .. }
            | Self::DisarmDeadMansSwitch
            | Self::ClearDeadMansSwitch
            | Self::RemoveRemains { .. }
            | Self::BootstrapWinrm { .. }
            | Self::CloseWinrm => None,
        }
    }

    /// The first text of this action that has no safe spelling.
    #[must_use]
    pub fn unspeakable(&self) -> Option<spelling::Unspeakable> {
        match self {
            Self::SetRegistry { key, name, data, .. } => {
                spelling::quoted(spelling::Spelled::RegistryKey, key)
                    .or_else(|| spelling::value(name))
                    .or_else(|| spelling::written(data))
            }
            Self::DeleteRegistryValue { key, name, .. } => {
                spelling::quoted(spelling::Spelled::RegistryKey, key)
                    .or_else(|| spelling::value(name))
            }
            Self::DeleteRegistryKey { key, .. } => {
                spelling::quoted(spelling::Spelled::RegistryKey, key)
            }
            Self::SetServiceStart { service, .. }
            | Self::StartService { service }
            | Self::StopService { service } => spelling::service(service).err(),
            Self::RepairKeyAcl { file, .. } | Self::RetireKey { file } => {
                spelling::file(file).err()
            }
            Self::ArmDeadMansSwitch { restore, .. } => restore.iter().find_map(Self::unspeakable),
            Self::RemoveRemains { tokens } => {
                tokens.iter().find_map(|token| spelling::token(token).err())
            }
            Self::RestartRdp { .. }
            | Self::EnableRemoteDesktopRules
            | Self::AddFirewallRule { .. }
            | Self::DeleteFirewallRule { .. }
            | Self::SetFirewallProfile { .. }
            | Self::DeleteBootElement { .. }
            | Self::EnableSerialConsole
            | Self::NameThisDisk
            | Self::HoldGroupPolicy
            | Self::ResumeGroupPolicy
            | Self::RefreshPolicy { .. }
            | Self::Reboot
            | Self::DisarmDeadMansSwitch
            | Self::ClearDeadMansSwitch
            | Self::ShowBootMenu { .. }
            | Self::BootstrapWinrm { .. }
            | Self::CloseWinrm => None,
        }
    }
}

#[cfg(test)]
fn text(text: &str) -> String {
    text.to_owned()
}

#[cfg(test)]
fn profile(state: Switch) -> GuestAction {
    GuestAction::SetFirewallProfile { profile: FirewallProfile::Public, state }
}

// One of each, for tests of the table: the compiler asks for it.
#[cfg(test)]
each!(samples, GuestAction:
    GuestAction::SetRegistry { .. } => GuestAction::SetRegistry { key: text(r"HKLM\K"), name: text("N"), data: RegData::Dword(0), setting: Setting::Listener },
    GuestAction::DeleteRegistryValue { .. } => GuestAction::DeleteRegistryValue { key: text(r"HKLM\K"), name: text("N"), setting: Setting::Listener },
    GuestAction::DeleteRegistryKey { .. } => GuestAction::DeleteRegistryKey { key: text(r"HKLM\K"), setting: Setting::Startup },
    GuestAction::SetServiceStart { .. } => GuestAction::SetServiceStart { service: text("TermService"), start: StartType::Auto },
    GuestAction::StartService { .. } => GuestAction::StartService { service: text("TermService") },
    GuestAction::StopService { .. } => GuestAction::StopService { service: text("nginx") },
    GuestAction::RestartRdp { .. } => GuestAction::RestartRdp { session_env: true },
    GuestAction::EnableRemoteDesktopRules => GuestAction::EnableRemoteDesktopRules,
    GuestAction::AddFirewallRule { .. } => GuestAction::AddFirewallRule { port: 3389, sources: Vec::new() },
    GuestAction::DeleteFirewallRule { .. } => GuestAction::DeleteFirewallRule { port: 3390 },
    GuestAction::SetFirewallProfile { state: Switch::On, .. } => profile(Switch::On),
    GuestAction::SetFirewallProfile { state: Switch::Off, .. } => profile(Switch::Off),
    GuestAction::DeleteBootElement { .. } => GuestAction::DeleteBootElement { element: BootElement::Safeboot },
    GuestAction::EnableSerialConsole => GuestAction::EnableSerialConsole,
    GuestAction::ShowBootMenu { .. } => GuestAction::ShowBootMenu { seconds: 5 },
    GuestAction::RepairKeyAcl { .. } => GuestAction::RepairKeyAcl { file: String::new(), third: KeyHolder::SessionEnv, take_ownership: false, folder: false },
    GuestAction::NameThisDisk => GuestAction::NameThisDisk,
    GuestAction::RetireKey { .. } => GuestAction::RetireKey { file: String::new() },
    GuestAction::HoldGroupPolicy => GuestAction::HoldGroupPolicy,
    GuestAction::ResumeGroupPolicy => GuestAction::ResumeGroupPolicy,
    GuestAction::RefreshPolicy { .. } => GuestAction::RefreshPolicy { keeps: Vec::new() },
    GuestAction::Reboot => GuestAction::Reboot,
    GuestAction::ArmDeadMansSwitch { .. } => GuestAction::ArmDeadMansSwitch { minutes: 15, restore: Vec::new() },
    GuestAction::DisarmDeadMansSwitch => GuestAction::DisarmDeadMansSwitch,
    GuestAction::ClearDeadMansSwitch => GuestAction::ClearDeadMansSwitch,
    GuestAction::RemoveRemains { .. } => GuestAction::RemoveRemains { tokens: vec![text("20261127-3f9a12bc-00005e1f")] },
    GuestAction::CloseWinrm => GuestAction::CloseWinrm,
    GuestAction::BootstrapWinrm { .. } => GuestAction::BootstrapWinrm { sources: vec!["203.0.113.0/24".parse().expect("a network")] },
);
