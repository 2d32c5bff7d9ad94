//! Who may have changed something, as reports tell it.

use jiff::Timestamp;
use rdpctl_contract::Changed;
use serde::Serialize;

use super::when;

/// A change that can be the cause, by a cloud's own log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Suspect {
    /// Who, as the vendor names them.
    by: String,
    /// What they called.
    what: String,
    /// When.
    at: Timestamp,
}

impl Suspect {
    pub(crate) fn of(change: &Changed) -> Self {
        Self { by: change.by.clone(), what: change.what.clone(), at: change.at }
    }

    /// In a few words.
    pub(crate) fn words(&self) -> String {
        format!("{} ({}, {})", self.by, self.what, when::moment(self.at))
    }
}

/// In a few words.
pub(crate) fn words(change: &Changed) -> String {
    Suspect::of(change).words()
}
