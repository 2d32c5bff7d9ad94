//! What a registry value holds, by its type.

use serde::{Deserialize, Serialize};

/// A registry value's data.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegData {
    /// `REG_DWORD`
    Dword(u32),
    /// `REG_QWORD`
    Qword(u64),
    /// `REG_SZ`
    Sz(String),
    /// `REG_EXPAND_SZ`, unexpanded
    ExpandSz(String),
    /// `REG_MULTI_SZ`
    MultiSz(Vec<String>),
    /// `REG_BINARY`
    Binary(Vec<u8>),
    /// Another type, with its text as `reg` printed it.
    Other(String, String),
}

impl RegData {
    /// The bytes of a binary value; none of any other kind.
    #[must_use]
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Binary(bytes) => Some(bytes),
            Self::Dword(_)
            | Self::Qword(_)
            | Self::Sz(_)
            | Self::ExpandSz(_)
            | Self::MultiSz(_)
            | Self::Other(..) => None,
        }
    }
}
