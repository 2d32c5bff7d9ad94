//! What must be seen in a guest for an action to count as done, and what puts back what it replaced: both as its row in
//! the table says.

use super::traits::{Reads, Sets};
use super::{Check, GuestAction, StartType, Switch};
use crate::guest::RegData;

impl GuestAction {
    /// What must be true once it is done. Empty where its own commands ask for it.
    #[must_use]
    pub fn proves(&self) -> Vec<Check> {
        match self.traits().reads {
            Reads::Nothing | Reads::ByItself | Reads::Bound => Vec::new(),
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
            Reads::Key { key } => vec![Check::KeyPresent { key: key.to_owned() }],
            Reads::Rules { of, are } => vec![Check::FirewallRules { of, are }],
            Reads::BootElement { element, bytes } => vec![Check::BootElement {
                element: element.to_owned(),
                bytes: bytes.map(<[u8]>::to_vec),
            }],
            Reads::BootMenu { seconds } => menu(seconds),
            Reads::KeyReadable { file } => vec![Check::KeyReadable { file: file.to_owned() }],
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
                    Check::Registry { .. }
                    | Check::KeyAbsent { .. }
                    | Check::KeyPresent { .. }
                    | Check::Service { .. }
                    | Check::FirewallRules { .. }
                    | Check::BootElement { .. }
                    | Check::KeyReadable { .. } => None,
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

/// `WinRM`'s own listener for TLS, by its key.
pub const WINRM_LISTENER: &str =
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTPS";

/// Where stands which certificate was made for that listener.
pub const WINRM_MARK: &str = r"HKLM\SOFTWARE\rdpctl-winrm";

/// The boot manager's object in the boot store.
const BOOT_MANAGER: &str =
    r"HKLM\BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements";

/// A boot menu that is shown, on the serial console as well, for so long.
fn menu(seconds: u16) -> Vec<Check> {
    let element = |number: &str, bytes: Vec<u8>| Check::Registry {
        key: format!(r"{BOOT_MANAGER}\{number}"),
        name: "Element".to_owned(),
        data: Some(RegData::Binary(bytes)),
    };
    vec![
        element("26000020", vec![1]),
        element("16000020", vec![1]),
        element("25000004", u64::from(seconds).to_le_bytes().to_vec()),
    ]
}

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
