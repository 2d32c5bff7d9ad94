//! The whole state as one JSON document, for `state pull` and `state push`.
//!
//! Leases stay behind: they belong to a place, not to what is remembered. The document's schema is
//! `state/schemas/export.json`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_contract::store::StoreError;
use rdpctl_model::chronicle::{Order, Turned};
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Slot, Topic};
use rdpctl_model::outcome::{Created, Growth, JournalSubject, RunEnd, RunRecord, StepEvent};
use rdpctl_model::plan::Budget;
use rdpctl_model::{
    Evidence, FacetId, InstanceName, Plan, ProviderName, RunId, SourceKey, StepNumber,
};
use serde::{Deserialize, Serialize};

/// The version of the document's schema.
pub const DOCUMENT_FORMAT: u32 = 1;

/// All that a state remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The schema's version.
    pub format: u32,
    /// Which state this is: a name that it was given when it was made.
    pub lineage: String,
    /// How often it was changed.
    pub serial: u64,
    /// Distinct observations by facet, grounds of looks, and reasons why looks failed; a slot is a place in one of these lists.
    pub dictionaries: BTreeMap<Topic, Vec<Box<str>>>,
    /// What was last seen, by declared instance or fleet.
    pub sources: Vec<Source>,
    /// Each world's last answer in full.
    pub evidence: BTreeMap<InstanceName, Evidence>,
    /// What rdpctl made.
    pub created: Vec<Thing>,
    /// What turned over time, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turned>,
    /// What people told the loop, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Order>,
    /// Runs, oldest first.
    pub runs: Vec<Run>,
    /// What happened in them, in the order in which it was written.
    pub journal: Vec<Record>,
    /// The last hash of the chain over the journal.
    pub head: String,
}

/// What was last seen of the instances of one declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Which declaration.
    #[serde(flatten)]
    pub of: SourceKey,
    /// The provider.
    pub provider: Option<ProviderName>,
    /// The instances.
    pub instances: Vec<Seen>,
}

/// What was last seen of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The vendor's id.
    pub id: String,
    /// The vendor's display name.
    pub name: String,
    /// When each world last answered, in thousandths of a second since 1970.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub answered: BTreeMap<World, u64>,
    /// The look after that which failed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub failed: BTreeMap<World, Missed>,
    /// The facets whose evidence is older than a look that failed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub stale: Vec<FacetId>,
    /// The slot of each facet that was observed.
    pub slots: BTreeMap<FacetId, Slot>,
    /// The slot of what the last look into the guest stood on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ground: Option<Slot>,
}

/// A look that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// When, in thousandths of a second since 1970.
    pub at: u64,
    /// Why: a slot of `gaps`.
    pub why: Slot,
}

/// Something that rdpctl made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// For whom.
    pub subject: JournalSubject,
    /// What.
    #[serde(flatten)]
    pub created: Created,
    /// When.
    pub at: Timestamp,
    /// Whether it was given back.
    pub released: bool,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// When, who, how it ended.
    #[serde(flatten)]
    pub record: RunRecord,
    /// The plan with which it began.
    pub plan: Plan,
    /// What observations added to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<Growth>,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// In which run.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What a line of the journal tells of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum What {
    /// The run began.
    Began,
    /// The next part was added to its plan.
    Grew,
    /// Something happened to a step.
    Step {
        /// The step.
        step: StepNumber,
        /// On whom.
        subject: JournalSubject,
        /// What happened.
        #[serde(flatten)]
        event: StepEvent,
    },
    /// The run ended.
    Ended {
        /// How.
        end: RunEnd,
        /// At which cost.
        cost: Budget,
    },
}

/// Which document may replace a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// One of the same lineage that is newer.
    OnlyByNewer,
    /// Any, as `--force` asks.
    ByAny,
}

/// Why a document was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is not JSON of the expected shape.
    #[error("not a state document")]
    Malformed {
        /// Where and why.
        source: serde_json::Error,
    },
    /// A newer rdpctl wrote it.
    #[error("the document has format {found}; this rdpctl knows up to {known}")]
    Newer {
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A slot that no dictionary has.
    #[error("{instance} refers to observation {slot} of {}, which the document does not have", topic.name())]
    Dangling {
        /// The instance's id.
        instance: String,
        /// Of what.
        topic: Topic,
        /// The slot.
        slot: Slot,
    },
    /// It is of another state.
    #[error("the document is of another state (lineage {theirs}, here {ours})")]
    Lineage {
        /// The lineage of the state.
        ours: String,
        /// The lineage of the document.
        theirs: String,
    },
    /// The state has moved on.
    #[error("the document is older than the state (serial {theirs}, here {ours})")]
    Older {
        /// The serial of the state.
        ours: u64,
        /// The serial of the document.
        theirs: u64,
    },
    /// As old as the state, but not the same.
    #[error("the document has the state's serial {serial} but says something else")]
    Differs {
        /// The serial of both.
        serial: u64,
    },
    /// Its journal is not what was written.
    #[error("the journal of the document was changed: its chain ends in {found}, not in {told}")]
    Tampered {
        /// The last hash, as the document says.
        told: String,
        /// The last hash that its lines give.
        found: String,
    },
    /// Its journal tells of what its runs do not have.
    #[error("the journal of the document does not fit its runs: {what}")]
    Unfitting {
        /// What is wrong.
        what: String,
    },
    /// The state did not serve.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Document {
    /// Reads a document, and says so when it is of a format that this rdpctl does not know.
    pub fn parse(json: &[u8]) -> Result<Self, ImportError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let malformed = |source| ImportError::Malformed { source };
        let head: Head = serde_json::from_slice(json).map_err(malformed)?;
        if head.format > DOCUMENT_FORMAT {
            return Err(ImportError::Newer { found: head.format, known: DOCUMENT_FORMAT });
        }
        serde_json::from_slice(json).map_err(malformed)
    }

    /// Finds the first slot that no dictionary has.
    pub(crate) fn check(&self) -> Result<(), ImportError> {
        for seen in self.sources.iter().flat_map(|source| &source.instances) {
            let facets = seen.slots.iter().map(|(facet, slot)| (Topic::Facet(*facet), *slot));
            let gaps = seen.failed.values().map(|missed| (Topic::Gaps, missed.why));
            let ground = seen.ground.iter().map(|slot| (Topic::Ground, *slot));
            for (topic, slot) in facets.chain(gaps).chain(ground) {
                let known = self.dictionaries.get(&topic).map_or(0, Vec::len);
                if slot as usize >= known {
                    return Err(ImportError::Dangling { instance: seen.id.clone(), topic, slot });
                }
            }
        }
        Ok(())
    }

    /// How it stands to a state of that lineage and serial.
    pub(crate) fn against(&self, lineage: &str, serial: u64) -> Result<Standing, ImportError> {
        // A state that was never written to has nothing to lose.
        if serial == 0 {
            return Ok(Standing::Newer);
        }
        if self.lineage != lineage {
            return Err(ImportError::Lineage {
                ours: lineage.to_owned(),
                theirs: self.lineage.clone(),
            });
        }
        match self.serial.cmp(&serial) {
            Ordering::Less => Err(ImportError::Older { ours: serial, theirs: self.serial }),
            Ordering::Equal => Ok(Standing::Level),
            Ordering::Greater => Ok(Standing::Newer),
        }
    }
}

/// How a document stands to a state that it may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The state has nothing that the document's writer had not seen.
    Newer,
    /// Both were changed as often: they had better be the same.
    Level,
}
