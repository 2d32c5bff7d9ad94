//! The kinds of things inside Windows that actions name.

use serde::{Deserialize, Serialize};

/// What a registry value or key is for, as far as that decides how it is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// The port on which RDP listens: whoever writes it closes the former one.
    ListenerPort,
    /// How RDP's listener takes connections otherwise.
    Listener,
    /// Whether this computer takes remote connections at all.
    RemoteConnections,
    /// Network Level Authentication and the security layer: a client that cannot do it is shut out.
    Authentication,
    /// The protocol versions of TLS: whoever speaks none of them is shut out, over `WinRM` too.
    Protocols,
    /// Which certificate RDP shows, and where it lies.
    Certificate,
    /// What keeps services from starting, and the records of it.
    Startup,
    /// What is kept of a crash.
    CrashDump,
    /// One rule of Windows' firewall.
    FirewallRule,
    /// How `WinRM` takes connections.
    Winrm,
}

/// A service's start type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartType {
    /// 0
    Boot,
    /// 1
    System,
    /// 2
    Auto,
    /// 3
    Manual,
    /// 4
    Disabled,
}

impl StartType {
    /// The number in the registry.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Boot => 0,
            Self::System => 1,
            Self::Auto => 2,
            Self::Manual => 3,
            Self::Disabled => 4,
        }
    }

    /// The start type of that number.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Boot),
            1 => Some(Self::System),
            2 => Some(Self::Auto),
            3 => Some(Self::Manual),
            4 => Some(Self::Disabled),
            _ => None,
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::System => "system",
            Self::Auto => "auto",
            Self::Manual => "manual",
            Self::Disabled => "disabled",
        }
    }
}

/// The three firewall profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallProfile {
    /// Domain networks.
    Domain,
    /// Private networks.
    Private,
    /// Public networks.
    Public,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// An element of a boot entry that keeps Windows from normal startup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootElement {
    /// `safeboot`
    Safeboot,
    /// `safebootalternateshell`
    SafebootAlternateShell,
}

/// The third holder of the RDP key besides SYSTEM and NETWORK SERVICE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyHolder {
    /// Builds from 17763: the service `SessionEnv`, full access.
    SessionEnv,
    /// Older builds: Administrators, read.
    Administrators,
}
