//! Who may have changed what differs, as far as a cloud's own log says it.

use jiff::Timestamp;
use rdpctl_model::{FacetId, InstanceName, ProviderName, Said};
use serde::Serialize;

/// What the logs say of what differs now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Whose {
    /// Of so many differences they were asked.
    pub asked: usize,
    /// Whom they name.
    pub changed_by: Vec<Suspect>,
    /// Which did not tell.
    pub not_told: Vec<Silence>,
}

/// A change that can be the cause of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Suspect {
    /// On whom something differs.
    pub instance: InstanceName,
    /// What.
    pub facet: FacetId,
    /// Who, as the vendor names them; untrusted text.
    pub by: String,
    /// What they called.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

/// A log that does not say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Silence {
    /// Whose.
    pub provider: ProviderName,
    /// Why not.
    pub why: Said,
}
