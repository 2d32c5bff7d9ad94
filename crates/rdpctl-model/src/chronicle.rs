//! What turned over time, and what people told the loop.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::anew::Anew;
use crate::facet::FacetId;
use crate::id::{InstanceName, RunId};
use crate::said::Said;
use crate::step::Guarded;
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
    /// About whom: an instance, or a fleet with all its members; or what is held or a run, by its name on the page.
    pub target: String,
    /// What.
    #[serde(flatten)]
    pub what: Command,
    /// Why: a person's own words as they are, or the loop's in any language.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Said>,
}

/// What may be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Do once what a guard asks about, to exactly these and exactly so.
    Approve(Approval),
    /// Do not ask about this again until it is another thing.
    Refuse {
        /// What was refused, by the digest over all of it.
        digest: String,
    },
    /// What was allowed is being done, and may not be done again.
    Spent,
    /// Put back what a run replaced.
    Undo {
        /// Which run.
        run: RunId,
        /// What may be done meanwhile that guards ask about.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        allow: Vec<Guarded>,
    },
    /// End a run of the loop's own after what is in hand.
    Stop {
        /// Which.
        run: RunId,
    },
}

/// A yes to what is held, bound to what was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Approval {
    /// What asks.
    pub guards: Vec<Guarded>,
    /// What was shown, by the digest over all of it.
    pub digest: String,
    /// On whom, each by the digest of what is done to it: facets, values, commands and guards.
    pub members: BTreeMap<InstanceName, String>,
    /// What it may cost at most, by how many of each thing that costs money.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub spends: BTreeMap<String, u64>,
    /// What was shown of prices and sessions; where it has become more, it is asked again.
    #[serde(skip_serializing_if = "Anew::is_unseen", default)]
    pub shown: Anew,
    /// After that it has lapsed.
    pub until: Timestamp,
}

impl Command {
    /// When a pause ends by itself; nothing of one that does not, and of what is none.
    #[must_use]
    pub const fn pauses_until(&self) -> Option<Timestamp> {
        match self {
            Self::Pause { until } => *until,
            Self::Resume
            | Self::Now
            | Self::LeaveAlone { .. }
            | Self::Approve(_)
            | Self::Refuse { .. }
            | Self::Spent
            | Self::Undo { .. }
            | Self::Stop { .. } => None,
        }
    }
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
    let mut last: BTreeMap<&str, &Order> = BTreeMap::new();
    for order in orders {
        match order.what {
            Command::Pause { .. } => {
                last.insert(&order.target, order);
            }
            Command::Resume => {
                last.remove(order.target.as_str());
            }
            Command::Now
            | Command::LeaveAlone { .. }
            | Command::Approve(_)
            | Command::Refuse { .. }
            | Command::Spent
            | Command::Undo { .. }
            | Command::Stop { .. } => {}
        }
    }
    let lasts = |order: &&Order| order.what.pauses_until().is_none_or(|until| now < until);
    last.into_values().filter(lasts).collect()
}

/// The approvals that stand at a time: not lapsed, not done, and not taken back by a later word about the same.
#[must_use]
pub fn approvals(orders: &[Order], now: Timestamp) -> Vec<(&Order, &Approval)> {
    let mut last: BTreeMap<&str, (&Order, &Approval)> = BTreeMap::new();
    for order in orders {
        match &order.what {
            Command::Approve(approval) => {
                last.insert(&order.target, (order, approval));
            }
            Command::Refuse { .. } | Command::Spent => {
                last.remove(order.target.as_str());
            }
            Command::Pause { .. }
            | Command::Resume
            | Command::Now
            | Command::LeaveAlone { .. }
            | Command::Undo { .. }
            | Command::Stop { .. } => {}
        }
    }
    last.into_values().filter(|(_, approval)| now < approval.until).collect()
}

/// A word that nothing came of lapses after so long.
pub const LAPSES: SignedDuration = SignedDuration::from_hours(72);

/// The runs that people want undone, in the order in which they said so: not yet begun, and said not too long ago.
#[must_use]
pub fn undos(orders: &[Order], now: Timestamp) -> Vec<&Order> {
    let mut wanted: Vec<&Order> = Vec::new();
    for order in orders {
        match order.what {
            // Who says it twice said it once.
            Command::Undo { .. } if wanted.iter().all(|it| it.target != order.target) => {
                wanted.push(order);
            }
            Command::Spent => wanted.retain(|it| it.target != order.target),
            Command::Undo { .. }
            | Command::Pause { .. }
            | Command::Resume
            | Command::Now
            | Command::LeaveAlone { .. }
            | Command::Approve(_)
            | Command::Refuse { .. }
            | Command::Stop { .. } => {}
        }
    }
    wanted.retain(|order| now.duration_since(order.at) < LAPSES);
    wanted
}

/// What was refused last, by the digest of all that was shown.
#[must_use]
pub fn refusals(orders: &[Order]) -> BTreeMap<&str, &Order> {
    let mut refused: BTreeMap<&str, &Order> = BTreeMap::new();
    for order in orders {
        match &order.what {
            Command::Refuse { digest } => {
                refused.insert(digest, order);
            }
            Command::Approve(approval) => {
                refused.remove(approval.digest.as_str());
            }
            Command::Pause { .. }
            | Command::Resume
            | Command::Now
            | Command::LeaveAlone { .. }
            | Command::Spent
            | Command::Undo { .. }
            | Command::Stop { .. } => {}
        }
    }
    refused
}

/// What orders come to that the loop gave itself: what is left alone at a time, and until when. A person who has it looked at
/// now ends that.
#[must_use]
pub fn left_alone(orders: &[Order], now: Timestamp) -> Vec<(InstanceName, FacetId, Timestamp)> {
    let mut alone: BTreeMap<(InstanceName, FacetId), Timestamp> = BTreeMap::new();
    for order in orders {
        match order.what {
            Command::LeaveAlone { facet, until } => {
                alone.insert((InstanceName::new(&order.target), facet), until);
            }
            Command::Now => alone.retain(|(name, _), _| !order.means(name)),
            Command::Pause { .. }
            | Command::Resume
            | Command::Approve(_)
            | Command::Refuse { .. }
            | Command::Spent
            | Command::Undo { .. }
            | Command::Stop { .. } => {}
        }
    }
    let still = alone.into_iter().filter(|(_, until)| now < *until);
    still.map(|((name, facet), until)| (name, facet, until)).collect()
}

#[cfg(test)]
mod tests {
    use std::slice;

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
        let for_ever = || Command::Pause { until: None };
        let orders = [
            order("kiosks", for_ever()),
            order("web-01", Command::Pause { until: Some(at(100)) }),
            order("web-02", for_ever()),
            order("web-02", Command::Now),
            order("kiosks", Command::Resume),
        ];
        let paused = |now| -> Vec<&str> {
            pauses(&orders, at(now)).into_iter().map(|order| order.target.as_str()).collect()
        };
        assert_eq!(paused(50), ["web-01", "web-02"]);
        assert_eq!(paused(100), ["web-02"]);
        let fought = Command::LeaveAlone { facet: FacetId::Nla, until: at(100) };
        let orders_of_its_own = [order("kiosks/ins-1", fought.clone()), order("web-01", fought)];
        assert_eq!(left_alone(&orders_of_its_own, at(99)).len(), 2);
        assert_eq!(left_alone(&orders_of_its_own, at(100)), []);
        let [one, other] = orders_of_its_own;
        let seen_to = [one, other, order("kiosks", Command::Now)];
        let left = left_alone(&seen_to, at(50));
        assert_eq!(left, [(InstanceName::new("web-01"), FacetId::Nla, at(100))]);
        assert!(orders[0].means(&InstanceName::new("kiosks/ins-1")));
        assert!(!orders[0].means(&InstanceName::new("kiosks-2/ins-1")));
    }

    #[test]
    fn an_undo_is_wanted_until_it_is_begun_or_nobody_came_for_three_days() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let order = |second, run: &str, what| Order {
            at: at(second),
            by: "ana".to_owned(),
            target: run.to_owned(),
            what,
            reason: None,
        };
        let undo = |second, run: &str| {
            order(second, run, Command::Undo { run: RunId::new(run), allow: Vec::new() })
        };
        let wanted = |orders: &[Order], now| -> Vec<String> {
            undos(orders, at(now)).into_iter().map(|order| order.target.clone()).collect()
        };
        let said = [undo(0, "r1"), undo(1, "r2"), undo(2, "r1")];
        assert_eq!(wanted(&said, 10), ["r1", "r2"]);
        assert_eq!(wanted(&said, 72 * 3_600), ["r2"], "the first lapsed");
        let begun = [undo(0, "r1"), undo(1, "r2"), order(3, "r1", Command::Spent)];
        assert_eq!(wanted(&begun, 10), ["r2"]);
    }

    #[test]
    fn an_approval_is_for_once_lapses_and_is_taken_back_by_a_no() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let approval = Approval {
            guards: vec![Guarded::Reboot],
            digest: "all".to_owned(),
            members: [(InstanceName::new("web-01"), "one".to_owned())].into(),
            spends: BTreeMap::new(),
            shown: Anew::default(),
            until: at(100),
        };
        let order = |what| Order {
            at: at(0),
            by: "ana".to_owned(),
            target: "c8e2f0".to_owned(),
            what,
            reason: None,
        };
        let yes = order(Command::Approve(approval));
        let text = serde_json::to_string(&yes).expect("JSON");
        assert_eq!(serde_json::from_str::<Order>(&text).expect("the same"), yes, "{text}");
        let stand = |orders: &[Order], now| approvals(orders, at(now)).len();
        assert_eq!(stand(slice::from_ref(&yes), 50), 1);
        assert_eq!(stand(slice::from_ref(&yes), 100), 0, "it lapsed");
        assert_eq!(stand(&[yes.clone(), yes.clone()], 50), 1, "twice is once");
        assert_eq!(stand(&[yes.clone(), order(Command::Spent)], 50), 0, "it is done");
        let no = order(Command::Refuse { digest: "all".to_owned() });
        assert_eq!(stand(&[yes.clone(), no.clone()], 50), 0);
        assert!(refusals(&[yes.clone(), no.clone()]).contains_key("all"));
        assert!(refusals(&[no, yes]).is_empty(), "a later yes counts");
    }
}
