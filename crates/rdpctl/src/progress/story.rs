//! What has happened so far: which steps run on whom and since when, what is done, what failed. No clock of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use rdpctl_engine::Event;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::{InstanceName, StepNumber};

use super::sights::Sights;
use crate::report::called::Called;
use crate::report::table::short;
use crate::report::words;

/// What runs: a step on some machines.
#[derive(Clone, Debug, Default)]
pub(super) struct Running {
    /// Who is under way, and since when.
    pub(super) under_way: BTreeMap<InstanceName, Duration>,
    /// How many have ended.
    pub(super) ended: usize,
    /// How many of them failed.
    pub(super) failed: usize,
    /// When it began on the first.
    pub(super) since: Duration,
}

/// What has happened so far. Times are counted from its beginning.
#[derive(Debug, Default)]
pub(super) struct Story {
    plan: Option<Plan>,
    called: Called,
    pub(super) running: BTreeMap<StepId, Running>,
    pub(super) done: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    pub(super) surveyed: usize,
    pub(super) looks_at: Option<(String, Duration)>,
    /// What has been seen while it is looked.
    pub(super) sights: Sights,
    /// The run, by the part of its id by which people know it.
    pub(super) run: String,
    /// How often each step began, and on how many in all.
    begun: BTreeMap<StepId, (usize, usize)>,
}

impl Story {
    /// Takes in what happened.
    pub(super) fn note(&mut self, event: &Event, at: Duration) {
        match event {
            Event::Began { plan, run } => {
                self.run = short(run.as_str());
                self.plan = Some(Plan::clone(plan));
                self.called = Called::of(&plan.groups);
                self.looks_at = None;
            }
            // What an observation adds is named, by itself and by what comes after.
            Event::Observed { steps, groups, .. } => {
                self.called.add(groups);
                if let Some(plan) = &mut self.plan {
                    plan.steps.extend_from_slice(steps);
                    plan.groups.extend_from_slice(groups);
                }
            }
            Event::Started { step, subjects } => {
                let (times, on) = self.begun.entry(*step).or_default();
                *times += 1;
                *on += subjects.len();
                let running = self
                    .running
                    .entry(*step)
                    .or_insert_with(|| Running { since: at, ..Running::default() });
                running.under_way.extend(subjects.iter().map(|subject| (subject.clone(), at)));
            }
            Event::Done { step, subject, .. } => {
                self.done += 1;
                self.end(*step, subject);
            }
            Event::Skipped { step, subject, .. } => {
                self.skipped += 1;
                self.end(*step, subject);
            }
            Event::Failed { step, also, subject, .. } => {
                self.failed += 1;
                for step in also.iter().chain([step]) {
                    if let Some(running) = self.running.get_mut(step) {
                        running.failed += 1;
                    }
                    self.end(*step, subject);
                }
            }
            Event::Surveying { what, instances, provider } => {
                // Several things are looked at side by side, and since when counts from the first.
                let since = self.looks_at.as_ref().map_or(at, |(_, since)| *since);
                self.looks_at = Some((what.clone(), since));
                self.sights.expect(*instances, provider.as_ref());
            }
            Event::Surveyed { instances } => self.surveyed = *instances,
            Event::Glimpsed { world, instances, silent } => {
                self.sights.add(*world, *instances, silent);
            }
            Event::Looked { .. } => {
                self.looks_at = None;
                self.sights = Sights::default();
            }
            Event::PassedOver { .. }
            | Event::Silent { .. }
            | Event::Recovering { .. }
            | Event::Halted { .. } => {}
        }
    }

    /// A step under way is over on one of its subjects.
    fn end(&mut self, step: StepId, subject: &InstanceName) {
        if let Some(running) = self.running.get_mut(&step) {
            if running.under_way.remove(subject).is_some() {
                running.ended += 1;
            }
            if running.under_way.is_empty() {
                self.running.remove(&step);
            }
        }
    }

    /// How often a step began before, and on how many in all.
    pub(super) fn begun(&self, step: StepId) -> (usize, usize) {
        self.begun.get(&step).copied().unwrap_or_default()
    }

    /// Since when a step runs on somebody.
    pub(super) fn since(&self, step: StepId, subject: &InstanceName) -> Option<Duration> {
        self.running.get(&step)?.under_way.get(subject).copied()
    }

    /// Whether anything is being done, rather than looked at.
    pub(super) const fn is_under_way(&self) -> bool {
        self.plan.is_some()
    }

    /// The plan as far as it has grown.
    pub(super) const fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Steps counted on each machine that nothing holds back.
    pub(super) fn all(&self) -> usize {
        self.plan
            .as_ref()
            .map_or(0, |plan| plan.changes().map(|(_, planned)| plan.width(planned)).sum())
    }

    /// What a step does, by its facet.
    pub(super) fn name(&self, step: StepId) -> String {
        self.plan.as_ref().and_then(|plan| plan.step(step)).map_or_else(
            || format!("step {}", self.number(step)),
            |planned| format!("{}: {}", planned.step.facet, words::action(&planned.step.action)),
        )
    }

    /// What people call a machine.
    pub(super) fn called<'a>(&'a self, name: &'a InstanceName) -> &'a str {
        self.called.name(name.as_str())
    }

    /// By which number people know a step.
    pub(super) fn number(&self, step: StepId) -> StepNumber {
        let first_level = || StepNumber::first_level(step.0.saturating_add(1));
        self.plan.as_ref().map_or_else(first_level, |plan| plan.number(step))
    }
}
