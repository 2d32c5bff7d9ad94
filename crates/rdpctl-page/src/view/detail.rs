//! What lies cold and is read only for the page that shows it: one instance's evidence, one run's journal.

use rdpctl_model::Said;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_doctor::Diagnosis;
use rdpctl_model::anew::Anew;
use rdpctl_model::chronicle::Turned;
use rdpctl_model::facet::World;
use rdpctl_model::outcome::{JournalEntry, RunRecord, StepEvent};
use rdpctl_model::plan::{Plan, SecurityDelta};
use rdpctl_model::repair::PlannedRepair;
use rdpctl_model::{InstanceName, RunId, StepNumber};
use serde::Serialize;

use super::held::StepLine;
use crate::request::{Page, Request};

/// What a page needs beside the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// An instance's evidence.
    Instance(InstanceName),
    /// A run's plan and journal.
    Run(RunId),
    /// Prices and sessions of something that is held, by its name in addresses.
    Held(String),
}

/// What the page of a request needs.
#[must_use]
pub fn need(request: &Request) -> Need {
    match Page::of(&request.path).0 {
        Page::Instance(name) => Need::Instance(name),
        Page::Run(id) => Need::Run(id),
        Page::HeldOne(id) => Need::Held(id),
        Page::Fleet
        | Page::Group(_)
        | Page::Runs
        | Page::Held
        | Page::Drift
        | Page::Accepted
        | Page::Loop
        | Page::Session
        | Page::Asset(_)
        | Page::Unknown => Need::Nothing,
    }
}

/// What was read for it.
#[derive(Clone, Debug)]
pub enum More {
    /// Nothing was needed, or nothing is there.
    Nothing,
    /// It could not be read; says why.
    Failed(Said),
    /// An instance.
    Instance(Box<Detail>),
    /// A run.
    Run(Arc<Past>),
    /// What prices and sessions are now, of something that is held.
    Held(Anew),
}

/// One instance in full.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Detail {
    /// What the doctor makes of it, in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
    /// When each world last answered.
    pub answered: BTreeMap<World, Timestamp>,
    /// Its public address, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who may connect, as it is declared.
    pub from: String,
    /// Its tags; untrusted text.
    pub tags: Vec<(String, String)>,
    /// What a plan would do for it, in order.
    pub steps: Vec<StepLine>,
    /// What these make weaker or stronger.
    pub security: Vec<SecurityDelta>,
    /// What they cost in money, by how many.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub money: BTreeMap<String, u64>,
    /// The repair of its disk, where a plan has one, as the plan says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<PlannedRepair>,
    /// What turned, newest first.
    pub turns: Vec<Turned>,
    /// What steps did to it, newest first.
    pub history: Vec<(RunId, JournalEntry)>,
}

/// A run as it is remembered.
#[derive(Clone, Debug)]
pub struct Past {
    /// Who, when, how it ended.
    pub record: RunRecord,
    /// What it was to do.
    pub plan: Plan,
    /// The same in words, by number.
    pub words: BTreeMap<StepNumber, Said>,
    /// What happened.
    pub journal: Vec<JournalEntry>,
}

/// How far a run came, each step counted on each subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tally {
    /// All.
    pub all: usize,
    /// Done.
    pub done: usize,
    /// In hand.
    pub running: usize,
    /// Failed.
    pub failed: usize,
    /// Not done because of that, or because somebody stopped it.
    pub skipped: usize,
}

impl Tally {
    /// With another one.
    pub const fn add(&mut self, more: Self) {
        self.all += more.all;
        self.done += more.done;
        self.running += more.running;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }

    /// What is still to do.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.all.saturating_sub(self.done + self.running + self.failed + self.skipped)
    }
}

/// Counts, over all steps or for each of them by its number.
#[must_use]
pub fn tally(past: &Past) -> (Tally, BTreeMap<StepNumber, Tally>) {
    let mut each: BTreeMap<StepNumber, Tally> = BTreeMap::new();
    for step in past.plan.steps.iter().filter(|step| step.held.is_none()) {
        each.entry(step.number.clone()).or_default().all += past.plan.width(step).max(1);
    }
    for step in past.plan.repairs.iter().flat_map(|repair| &repair.steps) {
        each.entry(step.number.clone()).or_default().all += 1;
    }
    let mut last: BTreeMap<(&StepNumber, String), &StepEvent> = BTreeMap::new();
    for entry in &past.journal {
        last.insert((&entry.step, entry.subject.to_string()), &entry.event);
    }
    let mut subjects: BTreeMap<&StepNumber, BTreeSet<&str>> = BTreeMap::new();
    for ((step, subject), event) in &last {
        subjects.entry(*step).or_default().insert(subject.as_str());
        let tally = each.entry((*step).clone()).or_default();
        match event {
            StepEvent::Intent { .. } => tally.running += 1,
            StepEvent::Done { .. } => tally.done += 1,
            StepEvent::Failed { .. } => tally.failed += 1,
            StepEvent::Skipped { .. } => tally.skipped += 1,
        }
    }
    let mut whole = Tally::default();
    // An object that several machines share is one subject, however many stand behind it.
    let shared: BTreeSet<&StepNumber> = past
        .journal
        .iter()
        .filter(|entry| entry.subject.instance().is_none())
        .map(|entry| &entry.step)
        .collect();
    for (number, tally) in &mut each {
        if shared.contains(number) {
            tally.all = subjects.get(number).map_or(tally.all, BTreeSet::len);
        }
        tally.all = tally.all.max(tally.done + tally.running + tally.failed + tally.skipped);
        whole.add(*tally);
    }
    (whole, each)
}
