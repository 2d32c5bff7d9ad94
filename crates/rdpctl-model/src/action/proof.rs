//! What must be seen in a guest for an action to count as done, and what puts back what it replaced.

use super::{Check, GuestAction, StartType, Switch};
use crate::guest::RegData;

impl GuestAction {
    /// What must be true once it is done. Empty where only a new survey can tell.
    #[must_use]
    pub fn proves(&self) -> Vec<Check> {
        match self {
            Self::SetRegistry { key, name, data, .. } => {
                vec![Check::Registry {
                    key: key.clone(),
                    name: name.clone(),
                    data: Some(data.clone()),
                }]
            }
            Self::DeleteRegistryValue { key, name, .. } => {
                vec![Check::Registry { key: key.clone(), name: name.clone(), data: None }]
            }
            Self::DeleteRegistryKey { key, .. } => vec![Check::KeyAbsent { key: key.clone() }],
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
            | Self::ShowBootMenu { .. }
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

    /// The action that puts back what this one replaces, where that follows from what it expects to find.
    #[must_use]
    pub fn inverse(&self, expects: &[Check]) -> Option<Self> {
        match self {
            Self::SetFirewallProfile { profile, state } => {
                let state = match state {
                    Switch::On => Switch::Off,
                    Switch::Off => Switch::On,
                };
                Some(Self::SetFirewallProfile { profile: *profile, state })
            }
            Self::SetRegistry { key, name, setting, .. }
            | Self::DeleteRegistryValue { key, name, setting } => {
                let former = expects.iter().find_map(|check| match check {
                    Check::Registry { key: k, name: n, data } if k == key && n == name => {
                        Some(data)
                    }
                    Check::Registry { .. } | Check::KeyAbsent { .. } | Check::Service { .. } => {
                        None
                    }
                })?;
                let (key, name, setting) = (key.clone(), name.clone(), *setting);
                Some(match former.clone() {
                    Some(data) => Self::SetRegistry { key, name, data, setting },
                    None => Self::DeleteRegistryValue { key, name, setting },
                })
            }
            Self::DeleteRegistryKey { .. }
            | Self::SetServiceStart { .. }
            | Self::StartService { .. }
            | Self::StopService { .. }
            | Self::RestartRdp { .. }
            | Self::EnableRemoteDesktopRules
            | Self::AddFirewallRule { .. }
            | Self::DeleteFirewallRule { .. }
            | Self::DeleteBootElement { .. }
            | Self::EnableSerialConsole
            | Self::ShowBootMenu { .. }
            | Self::RepairKeyAcl { .. }
            | Self::RetireKey { .. }
            | Self::HoldGroupPolicy
            | Self::ResumeGroupPolicy
            | Self::RefreshPolicy { .. }
            | Self::Reboot
            | Self::ArmDeadMansSwitch { .. }
            | Self::DisarmDeadMansSwitch
            | Self::ClearDeadMansSwitch
            | Self::BootstrapWinrm { .. } => None,
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
