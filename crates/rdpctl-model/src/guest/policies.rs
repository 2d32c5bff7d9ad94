//! What is known of the policies of a guest: which values they write, and what they do not let anybody tell.

use serde::{Deserialize, Serialize};

use super::Answer;
use crate::step::StartType;

/// What is known of the policies that write registry values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    /// Values that a policy is known to write.
    pub enforced: Vec<Enforced>,
    /// Keys in which a policy writes or clears values, without its being told which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub somewhere: Vec<Somewhere>,
    /// Start types of services that a policy sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<EnforcedStart>,
    /// Names of policies that the report tells without the values that they write; untrusted text.
    pub unplaced: Vec<String>,
    /// Whether the machine's own policy file was read, or why not.
    pub own_file: Answer<()>,
}

/// A registry value that a policy enforces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Enforced {
    /// The key in lower case, `hklm\…`.
    pub key: String,
    /// The value's name in lower case; of a rule of the firewall its display name, where only that is told.
    pub name: String,
    /// The policy's display name, or its id where it has none; untrusted text.
    pub policy: String,
}

/// A key of which a policy writes or clears something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Somewhere {
    /// The key in lower case, `hklm\…`.
    pub key: String,
    /// The policy's display name, or its id where it has none; untrusted text.
    pub policy: String,
}

impl Somewhere {
    /// Whether a value of that key, in lower case, may be meant.
    #[must_use]
    pub fn may_mean(&self, key: &str) -> bool {
        key.strip_prefix(self.key.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
    }
}

/// A service's start type that a policy enforces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EnforcedStart {
    /// The service's name in lower case.
    pub service: String,
    /// How the policy has it start.
    pub start: StartType,
    /// The policy's display name, or its id where it has none; untrusted text.
    pub policy: String,
}

/// Whether the machine has a policy file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnPolicy {
    /// It has.
    There,
    /// It has none.
    Absent,
}
