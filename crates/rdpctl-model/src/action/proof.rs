//! What must be seen in a guest for an action to count as done, and what puts back what it replaced: both as its row in
//! the table says.

use super::traits::{Reads, Sets};
use super::{Check, GuestAction, StartType, Switch};
use crate::guest::RegData;

impl GuestAction {
    /// What must be true once it is done. Empty where only a new survey can tell.
    #[must_use]
    pub fn proves(&self) -> Vec<Check> {
        match self.traits().reads {
            Reads::Nothing | Reads::Bound => Vec::new(),
            Reads::Value { key, name, data } => vec![Check::Registry {
                key: key.to_owned(),
                name: name.to_owned(),
                data: data.cloned(),
            }],
            Reads::NoKey { key } => vec![Check::KeyAbsent { key: key.to_owned() }],
            Reads::Start { service, start } => vec![starts(service, start)],
            Reads::Run { service, state } => {
                vec![Check::Service {
                    service: service.to_owned(),
                    running: match state {
                        Switch::On => true,
                        Switch::Off => false,
                    },
                }]
            }
            Reads::Kept(checks) => checks.to_vec(),
        }
    }

    /// The action that puts back what this one replaces, where that follows from what it expects to find.
    #[must_use]
    pub fn inverse(&self, expects: &[Check]) -> Option<Self> {
        match self.traits().sets {
            Sets::FirewallProfile { profile, state } => {
                let state = match state {
                    Switch::On => Switch::Off,
                    Switch::Off => Switch::On,
                };
                Some(Self::SetFirewallProfile { profile, state })
            }
            Sets::Value { key, name, setting } => {
                let former = expects.iter().find_map(|check| match check {
                    Check::Registry { key: k, name: n, data } if k == key && n == name => {
                        Some(data)
                    }
                    Check::Registry { .. } | Check::KeyAbsent { .. } | Check::Service { .. } => {
                        None
                    }
                })?;
                let (key, name) = (key.to_owned(), name.to_owned());
                Some(match former.clone() {
                    Some(data) => Self::SetRegistry { key, name, data, setting },
                    None => Self::DeleteRegistryValue { key, name, setting },
                })
            }
            Sets::Key { .. }
            | Sets::ServiceStart { .. }
            | Sets::ServiceRun { .. }
            | Sets::Other => None,
        }
    }
}

/// Where a dead man's switch leaves its marks in a guest: `Switch` while it is armed, `Restored` once it has fired.
pub const SWITCH_MARKS: &str = r"HKLM\SOFTWARE\rdpctl";

fn starts(service: &str, start: StartType) -> Check {
    Check::Registry {
        key: service_key(service),
        name: "Start".to_owned(),
        data: Some(RegData::Dword(start.number())),
    }
}

/// A service's key in the registry.
#[must_use]
pub fn service_key(service: &str) -> String {
    format!("HKLM\\SYSTEM\\CurrentControlSet\\Services\\{service}")
}
