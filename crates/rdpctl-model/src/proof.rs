//! What must be seen in a guest for an action to count as done.

use crate::guest::RegData;
use crate::step::{Check, GuestAction, StartType};

impl GuestAction {
    /// Whether seeing beforehand what it proves means that nothing is left to do. A restart leaves a service as it
    /// found it, and a running service is only one part of a way in.
    #[must_use]
    pub const fn is_done_once_proved(&self) -> bool {
        match self {
            Self::SetRegistry { .. }
            | Self::DeleteRegistryValue { .. }
            | Self::DeleteRegistryKey { .. }
            | Self::SetServiceStart { .. }
            | Self::StartService { .. }
            | Self::StopService { .. }
            | Self::HoldGroupPolicy
            | Self::ResumeGroupPolicy
            | Self::ClearDeadMansSwitch => true,
            Self::RestartRdp { .. }
            | Self::EnableRemoteDesktopRules
            | Self::AddFirewallRule { .. }
            | Self::DeleteFirewallRule { .. }
            | Self::SetFirewallProfile { .. }
            | Self::DeleteBootElement { .. }
            | Self::EnableSerialConsole
            | Self::RepairKeyAcl { .. }
            | Self::RetireKey { .. }
            | Self::RefreshPolicy { .. }
            | Self::Reboot
            | Self::ArmDeadMansSwitch { .. }
            | Self::DisarmDeadMansSwitch
            | Self::BootstrapWinrm { .. } => false,
        }
    }

    /// What must be true once it is done. Empty where only a new survey can tell.
    #[must_use]
    pub fn proves(&self) -> Vec<Check> {
        match self {
            Self::SetRegistry { key, name, data } => {
                vec![Check::Registry {
                    key: key.clone(),
                    name: name.clone(),
                    data: Some(data.clone()),
                }]
            }
            Self::DeleteRegistryValue { key, name } => {
                vec![Check::Registry { key: key.clone(), name: name.clone(), data: None }]
            }
            Self::DeleteRegistryKey { key } => vec![Check::KeyAbsent { key: key.clone() }],
            Self::SetServiceStart { service, start } => vec![Check::Registry {
                key: service_key(service),
                name: "Start".to_owned(),
                data: Some(RegData::Dword(start.number())),
            }],
            Self::StartService { service } => {
                vec![Check::Service { service: service.clone(), running: true }]
            }
            Self::StopService { service } => {
                vec![Check::Service { service: service.clone(), running: false }]
            }
            Self::RestartRdp { .. } => {
                vec![Check::Service { service: "TermService".to_owned(), running: true }]
            }
            Self::HoldGroupPolicy => vec![group_policy_starts(StartType::Disabled)],
            Self::ResumeGroupPolicy => vec![group_policy_starts(StartType::Auto)],
            Self::RefreshPolicy { keeps } => keeps.clone(),
            Self::ClearDeadMansSwitch => {
                vec![Check::KeyAbsent { key: SWITCH_MARKS.to_owned() }]
            }
            Self::EnableRemoteDesktopRules
            | Self::AddFirewallRule { .. }
            | Self::DeleteFirewallRule { .. }
            | Self::SetFirewallProfile { .. }
            | Self::DeleteBootElement { .. }
            | Self::EnableSerialConsole
            | Self::RepairKeyAcl { .. }
            | Self::RetireKey { .. }
            | Self::Reboot
            | Self::ArmDeadMansSwitch { .. }
            | Self::DisarmDeadMansSwitch => Vec::new(),
            Self::BootstrapWinrm { .. } => {
                vec![Check::Service { service: "WinRM".to_owned(), running: true }]
            }
        }
    }
}

/// Where a dead man's switch leaves its marks in a guest: `Switch` while it is armed, `Restored` once it has fired.
pub const SWITCH_MARKS: &str = r"HKLM\SOFTWARE\rdpctl";

fn group_policy_starts(start: StartType) -> Check {
    Check::Registry {
        key: service_key("gpsvc"),
        name: "Start".to_owned(),
        data: Some(RegData::Dword(start.number())),
    }
}

/// A service's key in the registry.
#[must_use]
pub fn service_key(service: &str) -> String {
    format!("HKLM\\SYSTEM\\CurrentControlSet\\Services\\{service}")
}
