//! What people read first of a plan: the first cause of each difference, and on how many instances.

use crate::facet::FacetId;
use crate::gap::Gap;
use crate::plan::{FacetFinding, Group, Plan};
use crate::verdict::Verdict;

/// What becomes of a first cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It differs and can be mended.
    Differs,
    /// Something else keeps it as it is.
    Blocked,
    /// It cannot be judged yet.
    Unknown,
}

/// The instances whose difference begins with the same facet, in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstCause<'a> {
    /// The facet.
    pub facet: FacetId,
    /// What becomes of it.
    pub kind: Kind,
    /// The finding of the largest of its groups.
    pub example: &'a FacetFinding,
    /// How many groups.
    pub groups: usize,
    /// How many instances.
    pub instances: usize,
}

/// What one gap hides of a group: it is told once, whatever hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden<'a> {
    /// Why it is not known.
    pub gap: &'a Gap,
    /// Of which it is a consequence.
    pub follows: Option<FacetId>,
    /// What is not known.
    pub findings: Vec<&'a FacetFinding>,
}

impl Group {
    /// The gaps in the order in which their first facets stand, each with all that it hides.
    #[must_use]
    pub fn hidden(&self) -> Vec<Hidden<'_>> {
        let mut all: Vec<Hidden<'_>> = Vec::new();
        for finding in &self.facets {
            let Verdict::Unknown { gap } = &finding.verdict else { continue };
            // A cause that the same gap hides is no cause of its own.
            let follows = finding.blocked_by.filter(|cause| {
                self.facets.iter().any(|other| {
                    other.facet == *cause && other.verdict != Verdict::Unknown { gap: gap.clone() }
                })
            });
            match all.iter_mut().find(|one| one.gap == gap && one.follows == follows) {
                Some(one) => one.findings.push(finding),
                None => all.push(Hidden { gap, follows, findings: vec![finding] }),
            }
        }
        all
    }

    /// The finding from which the others follow, as far as anybody can tell: the first that is no consequence.
    #[must_use]
    pub fn first_cause(&self) -> Option<&FacetFinding> {
        self.facets.iter().find(|finding| finding.blocked_by.is_none()).or(self.facets.first())
    }
}

impl Plan {
    /// First causes, the most frequent first. Every instance that differs is counted once.
    #[must_use]
    pub fn first_causes(&self) -> Vec<FirstCause<'_>> {
        let mut causes: Vec<FirstCause<'_>> = Vec::new();
        for group in &self.groups {
            let Some(example) = group.first_cause() else { continue };
            let kind = match example.verdict {
                Verdict::Blocked { .. } => Kind::Blocked,
                Verdict::Unknown { .. } => Kind::Unknown,
                Verdict::Drifted { .. }
                | Verdict::Healthy { .. }
                | Verdict::NotApplicable { .. } => Kind::Differs,
            };
            let instances = group.members.len();
            let same =
                |cause: &&mut FirstCause<'_>| (cause.facet, cause.kind) == (example.facet, kind);
            match causes.iter_mut().find(same) {
                Some(cause) => {
                    cause.groups += 1;
                    cause.instances += instances;
                }
                None => causes.push(FirstCause {
                    facet: example.facet,
                    kind,
                    example,
                    groups: 1,
                    instances,
                }),
            }
        }
        causes.sort_by(|a, b| {
            b.instances.cmp(&a.instances).then_with(|| (a.facet, a.kind).cmp(&(b.facet, b.kind)))
        });
        causes
    }
}
