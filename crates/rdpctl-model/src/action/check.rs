//! What can be read back from a guest.

use serde::{Deserialize, Serialize};

use crate::guest::RegData;

/// A fact about a guest that can be read back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "check")]
pub enum Check {
    /// A registry value has this data, or is absent.
    Registry {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
        /// The data; `None` means absent.
        data: Option<RegData>,
    },
    /// A registry key is absent.
    KeyAbsent {
        /// The key.
        key: String,
    },
    /// A service is in this state.
    Service {
        /// The service.
        service: String,
        /// Whether it runs.
        running: bool,
    },
    /// A registry key is there.
    KeyPresent {
        /// The key.
        key: String,
    },
    /// Rules of Windows' firewall let Remote Desktop in, or are gone.
    FirewallRules {
        /// Whose.
        of: RulesOf,
        /// What is to be seen of them.
        are: RulesAre,
    },
    /// An element of the boot entry that starts by default.
    BootElement {
        /// Its number, in hexadecimal as the boot store spells it.
        element: String,
        /// Its bytes; `None` means absent.
        bytes: Option<Vec<u8>>,
    },
    /// SYSTEM and NETWORK SERVICE can read a key file of the machine.
    KeyReadable {
        /// The file's name.
        file: String,
    },
}

/// Whose rules of Windows' firewall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulesOf {
    /// Windows' own group for Remote Desktop.
    RemoteDesktop,
    /// Ours for a port.
    Ours(u16),
}

/// What is to be seen of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulesAre {
    /// One of them is active and lets TCP in.
    Open,
    /// There is none.
    Gone,
}
