//! How instances stand, counted once each at their worst: the page, the text and the totals take it from here.

use rdpctl_model::plan::{FacetFinding, Group, Plan};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{Stage, Verdict};
use rdpctl_term::Mark;

/// How an instance stands, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Standing {
    /// It does not answer.
    Shut,
    /// It differs, and answers as far as anybody saw.
    Differs,
    /// It cannot be judged.
    Unknown,
}

/// Instances by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) all: usize,
    pub(crate) shut: usize,
    pub(crate) differ: usize,
    pub(crate) unknown: usize,
}

impl Standing {
    /// How the members of a group stand.
    pub(crate) fn of(group: &Group) -> Self {
        match group.answers {
            Answers::No => Self::Shut,
            Answers::Yes | Answers::NotSeen if group.facets.iter().any(differs) => Self::Differs,
            Answers::Yes | Answers::NotSeen => Self::Unknown,
        }
    }
}

/// The first stage of a connection at which one of a group's causes shows: further nobody gets.
pub(crate) fn stops_at(group: &Group) -> Option<Stage> {
    group.facets.iter().filter(|it| it.blocked_by.is_none()).filter_map(|it| it.stage).min()
}

impl Tally {
    /// Counts a plan's instances.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut tally = Self { all: plan.instances, ..Self::default() };
        for group in &plan.groups {
            let members = group.members.len();
            match Standing::of(group) {
                Standing::Shut => tally.shut += members,
                Standing::Differs => tally.differ += members,
                Standing::Unknown => tally.unknown += members,
            }
        }
        tally
    }
}

const fn differs(finding: &FacetFinding) -> bool {
    match finding.verdict {
        Verdict::Drifted { .. } | Verdict::Blocked { .. } => true,
        Verdict::Unknown { .. } | Verdict::Healthy { .. } | Verdict::NotApplicable { .. } => false,
    }
}

/// The mark of one finding of a group.
pub(crate) fn mark(group: &Group, finding: &FacetFinding) -> Mark {
    match &finding.verdict {
        Verdict::Unknown { .. } => Mark::Unknown,
        Verdict::Drifted { .. } | Verdict::Blocked { .. } if finding.blocked_by.is_some() => {
            Mark::Follows
        }
        Verdict::Blocked { .. } => Mark::Stopped,
        Verdict::Drifted { .. } => match group.answers {
            Answers::No => Mark::Shut,
            Answers::Yes | Answers::NotSeen => Mark::Bad,
        },
        Verdict::Healthy { .. } => Mark::Good,
        Verdict::NotApplicable { .. } => Mark::Nothing,
    }
}
