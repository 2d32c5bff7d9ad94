//! From where a managed disk of Azure, or a snapshot, may be read: each has its own word for it, and a copy takes none along.
//!
//! What the vendor answers to a link that is asked for where nobody may have one was never captured: the code here is a guess.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// From where, where that is not everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DiskNetwork {
    /// From nowhere: no link is given.
    DenyAll,
    /// From private endpoints alone: a link is given, and nobody else is served by it.
    AllowPrivate,
    /// From no public network, although the policy says nothing.
    NotPublic,
}

impl DiskNetwork {
    /// As somebody asked for it; the properties of a disk.
    pub(crate) fn asked(properties: &Value) -> Option<Self> {
        match properties["networkAccessPolicy"].as_str() {
            Some("DenyAll") => Some(Self::DenyAll),
            Some("AllowPrivate") => Some(Self::AllowPrivate),
            Some(_) | None => (properties["publicNetworkAccess"].as_str() == Some("Disabled"))
                .then_some(Self::NotPublic),
        }
    }

    /// What the vendor shows of it among the properties.
    pub(crate) fn shown(network: Option<Self>, shown: &mut Value) {
        let (policy, public) = match network {
            None => ("AllowAll", "Enabled"),
            Some(Self::DenyAll) => ("DenyAll", "Enabled"),
            Some(Self::AllowPrivate) => ("AllowPrivate", "Enabled"),
            Some(Self::NotPublic) => ("AllowAll", "Disabled"),
        };
        shown["properties"]["networkAccessPolicy"] = policy.into();
        shown["properties"]["publicNetworkAccess"] = public.into();
    }
}
