//! What is made in a subscription beside what the world was born with: disks, interfaces, machines that help for a time, and
//! managed commands of machines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    guest::GuestDelta,
    world::{AccountIndex, DiskNetwork, Tag, Text, VmIndex},
};

/// Something that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Extra {
    Volume(Box<Volume>),
    Card(Card),
    Helper(Helper),
    Command(ManagedCommand),
}

/// What all of them have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) account: AccountIndex,
    /// The id as it was asked for.
    pub(crate) id: Text,
    pub(crate) region: Text,
    pub(crate) zones: Vec<String>,
    pub(crate) tags: Vec<Tag>,
}

/// A disk: what lay on a machine's own when it was copied, and what was written over it since.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Volume {
    pub(crate) label: Label,
    pub(crate) size: u32,
    /// Whose Windows lies on it.
    pub(crate) vm: VmIndex,
    pub(crate) guest: Option<GuestDelta>,
    pub(crate) taken: Timestamp,
    /// Sectors that were written, in base64.
    pub(crate) sectors: BTreeMap<u64, String>,
    /// To which machine it belongs, by its id in lower case.
    pub(crate) attached: Option<Text>,
    /// From where it may be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<DiskNetwork>,
}

/// A network interface.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) label: Label,
    pub(crate) subnet: Text,
    pub(crate) helper: Option<Text>,
}

/// A Linux machine with a disk attached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Helper {
    pub(crate) label: Label,
    pub(crate) size: Text,
    pub(crate) card: Text,
    /// The disk, by its id in lower case, and the number of its unit.
    pub(crate) disk: Text,
    pub(crate) unit: u64,
    /// When its agent answers.
    pub(crate) ready: Timestamp,
    /// Files, in base64.
    pub(crate) files: BTreeMap<String, String>,
    /// Which of them may be run.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) runs: BTreeSet<String>,
}

/// A managed command of a machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ManagedCommand {
    pub(crate) vm: VmIndex,
    pub(crate) name: String,
    pub(crate) script: String,
    /// The number of its run.
    pub(crate) run: u64,
}

impl Label {
    pub(crate) fn name(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }
}
