//! Actions on what is each machine's own: the step says what is done, the member says to which thing.
//!
//! So ten thousand machines with ten thousand expired certificates are one group with one step. Which certificate it is
//! lies cold beside the member, and is looked up only for those for whom something is done.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::check::Check;
use super::cloud::CloudVerb;
use super::kinds::KeyHolder;
use crate::id::ResourceId;
use crate::rules::NewRule;

/// A change to what is each machine's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum OwnAction {
    /// Deletes the RDP certificate in use, after exporting it, so that Windows makes a new one.
    DeleteCertificate,
    /// Repairs the RDP key's ACL by SID, saving the ACL before and after.
    RepairKeyAcl {
        /// Who else gets what the healthy ACL of this Windows gives.
        third: KeyHolder,
        /// Whether taking ownership comes first, because reading was denied.
        take_ownership: bool,
        /// Whether the folder's own ACL is repaired along.
        folder: bool,
    },
    /// Sets the RDP key aside, so that Windows makes another one.
    RetireKey,
    /// Inserts accept rules where the machine's own rule sets keep these sources out.
    OpenDoors {
        /// The port.
        port: u16,
        /// Who is let in.
        sources: Vec<IpNet>,
    },
    /// Removes the rules that we own for a port.
    CloseDoors {
        /// The port.
        port: u16,
    },
}

impl OwnAction {
    /// What it asks of the cloud, if anything.
    #[must_use]
    pub const fn verb(&self) -> Option<CloudVerb> {
        match self {
            Self::OpenDoors { .. } => Some(CloudVerb::OpenDoor),
            Self::CloseDoors { .. } => Some(CloudVerb::CloseDoor),
            Self::DeleteCertificate | Self::RepairKeyAcl { .. } | Self::RetireKey => None,
        }
    }
}

/// What is one machine's own, as far as its steps need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Binds {
    /// The registry key of the RDP certificate in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The name of the RDP key's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// Where rules are to be inserted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<DoorEdit>,
    /// Which of our rules are to go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closings: Vec<DoorEdit>,
    /// What values that only this machine has must still be when a step replaces them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expects: Vec<Check>,
}

/// One edit of a rule set. Machines that share the set share the edit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DoorEdit {
    /// The group.
    pub rule_set: ResourceId,
    /// The version on which the index rests.
    pub version: String,
    /// The rule.
    pub rule: NewRule,
    /// How many instances are bound to the group, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub affects: Option<u32>,
}
