//! What runs did, for people: run by run, or step by step with what was there before and what came after.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jiff::Timestamp;
use rdpctl_contract::store::Recorded;
use rdpctl_model::outcome::{
    Allowed, JournalEntry, JournalSubject, Means, Purpose, RunEnd, RunRecord, StepEvent,
};
use rdpctl_model::{Plan, RunId, StepNumber};
use serde_json::{Value, json};

use super::table::{Table, short, time};
use super::words::{self, count};
use crate::out::safe;

/// One entry of a journal, with what its run planned.
#[expect(clippy::struct_field_names, reason = "the journal's own word for it")]
pub(crate) struct Entry<'a> {
    pub(crate) record: &'a RunRecord,
    pub(crate) plan: &'a Plan,
    pub(crate) entry: JournalEntry,
}

/// Runs, newest first.
pub(crate) fn runs(records: &[RunRecord]) -> String {
    let mut table = Table::new(["RUN", "BEGAN", "ENDED", "END", "FOR", "CALLS", "BY", "ALLOWED"]);
    for record in records {
        table.push([
            short(record.id.as_str()),
            time(record.began),
            record.ended.map(time).unwrap_or_default(),
            end(record).to_owned(),
            purpose(&record.purpose),
            record.cost.api_calls.to_string(),
            record.holder.clone(),
            record.allowed.iter().map(allowed).collect::<Vec<_>>().join(", "),
        ]);
    }
    table.render()
}

/// What was done to one instance, newest first.
pub(crate) fn steps(entries: &[Entry<'_>]) -> String {
    let mut table =
        Table::new(["WHEN", "RUN", "STEP", "OUTCOME", "FACET", "WHAT", "BEFORE → AFTER", "BY"]);
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
            planned.map_or_else(String::new, |step| words::action(&step.action)),
            planned.map_or_else(String::new, |step| format!("{} → {}", step.before, step.after)),
            record.holder.clone(),
        ]);
    }
    table.render()
}

/// The same for machines.
pub(crate) fn steps_json(entries: &[Entry<'_>]) -> Value {
    let one = |Entry { record, plan, entry }: &Entry<'_>| {
        let step = plan.find(&entry.step).map(|planned| &planned.step);
        json!({
            "run": record.id, "by": record.holder, "at": entry.at, "step": entry.step, "subject": entry.subject,
            "facet": step.map(|step| step.facet), "action": step.map(|step| &step.action),
            "before": step.map(|step| &step.before), "after": step.map(|step| &step.after), "outcome": entry.event,
        })
    };
    json!({ "format": 1, "steps": entries.iter().map(one).collect::<Vec<_>>() })
}

/// One run whole.
pub(crate) fn run(recorded: &Recorded) -> String {
    let Recorded { record, plan, journal } = recorded;
    let mut text = String::new();
    let _ = writeln!(text, "run {}  for {}", record.id, purpose(&record.purpose));
    let _ = writeln!(text, "  began    {} by {}", time(record.began), safe(&record.holder));
    let ended = record.ended.map(time).unwrap_or_default();
    let _ = writeln!(text, "  ended    {} {ended}", end(record));
    let cost = &record.cost;
    let _ = writeln!(
        text,
        "  cost     {} API calls, {}, {}",
        cost.api_calls,
        count(usize::try_from(cost.guest_round_trips).unwrap_or(usize::MAX), "guest round trip"),
        words::duration(cost.seconds)
    );
    let _ = writeln!(text, "  plan     {}", record.plan_digest);
    for one in &record.allowed {
        let _ = writeln!(text, "  allowed  {}", safe(&allowed(one)));
    }
    text.push('\n');
    let mut by_step: BTreeMap<&StepNumber, BTreeMap<String, Vec<&JournalSubject>>> =
        BTreeMap::new();
    let over = self::ended(journal.iter().map(|entry| (&record.id, entry)));
    for entry in journal {
        if let Some(outcome) = outcome(&entry.event, over.contains(&key(&record.id, entry))) {
            let outcomes = by_step.entry(&entry.step).or_default();
            outcomes.entry(outcome).or_default().push(&entry.subject);
        }
    }
    for planned in &plan.steps {
        let step = &planned.step;
        let _ = writeln!(
            text,
            "{:>4}. {}: {}",
            planned.number.to_string(),
            step.facet,
            safe(&words::action(&step.action))
        );
        let _ = writeln!(text, "      {} → {}", safe(&step.before), safe(&step.after));
        match (by_step.get(&planned.number), &planned.held) {
            (Some(outcomes), _) => {
                for (outcome, subjects) in outcomes {
                    let _ = writeln!(text, "      {}  {}", safe(outcome), safe(&named(subjects)));
                }
            }
            (None, Some(held)) => {
                let _ = writeln!(text, "      {}", safe(&words::held(plan, held)));
            }
            (None, None) => text.push_str("      not begun\n"),
        }
    }
    text
}

/// The same for machines.
pub(crate) fn run_json(recorded: &Recorded) -> Value {
    let Recorded { record, plan, journal } = recorded;
    json!({ "format": 1, "run": record, "plan": plan, "journal": journal })
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
        StepEvent::Failed { why, .. } => Some(format!("failed: {why}")),
        StepEvent::Skipped { why } => Some(format!("not tried: {why}")),
    }
}

fn named(subjects: &[&JournalSubject]) -> String {
    const NAMED: usize = 6;
    let mut names: Vec<String> = subjects.iter().take(NAMED).map(ToString::to_string).collect();
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
pub(crate) fn seen(at: u32) -> String {
    match Timestamp::from_second(i64::from(at)) {
        Ok(at) if at > Timestamp::UNIX_EPOCH => time(at),
        Ok(_) | Err(_) => "never".to_owned(),
    }
}
