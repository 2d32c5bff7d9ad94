//! How an instance stands, at the worst that is true of it: five numbers that add up to all. One function counts for
//! every report and page.

use std::collections::BTreeMap;

use rdpctl_model::plan::{FacetFinding, Group};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{FacetId, Verdict};
use serde::Serialize;

/// How an instance stands, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It does not run, or a handshake from outside did not show what was declared.
    NotReachable,
    /// It differs otherwise.
    Differs,
    /// Nothing is known to differ, and not everything is known.
    Unknown,
    /// All that differs or is unknown was accepted.
    Accepted,
    /// As declared.
    AsDeclared,
}

/// Whether somebody took responsibility for a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarms {
    /// Nobody did.
    Yes,
    /// Somebody did.
    Accepted,
}

impl Standing {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] =
        [Self::NotReachable, Self::Differs, Self::Unknown, Self::Accepted, Self::AsDeclared];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotReachable => "not-reachable",
            Self::Differs => "differs",
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
            Self::AsDeclared => "as-declared",
        }
    }

    /// The standing of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.name() == name)
    }

    /// How a member of a group stands, at the worst of all that was not accepted. Whether it answers is said by whoever
    /// looked from outside; where nobody did, what does not run does not answer, and what was not reached does not.
    #[must_use]
    pub fn of_member(group: &Group, is_accepted: impl Fn(&FacetFinding) -> bool) -> Self {
        let said = group.facets.iter().filter(|finding| !finding.verdict.is_quiet());
        let (mut accepted, mut worst) = (0, Self::AsDeclared);
        for finding in said {
            if is_accepted(finding) {
                accepted += 1;
                continue;
            }
            let one = match group.answers {
                Answers::NotSeen => Self::of(&finding.verdict, &[finding.facet], Alarms::Yes),
                Answers::Yes | Answers::No => Self::of(&finding.verdict, &[], Alarms::Yes),
            };
            worst = worst.min(one);
        }
        match (worst, group.answers, accepted) {
            (Self::Differs, Answers::No, _) => Self::NotReachable,
            (Self::AsDeclared, _, 1..) => Self::Accepted,
            (standing, _, _) => standing,
        }
    }

    /// How an instance stands by one conclusion, about one facet or about all that a gap hides.
    #[must_use]
    pub fn of(verdict: &Verdict, facets: &[FacetId], alarms: Alarms) -> Self {
        match (alarms, verdict) {
            (Alarms::Accepted, _) => Self::Accepted,
            (Alarms::Yes, Verdict::Healthy { .. } | Verdict::NotApplicable { .. }) => {
                Self::AsDeclared
            }
            (Alarms::Yes, Verdict::Unknown { .. }) => Self::Unknown,
            (Alarms::Yes, Verdict::Drifted { .. } | Verdict::Blocked { .. }) => {
                let decides = [FacetId::Power, FacetId::Reachable];
                if facets.iter().any(|facet| decides.contains(facet)) {
                    Self::NotReachable
                } else {
                    Self::Differs
                }
            }
        }
    }
}

/// Instances by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Numbers {
    /// They do not run, or a handshake from outside did not show what was declared.
    pub not_reachable: usize,
    /// They differ otherwise.
    pub differ: usize,
    /// Nothing is known to differ, and not everything is known.
    pub unknown: usize,
    /// All that differs or is unknown was accepted.
    pub accepted: usize,
    /// As declared.
    pub as_declared: usize,
}

impl Numbers {
    /// Counts all instances once, each at the worst that is said of it; of whom nothing is said, all is as declared.
    #[must_use]
    pub fn count<'a>(
        instances: usize,
        said: impl IntoIterator<Item = (&'a str, Standing)>,
    ) -> Self {
        let mut worst: BTreeMap<&str, Standing> = BTreeMap::new();
        for (instance, standing) in said {
            worst
                .entry(instance)
                .and_modify(|known| *known = standing.min(*known))
                .or_insert(standing);
        }
        let mut numbers =
            Self { as_declared: instances.saturating_sub(worst.len()), ..Self::default() };
        for standing in worst.into_values() {
            *numbers.at(standing) += 1;
        }
        numbers
    }

    /// How many stand so.
    #[must_use]
    pub const fn of(&self, standing: Standing) -> usize {
        match standing {
            Standing::NotReachable => self.not_reachable,
            Standing::Differs => self.differ,
            Standing::Unknown => self.unknown,
            Standing::Accepted => self.accepted,
            Standing::AsDeclared => self.as_declared,
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> usize {
        Standing::ALL.into_iter().map(|standing| self.of(standing)).sum()
    }

    /// Adds one.
    pub fn add(&mut self, standing: Standing) {
        *self.at(standing) += 1;
    }

    fn at(&mut self, standing: Standing) -> &mut usize {
        match standing {
            Standing::NotReachable => &mut self.not_reachable,
            Standing::Differs => &mut self.differ,
            Standing::Unknown => &mut self.unknown,
            Standing::Accepted => &mut self.accepted,
            Standing::AsDeclared => &mut self.as_declared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instance_counts_once_at_its_worst_and_the_numbers_add_up() {
        let said = [
            ("a", Standing::Differs),
            ("a", Standing::NotReachable),
            ("b", Standing::Accepted),
            ("c", Standing::Unknown),
        ];
        let numbers = Numbers::count(10, said);
        assert_eq!((numbers.not_reachable, numbers.differ, numbers.unknown), (1, 0, 1));
        assert_eq!((numbers.accepted, numbers.as_declared, numbers.all()), (1, 7, 10));
    }
}
