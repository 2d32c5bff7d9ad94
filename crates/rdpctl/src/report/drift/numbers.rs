//! How many instances stand how: five numbers that add up to all that are managed.

use rdpctl_model::{FacetId, Verdict};
use serde::Serialize;

use super::Finding;
use crate::report::words;

/// Instances by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Numbers {
    /// They do not run, or a handshake from outside did not show what was declared.
    not_reachable: usize,
    /// They differ otherwise.
    differ: usize,
    /// Nothing is known to differ, and not everything is known.
    unknown: usize,
    /// All that differs or is unknown was accepted.
    accepted: usize,
    as_declared: usize,
}

impl Numbers {
    /// Counts; the findings of an instance stand together, one after the other or not.
    pub(super) fn of(instances: usize, findings: &[Finding]) -> Self {
        let mut worst: std::collections::BTreeMap<&str, Standing> =
            std::collections::BTreeMap::new();
        for finding in findings {
            let standing = standing(finding);
            worst
                .entry(&finding.instance)
                .and_modify(|known| *known = standing.min(*known))
                .or_insert(standing);
        }
        let mut numbers =
            Self { as_declared: instances.saturating_sub(worst.len()), ..Self::default() };
        for standing in worst.into_values() {
            match standing {
                Standing::NotReachable => numbers.not_reachable += 1,
                Standing::Differs => numbers.differ += 1,
                Standing::Unknown => numbers.unknown += 1,
                Standing::Accepted => numbers.accepted += 1,
            }
        }
        numbers
    }

    /// The numbers with their names, the worst first.
    pub(super) const fn named(&self) -> [(&'static str, usize); 5] {
        [
            ("not reachable as declared", self.not_reachable),
            ("differ otherwise", self.differ),
            ("unknown", self.unknown),
            ("accepted", self.accepted),
            ("as declared", self.as_declared),
        ]
    }

    /// The numbers in one line.
    pub(super) fn line(&self) -> String {
        let parts: Vec<String> = self
            .named()
            .iter()
            .filter(|(_, number)| *number > 0)
            .map(|(name, number)| format!("{} {name}", words::grouped(*number)))
            .collect();
        parts.join(", ")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    NotReachable,
    Differs,
    Unknown,
    Accepted,
}

fn standing(finding: &Finding) -> Standing {
    match (&finding.accepted, &finding.verdict) {
        (Some(_), _) => Standing::Accepted,
        (None, Verdict::Unknown { .. }) => Standing::Unknown,
        (
            None,
            Verdict::Drifted { .. }
            | Verdict::Blocked { .. }
            | Verdict::Healthy { .. }
            | Verdict::NotApplicable { .. },
        ) => {
            let decides = [FacetId::Power, FacetId::Reachable];
            if finding.facets.iter().any(|facet| decides.contains(facet)) {
                Standing::NotReachable
            } else {
                Standing::Differs
            }
        }
    }
}
