//! How each machine of a run stands, and how long what is left may take by what was seen of this very run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rdpctl_model::outcome::StepEvent;
use rdpctl_model::{InstanceName, StepNumber};
use serde::Serialize;

use super::detail::Past;

/// How a machine stands in a run, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stands {
    /// Something failed.
    Failed,
    /// Something was not done, because of another or because somebody stopped the run.
    Skipped,
    /// It was begun.
    Begun,
    /// It was not begun.
    Left,
    /// All is done.
    Done,
}

/// A machine of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Machine {
    /// Which.
    pub name: InstanceName,
    /// How it stands.
    pub stands: Stands,
}

/// What the journal says of one machine.
#[derive(Default)]
struct Told {
    first: Option<Timestamp>,
    failed: bool,
    skipped: bool,
    open: usize,
    done: usize,
}

impl Past {
    /// Its machines, in the order in which they were begun; then those that were not.
    #[must_use]
    pub fn machines(&self) -> Vec<Machine> {
        machines(self)
    }

    /// In about how many seconds a run that goes on is through, by how long those of its machines took that are: none
    /// before a few are.
    #[must_use]
    pub fn left_seconds(&self, machines: &[Machine]) -> Option<u64> {
        const FEW: usize = 3;
        let is_open = |one: &&Machine| matches!(one.stands, Stands::Begun | Stands::Left);
        let open = machines.iter().filter(is_open).count();
        let through = machines.len() - open;
        if self.record.ended.is_some() || through < FEW || open == 0 {
            return None;
        }
        let (first, last) = (self.journal.first()?.at, self.journal.last()?.at);
        let took = u64::try_from(last.duration_since(first).as_secs()).ok()?;
        Some(took.saturating_mul(open as u64).div_ceil(through as u64))
    }
}

fn machines(past: &Past) -> Vec<Machine> {
    let mut last: BTreeMap<(&InstanceName, &StepNumber), &StepEvent> = BTreeMap::new();
    let mut told: BTreeMap<&InstanceName, Told> = BTreeMap::new();
    // An object that several machines share is nobody's own.
    let mut shared: BTreeSet<&StepNumber> = BTreeSet::new();
    for entry in &past.journal {
        let Some(name) = entry.subject.instance() else {
            shared.insert(&entry.step);
            continue;
        };
        told.entry(name).or_default().first.get_or_insert(entry.at);
        last.insert((name, &entry.step), &entry.event);
    }
    for ((name, _), event) in last {
        let told = told.entry(name).or_default();
        match event {
            StepEvent::Failed { .. } => told.failed = true,
            StepEvent::Skipped { .. } => told.skipped = true,
            StepEvent::Intent { .. } => told.open += 1,
            StepEvent::Done { .. } => told.done += 1,
        }
    }
    let mut wanted: BTreeMap<&InstanceName, usize> = BTreeMap::new();
    for step in past.plan.steps.iter().filter(|step| step.held.is_none()) {
        let Some(group) = past.plan.groups.get(step.group) else { continue };
        let more = usize::from(!shared.contains(&step.number));
        for member in &group.members {
            *wanted.entry(&member.name).or_default() += more;
        }
    }
    for repair in &past.plan.repairs {
        *wanted.entry(&repair.instance).or_default() += repair.steps.len();
    }
    for name in told.keys() {
        wanted.entry(*name).or_default();
    }
    let mut all: Vec<(Option<Timestamp>, Machine)> = wanted
        .into_iter()
        .map(|(name, steps)| {
            let told = told.get(name);
            let stands = told.map_or(Stands::Left, |told| stands(told, steps));
            (told.and_then(|told| told.first), Machine { name: name.clone(), stands })
        })
        .collect();
    all.sort_by_key(|(first, _)| (first.is_none(), *first));
    all.into_iter().map(|(_, machine)| machine).collect()
}

const fn stands(told: &Told, steps: usize) -> Stands {
    if told.failed {
        Stands::Failed
    } else if told.skipped {
        Stands::Skipped
    } else if told.open > 0 || told.done < steps {
        Stands::Begun
    } else {
        Stands::Done
    }
}
