//! What can be declared of a certificate: how long it must last, and which one it must be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be declared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Desired {
    /// It stays valid for at least so many days more.
    #[serde(default = "fortnight")]
    #[schemars(range(max = 45))]
    pub(crate) min_days_left: Days,
    /// The thumbprint of a certificate in the machine's own store that RDP must use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thumbprint: Option<Thumbprint>,
}

/// A number of days up to 45.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schemars(with = "u32")]
pub(crate) struct Days(pub(crate) u32);

/// Windows' own certificates live half a year; asking for more than this would renew without end.
pub(crate) const MOST_DAYS: i64 = 45;

impl TryFrom<u32> for Days {
    type Error = String;

    fn try_from(days: u32) -> Result<Self, String> {
        if i64::from(days) <= MOST_DAYS {
            Ok(Self(days))
        } else {
            Err(format!("min-days-left is at most {MOST_DAYS}"))
        }
    }
}

impl From<Days> for u32 {
    fn from(days: Days) -> Self {
        days.0
    }
}

/// A SHA-1 thumbprint: 40 hex digits, in any case, with or without separators.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub(crate) struct Thumbprint(pub(crate) String);

impl TryFrom<String> for Thumbprint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ':' | '-')).collect();
        if digits.len() == 40 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
            Ok(Self(digits.to_ascii_lowercase()))
        } else {
            Err(format!("`{text}` is not a SHA-1 thumbprint: 40 hex digits"))
        }
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.0
    }
}

const fn fortnight() -> Days {
    Days(14)
}
/// The bytes of a thumbprint.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .filter_map(|at| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect()
}
