//! What turned over time, and what people told the loop.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facet::FacetId;
use crate::id::InstanceName;
use crate::verdict::Verdict;

/// A facet of an instance that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned {
    /// When that was seen.
    pub at: Timestamp,
    /// On whom.
    pub instance: InstanceName,
    /// What.
    pub facet: FacetId,
    /// What it was, where it was not as declared.
    pub from: Option<Verdict>,
    /// What it is, where it is not as declared.
    pub to: Option<Verdict>,
}

/// What a person told the loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// About whom: an instance, or a fleet with all its members.
    pub target: String,
    /// What.
    #[serde(flatten)]
    pub what: Command,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// What may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "order")]
pub enum Command {
    /// Change nothing there.
    Pause {
        /// Until then; without an end until it is resumed.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        until: Option<Timestamp>,
    },
    /// Go on as before.
    Resume,
    /// Look there now, and try again what was left alone.
    Now,
    /// The loop's own word: somebody else writes that, and it is left alone until then.
    LeaveAlone {
        /// What.
        facet: FacetId,
        /// Until when.
        until: Timestamp,
    },
}

impl Order {
    /// Whether it is about this instance.
    #[must_use]
    pub fn means(&self, name: &InstanceName) -> bool {
        name.as_str() == self.target || name.fleet() == Some(self.target.as_str())
    }
}

/// The pauses that orders come to at a time: the last word about each target counts.
#[must_use]
pub fn pauses(orders: &[Order], now: Timestamp) -> Vec<&Order> {
    let mut last: std::collections::BTreeMap<&str, &Order> = std::collections::BTreeMap::new();
    for order in orders {
        match order.what {
            Command::Pause { .. } => {
                last.insert(&order.target, order);
            }
            Command::Resume => {
                last.remove(order.target.as_str());
            }
            Command::Now | Command::LeaveAlone { .. } => {}
        }
    }
    let lasts = |order: &&Order| match order.what {
        Command::Pause { until } => until.is_none_or(|until| now < until),
        Command::Resume | Command::Now | Command::LeaveAlone { .. } => false,
    };
    last.into_values().filter(lasts).collect()
}

/// What orders come to that the loop gave itself: what is left alone at a time, and until when. A person who has it looked at
/// now ends that.
#[must_use]
pub fn left_alone(orders: &[Order], now: Timestamp) -> Vec<(InstanceName, FacetId, Timestamp)> {
    let mut alone: std::collections::BTreeMap<(InstanceName, FacetId), Timestamp> =
        std::collections::BTreeMap::new();
    for order in orders {
        match order.what {
            Command::LeaveAlone { facet, until } => {
                alone.insert((InstanceName::new(&order.target), facet), until);
            }
            Command::Now => alone.retain(|(name, _), _| !order.means(name)),
            Command::Pause { .. } | Command::Resume => {}
        }
    }
    let still = alone.into_iter().filter(|(_, until)| now < *until);
    still.map(|((name, facet), until)| (name, facet, until)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_about_a_target_counts_and_a_pause_has_an_end() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let order = |target: &str, what| Order {
            at: at(0),
            by: "ana".to_owned(),
            target: target.to_owned(),
            what,
            reason: None,
        };
        let for_ever = Command::Pause { until: None };
        let orders = [
            order("kiosks", for_ever),
            order("web-01", Command::Pause { until: Some(at(100)) }),
            order("web-02", for_ever),
            order("web-02", Command::Now),
            order("kiosks", Command::Resume),
        ];
        let paused = |now| -> Vec<&str> {
            pauses(&orders, at(now)).into_iter().map(|order| order.target.as_str()).collect()
        };
        assert_eq!(paused(50), ["web-01", "web-02"]);
        assert_eq!(paused(100), ["web-02"]);
        let fought = Command::LeaveAlone { facet: FacetId::Nla, until: at(100) };
        let orders_of_its_own = [order("kiosks/ins-1", fought), order("web-01", fought)];
        assert_eq!(left_alone(&orders_of_its_own, at(99)).len(), 2);
        assert_eq!(left_alone(&orders_of_its_own, at(100)), []);
        let [one, other] = orders_of_its_own;
        let seen_to = [one, other, order("kiosks", Command::Now)];
        let left = left_alone(&seen_to, at(50));
        assert_eq!(left, [(InstanceName::new("web-01"), FacetId::Nla, at(100))]);
        assert!(orders[0].means(&InstanceName::new("kiosks/ins-1")));
        assert!(!orders[0].means(&InstanceName::new("kiosks-2/ins-1")));
    }
}
