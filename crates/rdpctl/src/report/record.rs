//! What runs did, for people: run by run, or step by step with what was there before and what came after.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rdpctl_contract::store::Recorded;
use rdpctl_model::action::traits::Through;
use rdpctl_model::facts::Stamp;
use rdpctl_model::outcome::{
    Allowed, JournalEntry, JournalSubject, Means, Purpose, RunEnd, RunRecord, StepEvent,
};
use rdpctl_model::plan::PlannedStep;
use rdpctl_model::{Plan, RunId, StepNumber};
use rdpctl_term::{Ink, Mark, Page, Words, grid};
use rdpctl_words::english;
use serde_json::{Value, json};

use super::called::Called;
use super::repairs;
use super::sessions;
use super::table::{Table, short};
use super::when::{clock, second as time};
use super::words::{self, count};
use crate::console::words_of_order;

/// One entry of a journal, with what its run planned.
#[expect(clippy::struct_field_names, reason = "the journal's own word for it")]
pub(crate) struct Entry<'a> {
    pub(crate) record: &'a RunRecord,
    pub(crate) plan: &'a Plan,
    pub(crate) entry: JournalEntry,
}

/// Runs, newest first.
pub(crate) fn runs(records: &[RunRecord]) -> Page {
    let mut table = Table::new(["Run", "Began", "Took", "End", "For", "Calls", "By", "Allowed"]);
    for record in records {
        table.push([
            short(record.id.as_str()),
            time(record.began),
            took(record),
            end(record).to_owned(),
            purpose(&record.purpose),
            counted(record).map_or_else(|| "-".to_owned(), |(calls, _)| calls.to_string()),
            record.holder.clone(),
            record.allowed.iter().map(allowed).collect::<Vec<_>>().join(", "),
        ]);
    }
    table.page()
}

/// What was done to one instance, newest first.
pub(crate) fn steps(entries: &[Entry<'_>]) -> Page {
    let mut table =
        Table::new(["When", "Run", "Step", "Outcome", "Facet", "What", "Before → after", "By"]);
    let ended = ended(entries.iter().map(|one| (&one.record.id, &one.entry)));
    for Entry { record, plan, entry } in entries {
        let Some(outcome) = outcome(&entry.event, ended.contains(&key(&record.id, entry))) else {
            continue;
        };
        let planned = plan.find(&entry.step).map(|planned| &planned.step);
        table.push([
            time(entry.at),
            short(record.id.as_str()),
            entry.step.to_string(),
            outcome,
            planned.map_or_else(String::new, |step| step.facet.to_string()),
            planned.map_or_else(|| apart(plan, &entry.step).1, |step| words::action(&step.action)),
            planned.map_or_else(String::new, |step| {
                format!("{} → {}", english(&step.before), english(&step.after))
            }),
            record.holder.clone(),
        ]);
    }
    table.page()
}

/// What a step of a run without a plan of steps is about, and does.
fn apart(plan: &Plan, number: &StepNumber) -> (&'static str, String) {
    match words_of_order(number) {
        Some(words) => ("console", words.to_owned()),
        None => ("disk", repairs::what(plan, number).unwrap_or_default()),
    }
}

/// The same for machines.
pub(crate) fn steps_json(entries: &[Entry<'_>]) -> Value {
    let one = |Entry { record, plan, entry }: &Entry<'_>| {
        let step = plan.find(&entry.step).map(|planned| &planned.step);
        json!({
            "run": record.id, "by": record.holder, "at": entry.at, "step": entry.step, "subject": entry.subject,
            "facet": step.map(|step| step.facet), "action": step.map(|step| &step.action),
            "before": step.map(|step| english(&step.before)), "after": step.map(|step| english(&step.after)), "outcome": rdpctl_words::json::to_value(&entry.event).unwrap_or_default(),
        })
    };
    json!({ "format": 1, "steps": entries.iter().map(one).collect::<Vec<_>>() })
}

/// One run whole: how it ended, who let it, and each step with what came of it on whom.
pub(crate) fn run(recorded: &Recorded) -> Page {
    let Recorded { record, plan, journal } = recorded;
    let mut page = Page::new();
    let over = self::ended(journal.iter().map(|entry| (&record.id, entry)));
    let mut by_step: BTreeMap<&StepNumber, Came<'_>> = BTreeMap::new();
    let mut tally = Tally::default();
    for entry in journal {
        if let Some(outcome) = outcome(&entry.event, over.contains(&key(&record.id, entry))) {
            let came = by_step.entry(&entry.step).or_default();
            came.last = came.last.max(Some(entry.at));
            let mark = mark(&entry.event);
            tally.add(mark);
            came.outcomes
                .entry((rank(mark), outcome))
                .or_insert_with(|| (mark, Vec::new()))
                .1
                .push(&entry.subject);
        }
    }
    page.push(grid::plain(
        Words::new()
            .ink(Ink::Strong, format!("Run {}: ", record.id))
            .ink(Ink::Strong, format!("{}, {}. ", purpose(&record.purpose), end(record)))
            .own(tally.words()),
    ));
    fields(&mut page, record);
    let tried = plan.steps.iter().filter(|planned| by_step.contains_key(&planned.number));
    let dropped = rdpctl_plan::dropped(plan, tried);
    if dropped.seen + dropped.unseen > 0 {
        let text = Words::new().said(&sessions::line(&dropped));
        page.push(grid::field(0, "dropped", FIELD, text));
    }
    page.blank();
    let called = Called::of(&plan.groups);
    for planned in &plan.steps {
        match by_step.get(&planned.number) {
            Some(came) => came.tell(&mut page, planned, &called),
            None => not_begun(&mut page, plan, planned),
        }
    }
    for (number, came) in by_step.iter().filter(|(number, _)| plan.find(number).is_none()) {
        came.tell_stage(&mut page, plan, number, &called);
    }
    for step in plan.repairs.iter().flat_map(|repair| &repair.steps) {
        if !by_step.contains_key(&step.number) {
            let text = Words::new().said(&english(&step.what));
            page.push(grid::event("", Mark::Nothing, "disk", &step.number.to_string(), text));
            page.push(grid::beneath_event("not begun".into()));
        }
    }
    page
}

/// Calls and round trips, which a run tells at its end: of one that was killed nobody knows them.
fn counted(record: &RunRecord) -> Option<(usize, usize)> {
    let [calls, trips] = [record.cost.api_calls, record.cost.guest_round_trips]
        .map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let told = match record.end {
        Some(RunEnd::Done | RunEnd::Partial) => true,
        Some(RunEnd::Interrupted) | None => calls + trips > 0,
    };
    told.then_some((calls, trips))
}

/// The longest of the fields' names.
const FIELD: usize = "allowed".len();

/// Of a run: when, by whom, who allowed what, what it cost.
fn fields(page: &mut Page, record: &RunRecord) {
    let mut field = |name, words: Words| page.push(grid::field(0, name, FIELD, words));
    field("began", Words::new().own(time(record.began)).own(", by ").said(&record.holder));
    match record.ended {
        Some(at) => {
            field("ended", Words::new().own(format!("{}, after {}", time(at), took(record))));
        }
        None => field("ended", "never, as far as the journal knows".into()),
    }
    let cost = counted(record).map_or_else(
        || "not counted: it did not come to its end".to_owned(),
        |(calls, trips)| {
            format!("{}, {}", count(calls, "API call"), count(trips, "guest round trip"))
        },
    );
    let money = repairs::bill(&record.cost).map_or_else(String::new, |bill| format!("; {bill}"));
    field("cost", Words::new().own(cost).said(&money));
    field("plan", Words::new().own(record.plan_digest.clone()));
    for one in &record.allowed {
        field("allowed", Words::new().said(&allowed(one)));
    }
}

/// What came of a step: when last, and how on whom.
#[derive(Default)]
struct Came<'a> {
    last: Option<Timestamp>,
    outcomes: BTreeMap<(u8, String), (Mark, Vec<&'a JournalSubject>)>,
}

impl Came<'_> {
    fn tell(&self, page: &mut Page, planned: &PlannedStep, called: &Called) {
        let step = &planned.step;
        let at = self.last.map(clock).unwrap_or_default();
        let worst = self.outcomes.values().map(|(mark, _)| *mark).max_by_key(|mark| rank(*mark));
        let text = Words::new().said(&words::action(&step.action));
        let number = planned.number.to_string();
        let mark = worst.unwrap_or(Mark::Open);
        page.push(grid::event(&at, mark, step.facet.name(), &number, text));
        // What a look decides stands in its own words already.
        if step.action.traits().through != Through::Look {
            page.push(grid::beneath_event(
                Words::new().change(&english(&step.before), &english(&step.after)),
            ));
        }
        self.tell_outcomes(page, called);
    }
}

impl Came<'_> {
    /// A stage of a run that has no plan of steps.
    fn tell_stage(&self, page: &mut Page, plan: &Plan, number: &StepNumber, called: &Called) {
        let at = self.last.map(clock).unwrap_or_default();
        let worst = self.outcomes.values().map(|(mark, _)| *mark).max_by_key(|mark| rank(*mark));
        let (about, text) = apart(plan, number);
        let mark = worst.unwrap_or(Mark::Open);
        page.push(grid::event(&at, mark, about, &number.to_string(), Words::new().own(text)));
        self.tell_outcomes(page, called);
    }

    fn tell_outcomes(&self, page: &mut Page, called: &Called) {
        for ((_, outcome), (_, subjects)) in &self.outcomes {
            let text = Words::new().said(outcome).own(": ").said(&named(subjects, called));
            page.push(grid::beneath_event(text));
        }
    }
}

fn not_begun(page: &mut Page, plan: &Plan, planned: &PlannedStep) {
    let step = &planned.step;
    let number = planned.number.to_string();
    let held = planned.held.as_ref();
    let mark = if held.is_some() { Mark::Held } else { Mark::Nothing };
    let text = Words::new().said(&words::action(&step.action));
    page.push(grid::event("", mark, step.facet.name(), &number, text));
    let why = held.map_or_else(|| "not begun".to_owned(), |held| words::held(plan, held));
    page.push(grid::beneath_event(Words::new().said(&why)));
}

/// How often steps ended how.
#[derive(Default)]
struct Tally {
    done: usize,
    failed: usize,
    left: usize,
    open: usize,
}

impl Tally {
    const fn add(&mut self, mark: Mark) {
        match mark {
            Mark::Good => self.done += 1,
            Mark::Shut => self.failed += 1,
            Mark::Unknown => self.open += 1,
            Mark::Nothing
            | Mark::Bad
            | Mark::Stopped
            | Mark::Follows
            | Mark::Held
            | Mark::Later
            | Mark::Running
            | Mark::Open
            | Mark::Kept => self.left += 1,
        }
    }

    fn words(&self) -> String {
        let mut parts = vec![format!("{} done", count(self.done, "step"))];
        for (number, word) in [
            (self.failed, "failed"),
            (self.left, "not tried"),
            (self.open, "begun, and nobody knows what came of it"),
        ] {
            if number > 0 {
                parts.push(format!("{} {word}", words::grouped(number)));
            }
        }
        format!("{}.", parts.join(", "))
    }
}

const fn mark(event: &StepEvent) -> Mark {
    match event {
        StepEvent::Intent { .. } => Mark::Unknown,
        StepEvent::Done { .. } => Mark::Good,
        StepEvent::Failed { .. } => Mark::Shut,
        StepEvent::Skipped { .. } => Mark::Nothing,
    }
}

/// The worst is told last, and marks the step.
const fn rank(mark: Mark) -> u8 {
    match mark {
        Mark::Shut => 3,
        Mark::Unknown => 2,
        Mark::Nothing => 1,
        Mark::Good
        | Mark::Bad
        | Mark::Stopped
        | Mark::Follows
        | Mark::Held
        | Mark::Later
        | Mark::Running
        | Mark::Open
        | Mark::Kept => 0,
    }
}

fn took(record: &RunRecord) -> String {
    let seconds = record.ended.map(|ended| ended.duration_since(record.began).as_secs());
    let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    seconds.map(words::duration).unwrap_or_default()
}

/// The same for machines.
pub(crate) fn run_json(recorded: &Recorded) -> Value {
    let Recorded { record, plan, journal } = recorded;
    json!({ "format": 1, "run": record, "plan": rdpctl_words::json::to_value(plan).unwrap_or_default(), "journal": rdpctl_words::json::to_value(journal).unwrap_or_default() })
}

type Key<'a> = (&'a RunId, StepNumber, JournalSubject);

fn key<'a>(run: &'a RunId, entry: &JournalEntry) -> Key<'a> {
    (run, entry.step.clone(), entry.subject.clone())
}

/// The steps of which is known how they ended: that they were begun says nothing beyond it.
fn ended<'a>(entries: impl Iterator<Item = (&'a RunId, &'a JournalEntry)>) -> BTreeSet<Key<'a>> {
    let over = |entry: &JournalEntry| match entry.event {
        StepEvent::Intent { .. } => false,
        StepEvent::Done { .. } | StepEvent::Failed { .. } | StepEvent::Skipped { .. } => true,
    };
    entries.filter(|(_, entry)| over(entry)).map(|(run, entry)| key(run, entry)).collect()
}

/// How it ended; nothing for a beginning whose end is known.
fn outcome(event: &StepEvent, over: bool) -> Option<String> {
    match event {
        StepEvent::Intent { .. } if over => None,
        StepEvent::Intent { .. } => Some("begun, and nobody knows what came of it".to_owned()),
        StepEvent::Done { receipt } if receipt.already => Some("already so".to_owned()),
        StepEvent::Done { .. } => Some("done".to_owned()),
        StepEvent::Failed { why, .. } => Some(format!("failed: {}", english(why))),
        StepEvent::Skipped { why } => Some(format!("not tried: {}", english(why))),
    }
}

fn named(subjects: &[&JournalSubject], called: &Called) -> String {
    const NAMED: usize = 6;
    let name = |subject: &&JournalSubject| called.name(&subject.to_string()).to_owned();
    let mut names: Vec<String> = subjects.iter().take(NAMED).map(name).collect();
    if subjects.len() > NAMED {
        names.push(format!("and {} more", words::grouped(subjects.len() - NAMED)));
    }
    names.join(", ")
}

const fn end(record: &RunRecord) -> &'static str {
    match record.end {
        None => "never ended",
        Some(RunEnd::Done) => "done",
        Some(RunEnd::Partial) => "in part",
        Some(RunEnd::Interrupted) => "interrupted",
    }
}

fn purpose(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Apply => "apply".to_owned(),
        Purpose::Undo(run) => format!("undo of {}", short(run.as_str())),
        Purpose::RepairDisk(name) => format!("repair of the disk of {name}"),
        Purpose::Console(name) => format!("new start of {name} over its console"),
    }
}

fn allowed(allowed: &Allowed) -> String {
    let means = match allowed.means {
        Means::Flag => "by --allow",
        Means::Terminal => "on the terminal",
        Means::Page => "on the page",
        Means::Annotation => "by annotation",
    };
    format!("{} ({}, {means})", allowed.guard.name(), allowed.by)
}

/// When a run began, for whoever lists what is known.
pub(crate) fn seen(at: Stamp) -> String {
    at.second().map_or_else(|| "never".to_owned(), time)
}
