//! What turned since a moment, by whatever it is put together: how many began to differ, were as declared again, are not
//! known any more, or did one and the other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use rdpctl_model::chronicle::Turned;
use rdpctl_model::{FacetId, InstanceName, Verdict};
use serde::Serialize;

/// Instances by what became of something of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Turnings {
    /// It differs, and did not.
    pub began: usize,
    /// It is as declared again.
    pub over: usize,
    /// It is not known any more.
    pub unknown: usize,
    /// It turned, and is as it was.
    pub passed: usize,
}

impl Turnings {
    /// Of what turned after a moment, newest first, by whatever it is put together.
    #[must_use]
    pub fn of<'a, K: Ord>(
        turns: &'a [Turned],
        after: Timestamp,
        by: impl Fn(&'a InstanceName, FacetId) -> K,
    ) -> BTreeMap<K, Self> {
        let mut of: HashMap<(&InstanceName, FacetId), (Stood, Stood)> = HashMap::new();
        for turn in turns.iter().take_while(|turn| turn.at > after) {
            let from = stood(turn.from.as_ref());
            of.entry((&turn.instance, turn.facet))
                .and_modify(|(first, _)| *first = from)
                .or_insert_with(|| (from, stood(turn.to.as_ref())));
        }
        let mut who: BTreeMap<K, [BTreeSet<&InstanceName>; 4]> = BTreeMap::new();
        for ((name, facet), (from, to)) in of {
            let place = match (from == to, to) {
                (true, _) => 3,
                (false, Stood::Differs) => 0,
                (false, Stood::Well) => 1,
                (false, Stood::Unknown) => 2,
            };
            who.entry(by(name, facet)).or_default()[place].insert(name);
        }
        who.into_iter()
            .map(|(key, who)| {
                let [began, over, unknown, passed] = who.map(|names| names.len());
                (key, Self { began, over, unknown, passed })
            })
            .collect()
    }

    /// All of them; whoever is in two of them is counted twice.
    #[must_use]
    pub const fn all(&self) -> usize {
        self.began + self.over + self.unknown + self.passed
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stood {
    Well,
    Differs,
    Unknown,
}

const fn stood(verdict: Option<&Verdict>) -> Stood {
    match verdict {
        None | Some(Verdict::Healthy { .. } | Verdict::NotApplicable { .. }) => Stood::Well,
        Some(Verdict::Drifted { .. } | Verdict::Blocked { .. }) => Stood::Differs,
        Some(Verdict::Unknown { .. }) => Stood::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_model::Said;

    use super::*;

    #[test]
    fn what_turned_is_counted_by_what_became_of_it_and_nothing_from_before() {
        let off = || Some(Verdict::drifted(Said::quoted("off"), Said::quoted("on")));
        let at = |minute: i64| Timestamp::from_second(1_764_000_000 + minute * 60).unwrap();
        let turned = |minute: i64, name: &str, facet, from, to| Turned {
            at: at(minute),
            instance: InstanceName::new(name),
            facet,
            from,
            to,
        };
        // Newest first.
        let turns = [
            turned(9, "a", FacetId::Nla, None, off()),
            turned(8, "b", FacetId::Nla, off(), None),
            turned(7, "c", FacetId::Tls, off(), None),
            turned(6, "c", FacetId::Tls, None, off()),
            turned(1, "b", FacetId::Nla, None, off()),
        ];
        let all = Turnings::of(&turns, at(5), |_, _| ());
        assert_eq!(all[&()], Turnings { began: 1, over: 1, unknown: 0, passed: 1 });
        let by_facet = Turnings::of(&turns, at(5), |_, facet| facet);
        assert_eq!(by_facet[&FacetId::Tls], Turnings { passed: 1, ..Turnings::default() });
        let longer = Turnings::of(&turns, at(0), |name, _| name);
        let b = &longer[&InstanceName::new("b")];
        assert_eq!((b.over, b.passed), (0, 1), "it came and went");
        assert!(Turnings::of(&turns, at(9), |_, _| ()).is_empty());
    }
}
