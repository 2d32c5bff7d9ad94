//! How instances stand, counted once each at their worst: the page, the text and the totals take it from here.

use rdpctl_model::plan::{FacetFinding, Group, Plan};
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
    /// All that differs or is unknown was accepted.
    Accepted,
}

/// Instances by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) all: usize,
    pub(crate) shut: usize,
    pub(crate) differ: usize,
    pub(crate) unknown: usize,
    pub(crate) accepted: usize,
}

impl Standing {
    /// How the members of a group stand.
    pub(crate) fn of(group: &Group) -> Self {
        match rdpctl_page::Standing::of_member(group, |finding| finding.accepted.is_some()) {
            rdpctl_page::Standing::NotReachable => Self::Shut,
            rdpctl_page::Standing::Differs => Self::Differs,
            rdpctl_page::Standing::Unknown | rdpctl_page::Standing::AsDeclared => Self::Unknown,
            rdpctl_page::Standing::Accepted => Self::Accepted,
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
                Standing::Accepted => tally.accepted += members,
            }
        }
        tally
    }
}

/// The mark of one finding of a group.
pub(crate) fn mark(group: &Group, finding: &FacetFinding) -> Mark {
    if finding.accepted.is_some() {
        return Mark::Kept;
    }
    match &finding.verdict {
        Verdict::Unknown { .. } => Mark::Unknown,
        Verdict::Drifted { .. } | Verdict::Blocked { .. } if finding.blocked_by.is_some() => {
            Mark::Follows
        }
        Verdict::Blocked { .. } => Mark::Stopped,
        Verdict::Drifted { .. } => match Standing::of(group) {
            Standing::Shut => Mark::Shut,
            Standing::Differs | Standing::Unknown | Standing::Accepted => Mark::Bad,
        },
        Verdict::Healthy { .. } => Mark::Good,
        Verdict::NotApplicable { .. } => Mark::Nothing,
    }
}
