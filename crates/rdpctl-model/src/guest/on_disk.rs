//! What only a disk can be asked, or answers otherwise than a Windows that runs.

use serde::{Deserialize, Serialize};

/// How the list of an RDP key that the wrong people may read can be mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyMend {
    /// The list is set right.
    #[default]
    List,
    /// A disk whose volume holds no healthy list has none to name: the key is set aside, and Windows makes another one.
    Aside,
}

impl KeyMend {
    /// Whether it is what every running Windows can do.
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        matches!(self, Self::List)
    }
}

/// Which disk a boot store names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootNames {
    /// The one that it lies on.
    ThisDisk,
    /// Another one: the next start ends with 0xC000000E.
    AnotherDisk,
}
