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
}
