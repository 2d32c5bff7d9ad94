//! What was promised, held against what the world was done and what the loop told.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rdpctl_watch::Event;
use serde::Deserialize;

use super::trouble::{MACHINES, Struck, Trouble};

/// How far two troubles of one machine are apart, so that each can be told by itself.
pub(super) const APART: SignedDuration = SignedDuration::from_hours(3);
/// Until when whatever the loop may mend is mended, whatever else went wrong meanwhile.
pub(super) const HEALED: SignedDuration = SignedDuration::from_hours(3);
/// What the cloud says is asked for every minute, and reported at most so much later.
const OF_THE_CLOUD: SignedDuration = SignedDuration::from_secs(65);
/// A guest is asked every 15 minutes, give or take a tenth, and answers within a minute.
const OF_A_GUEST: SignedDuration = SignedDuration::from_secs(15 * 60 * 11 / 10 + 60);
/// What costs money at this vendor, or may.
const SPENDS: [&str; 5] = [
    "AllocateAddresses",
    "ModifyAddressesBandwidth",
    "ResetInstancesInternetMaxBandwidth",
    "CreateSnapshot",
    "TransformAddress",
];

/// What is told, and when.
pub(super) type Told = (Timestamp, Event);

/// Something that was done to the world, by its own record.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Deed {
    at: Timestamp,
    what: String,
    on: Vec<String>,
    outcome: String,
}

/// Everything that happened.
pub(super) struct Account {
    pub(super) struck: Vec<Struck>,
    pub(super) told: Vec<Told>,
    pub(super) deeds: Vec<Deed>,
    pub(super) wrong: Vec<String>,
}

/// The machine that a deed was done to: by its name, its id or its group's.
fn machine_of(deed: &Deed) -> Option<&'static str> {
    deed.on.iter().find_map(|id| {
        let number = id.rsplit_once("endur").and_then(|(_, number)| number.parse::<usize>().ok());
        let by_name = || MACHINES.into_iter().find(|name| *name == id);
        number.and_then(|number| MACHINES.get(number).copied()).or_else(by_name)
    })
}

impl Account {
    pub(super) fn summary(&self) -> String {
        let turned = self.told.iter().filter(|(_, event)| matches!(event, Event::Turned(_)));
        format!(
            "{} troubles, {} turns told, {} deeds",
            self.struck.len(),
            turned.count(),
            self.deeds.len()
        )
    }

    /// All that breaks a promise.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut wrong = self.wrong.clone();
        wrong.extend(self.unreported());
        wrong.extend(self.unhealed());
        wrong.extend(self.spent());
        wrong.extend(self.twice());
        wrong.extend(self.complaints());
        wrong
    }

    /// The end of what else was wrong when something happened: a cloud or an agent that did not answer, a loop that was not
    /// there, each with the time that it takes to be asked again.
    fn clear_from(&self, one: &Struck, facet_of_the_cloud: bool) -> Timestamp {
        let mut from = one.at;
        for other in &self.struck {
            let concerns = match other.trouble {
                Trouble::CloudDown | Trouble::CloudStumbles | Trouble::Killed | Trouble::Ended => {
                    true
                }
                Trouble::AgentAway => !facet_of_the_cloud && other.machine == one.machine,
                Trouble::Stopped
                | Trouble::Closed
                | Trouble::Denied
                | Trouble::Disabled
                | Trouble::Weak => false,
            };
            let ends = other.at
                + SignedDuration::try_from(other.trouble.lasts()).unwrap()
                + SignedDuration::from_mins(6);
            if concerns && other.at <= from + OF_A_GUEST && ends > from {
                from = from.max(ends);
            }
        }
        from
    }

    /// Drift that nobody told, or too late.
    fn unreported(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for one in &self.struck {
            let (Some(facet), Some(machine)) = (one.trouble.facet(), one.machine) else { continue };
            let is_it = |(at, event): &&Told| {
                let Event::Turned(turn) = event else { return false };
                *at >= one.at
                    && turn.instance.as_str() == machine
                    && turn.facets.contains(&facet)
                    && turn.to.is_some()
            };
            let of_the_cloud = one.trouble.is_of_the_cloud();
            let within = if of_the_cloud { OF_THE_CLOUD } else { OF_A_GUEST };
            let due = self.clear_from(one, of_the_cloud) + within;
            match self.told.iter().find(is_it) {
                Some((at, _)) if *at <= due => {}
                Some((at, _)) => wrong.push(format!("{one:?} was told at {at} only, due {due}")),
                None => wrong.push(format!("{one:?} was never told")),
            }
        }
        wrong
    }

    /// Drift that was not mended.
    fn unhealed(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for one in &self.struck {
            let (Some(facet), Some(machine)) = (one.trouble.facet(), one.machine) else { continue };
            let due = self.clear_from(one, false) + HEALED;
            let is_it = |(at, event): &Told| {
                let Event::Turned(turn) = event else { return false };
                *at >= one.at
                    && *at <= due
                    && turn.instance.as_str() == machine
                    && turn.facets.contains(&facet)
                    && turn.to.is_none()
            };
            if !self.told.iter().any(is_it) {
                wrong.push(format!("{one:?} was not mended by {due}"));
            }
        }
        wrong
    }

    /// Money that the guard forbids.
    fn spent(&self) -> Vec<String> {
        let spends = |deed: &&Deed| SPENDS.contains(&deed.what.as_str());
        self.deeds.iter().filter(spends).map(|deed| format!("it spends: {deed:?}")).collect()
    }

    /// What was done to a machine twice, though nobody had undone it.
    fn twice(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut done: BTreeMap<(&str, &[String], &str), Timestamp> = BTreeMap::new();
        for deed in self.deeds.iter().filter(|deed| is_ours(deed)) {
            // Of a registry the outcome says what it came to: the same again means that it was something else in between.
            let came_to = if deed.what == "registry" { deed.outcome.as_str() } else { "" };
            let key = (deed.what.as_str(), deed.on.as_slice(), came_to);
            let before = done.insert(key, deed.at);
            let Some(before) = before else { continue };
            let undone = self.struck.iter().any(|one| {
                one.at >= before
                    && one.at <= deed.at
                    && one.machine.is_some()
                    && one.machine == machine_of(deed)
            });
            if !undone {
                wrong.push(format!("done at {before}, and again, undone by nobody: {deed:?}"));
            }
        }
        wrong
    }

    /// What the loop itself says went wrong.
    fn complaints(&self) -> Vec<String> {
        let is_complaint = |event: &Event| {
            matches!(
                event,
                Event::Forgetful { .. }
                    | Event::Unreadable { .. }
                    | Event::HeldBack { .. }
                    | Event::OnlyLooks { .. }
            )
        };
        let wrong = self.told.iter().filter(|(_, event)| is_complaint(event));
        wrong.map(|(at, event)| format!("{at}: {event:?}")).collect()
    }
}

/// What was done. That whoever strikes switches off is among it, and is undone by his own striking.
fn is_ours(deed: &Deed) -> bool {
    match deed.what.as_str() {
        // It starts by a call, or again by a restart, which is told by its end.
        "powered-on" => false,
        _ => deed.outcome == "done",
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_model::{FacetId, InstanceName, Said, Verdict};
    use rdpctl_watch::Turn;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn account() -> Account {
        let turned = |minutes: i64, to: Option<Verdict>| {
            let turn = Turn {
                at: at(minutes),
                instance: InstanceName::new(MACHINES[0]),
                facets: vec![FacetId::Power],
                follows_from: None,
                from: None,
                to,
                since: None,
                accepted: None,
            };
            (at(minutes), Event::Turned(Box::new(turn)))
        };
        let drifted = Verdict::healthy(Said::quoted("off"));
        let deed = |minutes, what: &str, on: &str| Deed {
            at: at(minutes),
            what: what.to_owned(),
            on: vec![on.to_owned()],
            outcome: "done".to_owned(),
        };
        Account {
            struck: vec![Struck {
                at: at(60),
                trouble: Trouble::Stopped,
                machine: Some(MACHINES[0]),
            }],
            told: vec![turned(61, Some(drifted)), turned(63, None)],
            deeds: vec![
                deed(10, "StartInstances", "ins-0endur00"),
                deed(62, "StartInstances", "ins-0endur00"),
            ],
            wrong: Vec::new(),
        }
    }

    #[test]
    fn what_was_told_in_time_and_mended_once_is_right() {
        assert_eq!(account().wrong(), Vec::<String>::new());
    }

    #[test]
    fn what_was_told_late_or_never_done_twice_or_paid_for_is_wrong() {
        let mut late = account();
        late.told[0].0 = at(62);
        assert!(late.wrong()[0].contains("was told at"), "{:?}", late.wrong());
        let mut untold = account();
        untold.told.clear();
        assert_eq!(untold.wrong().len(), 2, "{:?}", untold.wrong());
        let mut twice = account();
        twice.deeds[0].at = at(61);
        assert!(twice.wrong()[0].contains("undone by nobody"), "{:?}", twice.wrong());
        let mut paid = account();
        paid.deeds[0].what = "AllocateAddresses".to_owned();
        assert!(paid.wrong()[0].contains("it spends"), "{:?}", paid.wrong());
    }
}
