//! What came of a step and of a run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{InstanceName, ProviderName, ResourceId, RunId};
use crate::plan::{Budget, StepId};

/// What an executor hands back for one step on one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What the vendor or the guest said of it: request id, exit codes.
    pub note: String,
    /// An object that was made, so that it can be given back and is never taken for somebody else's.
    pub created: Option<Created>,
    /// Whether the world agreed already and nothing was done.
    pub already: bool,
    /// What was replaced, as guest actions that put it back.
    pub undo: Vec<crate::step::GuestAction>,
}

/// Something that rdpctl made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// What it is.
    pub kind: CreatedKind,
    /// Its provider.
    pub provider: ProviderName,
    /// Its id.
    pub id: ResourceId,
}

/// Kinds of things that rdpctl makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CreatedKind {
    /// An elastic address.
    Address,
    /// A rule in a security group.
    Rule,
    /// A snapshot of a disk.
    Snapshot,
    /// A disk.
    Disk,
    /// A virtual machine.
    Vm,
    /// A network interface.
    Nic,
    /// A signed link to a disk's content.
    Sas,
}

impl CreatedKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Address, Self::Rule, Self::Snapshot, Self::Disk, Self::Vm, Self::Nic, Self::Sas];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Rule => "rule",
            Self::Snapshot => "snapshot",
            Self::Disk => "disk",
            Self::Vm => "vm",
            Self::Nic => "nic",
            Self::Sas => "sas",
        }
    }
}

/// One line of a run's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The step.
    pub step: StepId,
    /// The instance, or the shared object's id.
    pub subject: InstanceName,
    /// What happened.
    pub event: StepEvent,
    /// When.
    pub at: Timestamp,
}

/// What happened to a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum StepEvent {
    /// It is about to be done.
    Intent {
        /// The token that makes a repetition harmless, where the vendor knows one.
        token: String,
    },
    /// It was done and the read-back agreed.
    Done {
        /// What came of it.
        receipt: Receipt,
    },
    /// It failed.
    Failed {
        /// Why, in one sentence.
        why: String,
        /// What the user can do.
        advice: String,
    },
    /// It was not tried.
    Skipped {
        /// Why.
        why: String,
    },
}

/// A run as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// When it began.
    pub began: Timestamp,
    /// When it ended; none while it runs or after a kill.
    pub ended: Option<Timestamp>,
    /// Who ran it.
    pub holder: String,
    /// How it ended.
    pub end: Option<RunEnd>,
    /// What it cost.
    pub cost: Budget,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// All done.
    Done,
    /// Some parts were held, unknown or failed.
    Partial,
    /// The user stopped it.
    Interrupted,
}
