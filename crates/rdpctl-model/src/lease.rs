//! Leases by name and number: under which right something was written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which lease: what it is for, and for which part of the estate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LeaseName {
    /// What it allows.
    pub kind: LeaseKind,
    /// For which part; empty for all of it.
    pub scope: String,
}

/// What a lease allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaseKind {
    /// To decide when something is done.
    Leader,
    /// To change the world and to write down what was done.
    Run,
}

impl LeaseKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Leader, Self::Run];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Run => "run",
        }
    }
}

impl LeaseName {
    /// The lease of whoever changes any part of the estate.
    #[must_use]
    pub const fn run() -> Self {
        Self { kind: LeaseKind::Run, scope: String::new() }
    }

    /// The lease of whoever changes this part.
    #[must_use]
    pub fn run_for(scope: impl Into<String>) -> Self {
        Self { kind: LeaseKind::Run, scope: scope.into() }
    }

    /// The lease of whoever schedules.
    #[must_use]
    pub const fn leader() -> Self {
        Self { kind: LeaseKind::Leader, scope: String::new() }
    }
}

/// A text that names no lease.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` names no lease", .0.escape_debug())]
pub struct NotALease(String);

impl FromStr for LeaseName {
    type Err = NotALease;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, NotALease> {
        let (kind, scope) = text.split_once('/').unwrap_or((text, ""));
        LeaseKind::ALL
            .into_iter()
            .find(|known| known.name() == kind)
            .map(|kind| Self { kind, scope: scope.to_owned() })
            .ok_or_else(|| NotALease(text.to_owned()))
    }
}

impl TryFrom<String> for LeaseName {
    type Error = NotALease;

    fn try_from(text: String) -> Result<Self, NotALease> {
        text.parse()
    }
}

impl From<LeaseName> for String {
    fn from(lease: LeaseName) -> Self {
        lease.to_string()
    }
}

impl fmt::Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.scope.is_empty() { Ok(()) } else { write!(f, "/{}", self.scope) }
    }
}

/// The right to write under a lease, for as long as its number is current.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Token {
    /// The lease.
    pub lease: LeaseName,
    /// The number: larger than that of every earlier holder.
    pub epoch: u64,
}

/// By which a person names a holding: `run:17`.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.lease, self.epoch)
    }
}
