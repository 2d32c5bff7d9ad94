//! Drift over the last days: how many differed, by facet, how soon it was mended, and what comes back again and again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdpctl_model::chronicle::{Command, Order, Turned, left_alone};
use rdpctl_model::{FacetId, InstanceName, Said, Verdict};
use serde::Serialize;

use super::days::days;
use super::health::Day;

/// What comes back so often within the days is told.
const AGAIN: usize = 2;
/// So much of it.
const SHOWN: usize = 12;

/// It, as far back as anything is known to have turned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct History {
    /// The days, the oldest first.
    pub days: Vec<Day>,
    /// By facet, as far as one was not as declared; what followed from another is among it.
    pub facets: Vec<OfFacet>,
    /// How soon what differed was as declared again, over all facets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healed: Option<Healed>,
    /// What came back again and again, the most often first.
    pub returns: Vec<Return>,
}

/// One facet over the days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OfFacet {
    /// Which.
    pub facet: FacetId,
    /// The same days.
    pub days: Vec<Day>,
    /// How soon it was as declared again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healed: Option<Healed>,
}

/// How long something differed until it was as declared again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Healed {
    /// How often that was.
    pub times: usize,
    /// The median, in seconds.
    pub median: u64,
    /// Nine in ten were not longer than this, in seconds.
    pub nine_in_ten: u64,
}

/// Something that came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Return {
    /// On whom.
    pub instance: InstanceName,
    /// What.
    pub facet: FacetId,
    /// How often.
    pub times: usize,
    /// Until when the loop leaves it alone, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_alone: Option<Timestamp>,
    /// What the loop said of it, with who it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Said>,
}

impl History {
    /// Of what stands and of what turned, newest first.
    #[must_use]
    pub fn of(standing: &[Turned], turns: &[Turned], orders: &[Order], now: Timestamp) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        let whole = days(standing, turns, today, 0);
        let mut by_facet: BTreeMap<FacetId, (Vec<&Turned>, Vec<&Turned>)> = BTreeMap::new();
        for turn in standing {
            by_facet.entry(turn.facet).or_default().0.push(turn);
        }
        for turn in turns {
            by_facet.entry(turn.facet).or_default().1.push(turn);
        }
        let mut seconds: Vec<u64> = Vec::new();
        let mut returns = Vec::new();
        let mut facets = Vec::new();
        for (facet, (standing, turns)) in by_facet {
            let (mut took, came_back) = walked(&turns);
            returns.extend(came_back.into_iter().map(|(instance, times)| Return {
                instance: instance.clone(),
                facet,
                times,
                left_alone: None,
                reason: None,
            }));
            let days = days(standing, turns, today, whole.len());
            if days.iter().any(|day| day.differ + day.unknown > 0) {
                facets.push(OfFacet { facet, days, healed: healed(&mut took) });
            }
            seconds.append(&mut took);
        }
        returns
            .sort_by(|a, b| (b.times, &a.instance, a.facet).cmp(&(a.times, &b.instance, b.facet)));
        returns.truncate(SHOWN);
        let alone = left_alone(orders, now);
        for one in &mut returns {
            let is_it = |left: &&(InstanceName, FacetId, Timestamp)| {
                left.0 == one.instance && left.1 == one.facet
            };
            one.left_alone = alone.iter().find(is_it).map(|left| left.2);
            one.reason = said(orders, &one.instance, one.facet);
        }
        Self { days: whole, facets, healed: healed(&mut seconds), returns }
    }
}

/// What the loop said last when it gave in.
fn said(orders: &[Order], instance: &InstanceName, facet: FacetId) -> Option<Said> {
    let gave_in = orders.iter().rev().find(|order| {
        order.target == instance.as_str()
            && matches!(order.what, Command::LeaveAlone { facet: of, .. } if of == facet)
    });
    gave_in.and_then(|order| order.reason.clone())
}

/// How long each difference of one facet lasted that ended, and how often it came back to whom.
fn walked<'a>(turns: &[&'a Turned]) -> (Vec<u64>, Vec<(&'a InstanceName, usize)>) {
    let differs = |verdict: Option<&Verdict>| verdict.is_some_and(Verdict::is_drifted);
    let mut began: BTreeMap<&InstanceName, Timestamp> = BTreeMap::new();
    let mut times: BTreeMap<&InstanceName, usize> = BTreeMap::new();
    let mut took = Vec::new();
    // The oldest first.
    for turn in turns.iter().rev() {
        if differs(turn.to.as_ref()) {
            if turn.from.is_none() {
                *times.entry(&turn.instance).or_default() += 1;
            }
            began.entry(&turn.instance).or_insert(turn.at);
        } else if turn.to.is_none()
            && let Some(since) = began.remove(&turn.instance)
        {
            took.push(u64::try_from(turn.at.duration_since(since).as_secs()).unwrap_or(0));
        }
    }
    let again = times.into_iter().filter(|(_, times)| *times > AGAIN);
    (took, again.collect())
}

fn healed(seconds: &mut [u64]) -> Option<Healed> {
    seconds.sort_unstable();
    let last = seconds.len().checked_sub(1)?;
    let at = |share: usize| seconds.get((last * share).div_ceil(10)).copied();
    Some(Healed { times: seconds.len(), median: at(5)?, nine_in_ten: at(9)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_mended_is_timed_and_what_comes_back_is_told_with_what_the_loop_made_of_it() {
        let off = || Some(Verdict::drifted(Said::quoted("off"), Said::quoted("on")));
        let turned = |minute: i64, facet, from, to| Turned {
            at: Timestamp::from_second(1_764_000_000 + minute * 60).unwrap(),
            instance: InstanceName::new("web-01"),
            facet,
            from,
            to,
        };
        let mut turns = Vec::new();
        for (began, lasted) in [(0, 1), (10, 2), (20, 30)] {
            turns.push(turned(began, FacetId::Nla, None, off()));
            turns.push(turned(began + lasted, FacetId::Nla, off(), None));
        }
        turns.push(turned(60, FacetId::Tls, None, off()));
        turns.reverse();
        let standing = [turned(60, FacetId::Tls, None, off())];
        let now = Timestamp::from_second(1_764_000_000 + 120 * 60).unwrap();
        let order = Order {
            at: now,
            by: "the loop".to_owned(),
            target: "web-01".to_owned(),
            what: Command::LeaveAlone {
                facet: FacetId::Nla,
                until: Timestamp::from_second(1_764_100_000).unwrap(),
            },
            reason: Some(Said::quoted("it came back 3 times, ana (console)")),
        };
        let history = History::of(&standing, &turns, &[order], now);
        assert_eq!(history.healed, Some(Healed { times: 3, median: 120, nine_in_ten: 1_800 }));
        let facets: Vec<FacetId> = history.facets.iter().map(|one| one.facet).collect();
        assert_eq!(facets, [FacetId::Tls, FacetId::Nla]);
        assert!(history.facets.iter().all(|one| one.days.len() == history.days.len()));
        assert_eq!(history.facets[0].healed, None, "it still differs");
        let [back] = history.returns.as_slice() else { panic!("{:?}", history.returns) };
        assert_eq!((back.facet, back.times), (FacetId::Nla, 3));
        let reason = back.reason.as_ref().and_then(Said::quote).unwrap();
        assert!(back.left_alone.is_some() && reason.contains("ana"), "{back:?}");
        assert_eq!(History::of(&[], &[], &[], now).days.len(), 1, "today alone");
    }
}
