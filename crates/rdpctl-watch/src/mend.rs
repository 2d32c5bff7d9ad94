//! Mending by itself: who is mended when, in runs of their own that hold the run lease, and who is left alone.
//!
//! What a run is allowed is what the guards allow; what they ask stays for a person. People's runs go first: where
//! somebody else holds the lease, nothing is begun.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::store::Holding;
use rdpctl_engine::assess::Pattern;
use rdpctl_engine::{Disruption, Filter, RunReport};
use rdpctl_model::chronicle::Turned;
use rdpctl_model::plan::Held;
use rdpctl_model::step::Guarded;
use rdpctl_model::{FacetId, InstanceName, Plan, Said};
use tokio::time::Instant;

use crate::event::{Event, Turn};
use crate::leave::Leave;
use crate::voice::Voice;

/// Instances that one run takes on; the rest is the next one's.
const MOST: usize = 500;
/// What came back so often within a day is somebody's, and left alone for a day.
pub(crate) const COMES_BACK: usize = 3;
pub(crate) const DAY: Duration = Duration::from_hours(24);
/// The first pause after a run that did not mend an instance, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_hours(1));
/// Pause after somebody else was found to change things.
const BUSY: Duration = Duration::from_secs(2);

/// A part of an instance that is mended.
pub(crate) type Part = (InstanceName, FacetId);

/// Who is mended, and who is left alone.
#[derive(Default)]
pub(crate) struct Mender {
    /// Who was not mended by how many runs on end, and until when it is left alone.
    failed: HashMap<InstanceName, (u32, Instant)>,
    /// When the loop mended what.
    mended: HashMap<Part, Instant>,
    /// What is left alone, and until when.
    damped: BTreeMap<Part, Instant>,
    /// Whom the last run was to mend.
    last: BTreeSet<InstanceName>,
    /// Whose remains were seen to, and when: what stays for its reasons is tried once a day.
    tidied: HashMap<InstanceName, Instant>,
    asks: BTreeMap<Guarded, usize>,
    /// Before that no run is begun.
    not_before: Option<Instant>,
    busy_with: Option<Holding>,
    pub(crate) disruption: Disruption,
}

/// What one run is about.
pub(crate) struct Job {
    pub(crate) scope: Filter,
    pub(crate) names: BTreeSet<InstanceName>,
    /// What a person allowed for it, where one did.
    pub(crate) leave: Option<Leave>,
}

/// What came of it.
pub(crate) enum Outcome {
    /// It ran.
    Ran(Box<RunReport>, Box<Plan>),
    /// There was nothing to do any more.
    Idle,
    /// Somebody else changes things.
    Busy(Box<Holding>),
    /// It could not be conducted.
    Failed(Said),
}

impl Outcome {
    /// That it could not be conducted, by what an error says of itself.
    pub(crate) fn failed(error: &impl std::error::Error) -> Self {
        Self::Failed(Said::quoted(error.to_string()))
    }
}

impl Mender {
    /// Says what the guards ask a person about, where that is not what it was.
    pub(crate) fn asks(&mut self, plan: &Plan, voice: &Voice) {
        let mut asks: BTreeMap<Guarded, BTreeSet<&InstanceName>> = BTreeMap::new();
        for planned in &plan.steps {
            if let (Some(Held::Asks { guards }), Some(group)) =
                (&planned.held, plan.groups.get(planned.group))
            {
                for guard in guards {
                    asks.entry(*guard)
                        .or_default()
                        .extend(group.members.iter().map(|one| &one.name));
                }
            }
        }
        let asks: BTreeMap<Guarded, usize> =
            asks.into_iter().map(|(guard, names)| (guard, names.len())).collect();
        if asks != self.asks {
            self.asks.clone_from(&asks);
            voice.tell(Event::Asks { guards: asks });
        }
    }

    /// Whether a run may be begun now: not where somebody else was just found to change things.
    pub(crate) fn may_begin(&self) -> bool {
        self.not_before.is_none_or(|at| Instant::now() >= at)
    }

    /// How many are left alone for a while, because the last run did not mend them.
    pub(crate) fn backing_off(&self) -> usize {
        let now = Instant::now();
        self.failed.values().filter(|(_, until)| now < *until).count()
    }

    /// What there is to do now, if anything: what differs, and what earlier runs left in those that are `due`. Nobody is
    /// meant of whom `is_left_alone` says so, and nothing that was `accepted`.
    pub(crate) fn job(
        &mut self,
        plan: &Plan,
        due: BTreeSet<InstanceName>,
        accepted: &BTreeSet<Part>,
        is_left_alone: impl Fn(&InstanceName) -> bool,
    ) -> Option<Job> {
        let now = Instant::now();
        if self.not_before.is_some_and(|at| now < at) {
            return None;
        }
        self.damped.retain(|_, until| now < *until);
        let mut names = BTreeSet::new();
        for (_, planned) in plan.changes() {
            if !planned.step.action.traits().through.changes() {
                continue;
            }
            let Some(group) = plan.groups.get(planned.group) else { continue };
            for member in &group.members {
                let part = (member.name.clone(), planned.step.facet);
                let waits = self.failed.get(&member.name).is_some_and(|(_, until)| now < *until);
                if names.len() < MOST
                    && !waits
                    && !self.damped.contains_key(&part)
                    && !accepted.contains(&part)
                    && !is_left_alone(&member.name)
                {
                    names.insert(part.0);
                }
            }
        }
        self.last.clone_from(&names);
        self.tidied.retain(|_, at| now.duration_since(*at) < DAY);
        for name in due {
            if names.len() < MOST && !is_left_alone(&name) && !self.tidied.contains_key(&name) {
                self.tidied.insert(name.clone(), now);
                names.insert(name);
            }
        }
        if names.is_empty() {
            return None;
        }
        let apart = self.damped.keys().chain(accepted).filter(|(name, _)| names.contains(name));
        let except: Vec<Pattern> =
            apart.filter_map(|(name, facet)| format!("{name}/{facet}").parse().ok()).collect();
        Some(Job { scope: Filter { except, ..Filter::of(&names) }, names, leave: None })
    }

    /// The first of these for which there is room now, without those of whom `is_left_alone` says so.
    pub(crate) fn allowed(
        &mut self,
        jobs: Vec<Job>,
        accepted: &BTreeSet<Part>,
        is_left_alone: impl Fn(&InstanceName) -> bool,
    ) -> Option<Job> {
        let now = Instant::now();
        if self.not_before.is_some_and(|at| now < at) {
            return None;
        }
        let mut jobs = jobs.into_iter().map(|mut job| {
            job.names.retain(|name| !is_left_alone(name));
            let apart = accepted.iter().filter(|(name, _)| job.names.contains(name));
            let except =
                apart.filter_map(|(name, facet)| format!("{name}/{facet}").parse().ok()).collect();
            job.scope = Filter { except, ..Filter::of(&job.names) };
            job
        });
        let job = jobs.find(|job| !job.names.is_empty())?;
        self.last.clone_from(&job.names);
        Some(job)
    }

    /// Takes what came of a run.
    pub(crate) fn ended(
        &mut self,
        names: &BTreeSet<InstanceName>,
        outcome: Outcome,
        voice: &Voice,
    ) {
        let now = Instant::now();
        match outcome {
            Outcome::Busy(holding) => {
                self.not_before = Some(now + BUSY);
                if self.busy_with.as_ref().map(|it| &it.token) != Some(&holding.token) {
                    self.busy_with = Some(Holding::clone(&holding));
                    voice.tell(Event::Busy { holding });
                }
            }
            Outcome::Failed(why) => {
                self.set_back(names.iter(), now);
                voice.tell(Event::NotMended { why });
            }
            Outcome::Idle => {
                // Whom nothing was to be mended of did not fail to be.
                let names: Vec<_> = names.intersection(&self.last).cloned().collect();
                self.set_back(names.iter(), now);
            }
            Outcome::Ran(report, after) => {
                let left =
                    after.changes().filter_map(|(_, planned)| after.groups.get(planned.group));
                let left: BTreeSet<&InstanceName> =
                    left.flat_map(|group| &group.members).map(|member| &member.name).collect();
                let failed = report.failed.iter().map(|failed| &failed.subject);
                let failed: BTreeSet<&InstanceName> = failed.chain(left).collect();
                self.set_back(names.iter().filter(|name| failed.contains(name)), now);
                for name in names.iter().filter(|name| !failed.contains(name)) {
                    self.failed.remove(name);
                }
                voice.tell(Event::Mended {
                    run: report.run,
                    end: report.end,
                    done: report.done,
                    failed: report.machines_failed,
                    head: report.head.clone(),
                });
            }
        }
    }

    fn set_back<'a>(&mut self, names: impl Iterator<Item = &'a InstanceName>, now: Instant) {
        let (first, longest) = PAUSE;
        for name in names {
            let (failures, until) = self.failed.entry(name.clone()).or_insert((0, now));
            let pause = first.saturating_mul(2_u32.saturating_pow(*failures)).min(longest);
            *failures += 1;
            *until = now + pause;
        }
    }

    /// Takes note of what turned: what the loop mended. Says what of it came back.
    pub(crate) fn came_back(&mut self, turn: &Turn) -> Vec<Part> {
        let now = Instant::now();
        let mut back = Vec::new();
        let is_drift = |verdict: Option<&rdpctl_model::Verdict>| {
            verdict.is_some_and(rdpctl_model::Verdict::is_drifted)
        };
        for facet in &turn.facets {
            let part = (turn.instance.clone(), *facet);
            if turn.to.is_none() && is_drift(turn.from.as_ref()) && self.last.contains(&part.0) {
                self.mended.insert(part, now);
            } else if is_drift(turn.to.as_ref())
                && turn.follows_from.is_none()
                && self.mended.remove(&part).is_some_and(|at| now.duration_since(at) < DAY)
            {
                back.push(part);
            }
        }
        back
    }

    /// Leaves something alone for so long.
    pub(crate) fn leave_alone(&mut self, part: Part, span: Duration) {
        self.damped.insert(part, Instant::now() + span);
    }

    /// A person has seen to it: nothing of these is left alone any longer.
    pub(crate) fn forgive(&mut self, is_meant: impl Fn(&InstanceName) -> bool) {
        self.failed.retain(|name, _| !is_meant(name));
        self.damped.retain(|(name, _), _| !is_meant(name));
    }
}

/// How often something came back within a day after it was as declared, by its turns, newest first. They are kept, so that a
/// loop that was started anew meanwhile counts on.
pub(crate) fn returns(turns: &[Turned], now: Timestamp) -> usize {
    let lately = turns.iter().take_while(|turn| now.duration_since(turn.at).unsigned_abs() < DAY);
    let lately: Vec<&Turned> = lately.collect();
    let came_back = |pair: &&[&Turned]| match pair {
        [newer, older] => {
            older.to.is_none() && newer.to.as_ref().is_some_and(rdpctl_model::Verdict::is_drifted)
        }
        _ => false,
    };
    lately.windows(2).filter(came_back).count()
}

#[cfg(test)]
mod tests {
    use rdpctl_model::Verdict;

    use super::*;

    fn off() -> Verdict {
        Verdict::drifted(Said::quoted("off"), Said::quoted("on"))
    }

    /// Newest first: off and on again, every so many hours.
    fn fought(hours: i64, times: i64) -> Vec<Turned> {
        let turn = |at, from, to| Turned {
            at: Timestamp::from_second(at * 1_800 * hours).expect("a time"),
            instance: InstanceName::new("web-01"),
            facet: FacetId::Nla,
            from,
            to,
        };
        let round =
            |time: i64| [turn(2 * time, None, Some(off())), turn(2 * time + 1, Some(off()), None)];
        let mut turns: Vec<Turned> = (0..times).flat_map(round).collect();
        turns.push(turn(2 * times, None, Some(off())));
        turns.reverse();
        turns
    }

    #[test]
    fn what_came_back_within_a_day_is_counted_by_what_is_kept() {
        let count = |turns: &[Turned]| returns(turns, turns[0].at);
        assert_eq!(count(&fought(1, 3)), COMES_BACK);
        assert_eq!(count(&fought(1, 0)), 0, "what only appeared did not come back");
        assert_eq!(count(&fought(72, 5)), 0, "what comes back days later is nobody's fight");
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_the_loop_mended_can_come_back_and_a_person_ends_that_it_is_left_alone() {
        let turn = |to: Option<Verdict>, from: Option<Verdict>| Turn {
            at: Timestamp::UNIX_EPOCH,
            instance: InstanceName::new("web-01"),
            facets: vec![FacetId::Nla],
            follows_from: None,
            from,
            to,
            since: None,
            accepted: None,
        };
        let mut mender = Mender::default();
        mender.came_back(&turn(None, Some(off())));
        assert_eq!(mender.came_back(&turn(Some(off()), None)), [], "somebody else mended it");
        mender.last = [InstanceName::new("web-01")].into();
        mender.came_back(&turn(None, Some(off())));
        let back = mender.came_back(&turn(Some(off()), None));
        assert_eq!(back, [(InstanceName::new("web-01"), FacetId::Nla)]);
        mender.leave_alone(back[0].clone(), DAY);
        assert_eq!(mender.damped.len(), 1);
        mender.forgive(|name| name.as_str() == "web-01");
        assert!(mender.damped.is_empty());
    }
}
