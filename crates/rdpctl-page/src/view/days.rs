//! How each of the last days was at its worst: from what stands now backwards over what turned.

use std::collections::{BTreeMap, HashMap};

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rdpctl_model::chronicle::Turned;
use rdpctl_model::{FacetId, InstanceName, Verdict};

use super::health::Day;

/// Days that are shown.
const DAYS: i64 = 14;

/// How an instance stood by its facets: how many of them differed, and how many were unknown.
#[derive(Clone, Default)]
struct Stood(BTreeMap<FacetId, Wrong>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Differs,
    Unknown,
}

fn wrong(verdict: Option<&Verdict>) -> Option<Wrong> {
    match verdict? {
        Verdict::Drifted { .. } | Verdict::Blocked { .. } => Some(Wrong::Differs),
        Verdict::Unknown { .. } => Some(Wrong::Unknown),
        Verdict::Healthy { .. } | Verdict::NotApplicable { .. } => None,
    }
}

impl Stood {
    fn at_worst(&self) -> Option<Wrong> {
        if self.0.values().any(|wrong| *wrong == Wrong::Differs) {
            Some(Wrong::Differs)
        } else {
            (!self.0.is_empty()).then_some(Wrong::Unknown)
        }
    }
}

/// All of them, with how many stood how.
#[derive(Default)]
struct All<'a> {
    of: HashMap<&'a InstanceName, Stood>,
    differ: usize,
    unknown: usize,
}

impl<'a> All<'a> {
    fn set(&mut self, name: &'a InstanceName, facet: FacetId, to: Option<Wrong>) {
        let stood = self.of.entry(name).or_default();
        let was = stood.at_worst();
        match to {
            Some(wrong) => stood.0.insert(facet, wrong),
            None => stood.0.remove(&facet),
        };
        let is = stood.at_worst();
        for (worst, more) in [(was, false), (is, true)] {
            let number = match worst {
                Some(Wrong::Differs) => &mut self.differ,
                Some(Wrong::Unknown) => &mut self.unknown,
                None => continue,
            };
            *number = if more { *number + 1 } else { number.saturating_sub(1) };
        }
    }

    fn worst(&self, day: &mut Day) {
        if self.differ + self.unknown > day.differ + day.unknown {
            (day.differ, day.unknown) = (self.differ, self.unknown);
        }
    }
}

/// The last days, the oldest first, as far back as anything is known to have turned. What stands now comes as the last
/// turn of each; what turned comes newest first. So many days are shown at least, where others are known to have turned
/// then.
pub(super) fn days<'a>(
    standing: impl IntoIterator<Item = &'a Turned>,
    turns: impl IntoIterator<Item = &'a Turned>,
    today: Date,
    at_least: usize,
) -> Vec<Day> {
    let mut all = All::default();
    for turn in standing {
        all.set(&turn.instance, turn.facet, wrong(turn.to.as_ref()));
    }
    let mut days = Vec::new();
    let mut turns = turns.into_iter().peekable();
    for back in 0..DAYS {
        let Ok(date) = today.checked_sub(back.days()) else { break };
        let mut day = Day { day: date, differ: 0, unknown: 0 };
        all.worst(&mut day);
        while let Some(turn) = turns.next_if(|turn| turn.at.to_zoned(TimeZone::UTC).date() >= date)
        {
            all.set(&turn.instance, turn.facet, wrong(turn.from.as_ref()));
            all.worst(&mut day);
        }
        days.push(day);
        // Before what is known to have turned first nobody can say how it was.
        if turns.peek().is_none() && days.len() >= at_least {
            break;
        }
    }
    days.reverse();
    days
}

#[cfg(test)]
mod tests {
    use rdpctl_model::{Gap, Said};

    use super::*;

    fn turned(at: &str, name: &str, from: Option<Verdict>, to: Option<Verdict>) -> Turned {
        Turned {
            at: at.parse().unwrap(),
            instance: InstanceName::new(name),
            facet: FacetId::Nla,
            from,
            to,
        }
    }

    #[test]
    fn each_day_is_shown_at_its_worst_and_none_before_anything_was_known() {
        let off = || Some(Verdict::drifted(Said::quoted("off"), Said::quoted("on")));
        let dim = || Some(Verdict::Unknown { gap: Gap::NotSurveyed });
        let mut turns = vec![
            turned("2026-11-24T10:00:00Z", "web-01", None, off()),
            turned("2026-11-24T10:00:00Z", "web-02", None, dim()),
            // A short outage between two quiet evenings is seen.
            turned("2026-11-25T12:00:00Z", "web-03", None, off()),
            turned("2026-11-25T12:05:00Z", "web-03", off(), None),
            turned("2026-11-27T08:00:00Z", "web-01", off(), None),
        ];
        turns.reverse();
        let standing = [turned("2026-11-24T10:00:00Z", "web-02", None, dim())];
        let shown: Vec<(String, usize, usize)> =
            days(&standing, &turns, "2026-11-27".parse().unwrap(), 0)
                .into_iter()
                .map(|day| (day.day.to_string(), day.differ, day.unknown))
                .collect();
        let day = |day: &str, differ, unknown| (day.to_owned(), differ, unknown);
        assert_eq!(
            shown,
            [
                day("2026-11-24", 1, 1),
                day("2026-11-25", 2, 1),
                day("2026-11-26", 1, 1),
                day("2026-11-27", 1, 1),
            ]
        );
        assert_eq!(days(&[], &[], "2026-11-27".parse().unwrap(), 0).len(), 1, "today alone");
    }
}
