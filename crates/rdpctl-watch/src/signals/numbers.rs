//! The numbers themselves. None is kept by instance: a fleet of a hundred thousand would drown whoever collects them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::outcome::{CreatedKind, RunEnd};
use rdpctl_model::step::Guarded;
use rdpctl_model::{FacetId, ProviderName, Said, Verdict};
use tokio::time::Instant;

use crate::event::Event;

/// The upper ends of the parts of a histogram, in seconds.
pub(crate) const ENDS: [f64; 10] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 30.0, 90.0, 300.0];

/// A loop that did nothing for so long stands still.
const STILL: Duration = Duration::from_mins(1);

/// Durations, by how many were at most so long.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    pub(crate) counts: [u64; ENDS.len()],
    pub(crate) count: u64,
    pub(crate) sum: f64,
}

impl Histogram {
    pub(crate) fn add(&mut self, seconds: f64) {
        for (count, end) in self.counts.iter_mut().zip(ENDS) {
            *count += u64::from(seconds <= end);
        }
        self.count += 1;
        self.sum += seconds;
    }
}

/// What this process is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has only begun.
    #[default]
    Starting,
    /// Another process leads.
    StandingBy,
    /// It leads, and has not yet looked at everything.
    Looking,
    /// It leads, and has looked at everything.
    Watching,
}

/// An answer to a question after the loop's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// All is well.
    Well,
    /// It is not, and why.
    Not(&'static str),
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// A cloud as a whole.
    Cloud,
    /// Machines.
    Machines,
}

impl What {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Machines => "machines",
        }
    }
}

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Looked {
    /// It brought something.
    Success,
    /// The cloud did not answer to the end.
    Silent,
    /// It took too long, broke down, or could not be remembered.
    Error,
}

impl Looked {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Silent => "silent",
            Self::Error => "error",
        }
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) phase: Phase,
    /// When the loop last did anything.
    pub(crate) beat: Option<Instant>,
    pub(crate) instances: usize,
    pub(crate) as_declared: usize,
    /// Facets that differ, by what is concluded of them.
    pub(crate) findings: BTreeMap<(FacetId, &'static str), usize>,
    /// Facets that are not as declared and that somebody accepted.
    pub(crate) accepted: BTreeMap<FacetId, usize>,
    pub(crate) turns: BTreeMap<(FacetId, &'static str), u64>,
    pub(crate) looks: BTreeMap<(ProviderName, What, Looked), u64>,
    pub(crate) look_seconds: BTreeMap<What, Histogram>,
    pub(crate) judge_seconds: Histogram,
    pub(crate) machines: BTreeMap<ProviderName, usize>,
    pub(crate) interval: BTreeMap<ProviderName, Duration>,
    pub(crate) silent: BTreeMap<ProviderName, bool>,
    /// What a silent one said instead.
    pub(crate) errors: BTreeMap<ProviderName, Said>,
    /// When a cloud last answered to the end.
    pub(crate) answered: BTreeMap<ProviderName, Timestamp>,
    /// When a cloud is asked next.
    pub(crate) next_look: BTreeMap<ProviderName, Timestamp>,
    /// How much of a vendor's quota looking takes, where anybody counts.
    pub(crate) of_quota: BTreeMap<ProviderName, f64>,
    /// Machines that are left alone for a while after a look or a run that came to nothing.
    pub(crate) backing_off: usize,
    pub(crate) waiting: usize,
    /// Since when the one waits who waits longest.
    pub(crate) oldest: Option<Instant>,
    /// Runs of the loop's own, by how they ended.
    pub(crate) runs: BTreeMap<&'static str, u64>,
    /// On how many instances which guard asks a person.
    pub(crate) asks: BTreeMap<Guarded, usize>,
    pub(crate) damped: u64,
    /// What rdpctl made for those who are declared no more, by kind.
    pub(crate) orphaned: BTreeMap<CreatedKind, usize>,
    pub(crate) readings: u64,
    pub(crate) unreadable: u64,
    pub(crate) is_readable: bool,
    pub(crate) commit: Option<String>,
    pub(crate) pulled: Option<i64>,
}

impl Numbers {
    /// Takes what is told.
    pub(crate) fn told(&mut self, event: &Event) {
        match event {
            Event::Waiting(_) | Event::Deposed => self.phase = Phase::StandingBy,
            Event::Leading => self.phase = Phase::Looking,
            Event::Ready { .. } => self.phase = Phase::Watching,
            Event::Read { revision, .. } => {
                self.readings += 1;
                self.is_readable = true;
                self.commit.clone_from(&revision.commit);
                self.pulled = revision.pulled.map(Timestamp::as_second);
            }
            Event::Unreadable { .. } | Event::HeldBack { .. } => {
                self.unreadable += 1;
                self.is_readable = false;
            }
            Event::Paced { provider, every, machines, of_quota } => {
                match of_quota {
                    Some(share) => self.of_quota.insert(provider.clone(), *share),
                    None => self.of_quota.remove(provider),
                };
                self.machines.insert(provider.clone(), *machines);
                self.interval.insert(provider.clone(), *every);
            }
            Event::Silent { provider, error, .. } => {
                self.silent.insert(provider.clone(), true);
                self.errors.insert(provider.clone(), error.said());
            }
            Event::Answers { provider } => {
                self.errors.remove(provider);
                self.silent.insert(provider.clone(), false);
            }
            Event::Turned(turn) if turn.accepted.is_some() => {}
            Event::Turned(turn) => {
                for facet in &turn.facets {
                    let to = turn.to.as_ref().map_or("healthy", kind);
                    *self.turns.entry((*facet, to)).or_default() += 1;
                }
            }
            Event::Mended { end, .. } => {
                let end = match end {
                    RunEnd::Done => "done",
                    RunEnd::Partial => "partial",
                    RunEnd::Interrupted => "interrupted",
                };
                *self.runs.entry(end).or_default() += 1;
            }
            Event::NotMended { .. } => *self.runs.entry("error").or_default() += 1,
            Event::Asks { guards } => self.asks.clone_from(guards),
            Event::Damped { .. } => self.damped += 1,
            Event::Orphaned { made } => {
                self.orphaned.clear();
                for one in made {
                    *self.orphaned.entry(one.created.kind).or_default() += 1;
                }
            }
            Event::Forgetful { .. }
            | Event::Remembers
            | Event::OnlyLooks { .. }
            | Event::Busy { .. }
            | Event::Removed(_)
            | Event::GaveBack(_)
            | Event::InHands { .. }
            | Event::Told(_)
            | Event::Run(_) => {}
        }
    }

    pub(super) fn lives(&self, now: Instant) -> Health {
        let leads = matches!(self.phase, Phase::Looking | Phase::Watching);
        let still = self.beat.is_some_and(|beat| now.duration_since(beat) > STILL);
        if leads && still { Health::Not("the loop stands still") } else { Health::Well }
    }
}

/// A verdict's name as a label.
pub(crate) const fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy { .. } => "healthy",
        Verdict::Drifted { .. } => "drifted",
        Verdict::Unknown { .. } => "unknown",
        Verdict::Blocked { .. } => "blocked",
        Verdict::NotApplicable { .. } => "not-applicable",
    }
}
