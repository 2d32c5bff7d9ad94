//! What the facets conclude about instances that look alike: verdicts, and the steps that would mend them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::accept::Accepted;
use crate::declaration::SnapshotFirst;
use crate::facet::{FacetId, FacetMap};
use crate::finding::Found;
use crate::guest::ChannelKind;
use crate::id::{ProfileName, ProviderName};
use crate::plan::Member;
use crate::stage::Stage;
use crate::step::Step;
use crate::verdict::{Answers, Verdict};

/// One facet's conclusion.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Assessment {
    /// The conclusion.
    pub verdict: Verdict,
    /// What exactly is wrong, the first to be mended first; empty where the facet only says that it differs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Found>,
    /// Whether what it saw answers from outside.
    #[serde(default, skip_serializing_if = "Answers::is_not_seen")]
    pub answers: Answers,
    /// What it concludes instead where the outside is silent and nothing else explains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accusation: Option<Box<Verdict>>,
    /// The steps that would mend it, in order; empty unless drifted.
    pub steps: Vec<Step>,
    /// The facet whose fault explains this one, when it is a consequence.
    pub blocked_by: Option<FacetId>,
    /// Who took responsibility for the difference, by the reason given: it stays as it is, and does not alarm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// What its last evidence says, where that could not be looked at again.
    pub last: Option<Box<Verdict>>,
}

impl Assessment {
    /// The first stage of a connection at which what was found shows, where something is wrong.
    #[must_use]
    pub fn stage(&self, facet: FacetId) -> Option<Stage> {
        let first = self.findings.iter().map(|found| found.finding.stage()).min();
        match self.verdict {
            Verdict::Drifted { .. } | Verdict::Blocked { .. } => {
                Some(first.unwrap_or(facet.stage()))
            }
            Verdict::Healthy { .. } | Verdict::Unknown { .. } | Verdict::NotApplicable { .. } => {
                None
            }
        }
    }

    /// A conclusion from which nothing follows.
    #[must_use]
    pub const fn of(verdict: Verdict) -> Self {
        Self {
            verdict,
            findings: Vec::new(),
            answers: Answers::NotSeen,
            accusation: None,
            steps: Vec::new(),
            blocked_by: None,
            accepted: None,
            last: None,
        }
    }
}

/// What the facets conclude about instances with the same evidence. Equal conclusions are one.
pub type Assessments = FacetMap<Option<Arc<Assessment>>>;

/// Instances of one profile with the same evidence in every managed facet, and what the facets make of it.
#[derive(Clone, Debug)]
pub struct Assessed {
    /// The provider.
    pub provider: ProviderName,
    /// The profile.
    pub profile: ProfileName,
    /// The declared RDP port.
    pub port: u16,
    /// The way into the guest that answered when it was last looked into. One that is merely declared counts for
    /// nothing, and where nobody answered there is none.
    pub way: Option<ChannelKind>,
    /// Whether the system disk is copied before the first risky step.
    pub snapshot: SnapshotFirst,
    /// One entry per managed facet.
    pub facets: Arc<Assessments>,
    /// Who they are. Only counted, not named, when nothing differs.
    pub members: Members,
}

/// The instances of a group.
#[derive(Clone, Debug)]
pub enum Members {
    /// So many of them, all as declared.
    Quiet(usize),
    /// These.
    Named(Vec<Member>),
}

impl Members {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Quiet(count) => *count,
            Self::Named(members) => members.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
