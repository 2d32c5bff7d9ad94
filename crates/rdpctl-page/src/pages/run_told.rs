//! What a run did: failures first, its steps by what they do, and what happened, the newest first. However large the run is,
//! the page is not: what is left out is counted.

use std::collections::{BTreeMap, HashMap};

use rdpctl_model::outcome::{JournalEntry, StepEvent};
use rdpctl_model::{InstanceName, Said, StepNumber};
use serde::Serialize;

use super::select::{Extent, pager};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::frame::Frame;
use crate::parts::pieces::panel;
use crate::parts::say;
use crate::parts::shares::drawn;
use crate::view::{Past, Tally};
use crate::words::{Words, grouped};

/// Failures shown of many.
const FAILURES: usize = 25;
/// Kinds of steps shown of many.
const KINDS: usize = 30;
/// What somebody else said is cut after so many characters.
const SAID: usize = 300;
/// The same, in a line.
const LINE: usize = 120;

/// How far a step of the plan came.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct StepTally<'a> {
    pub(super) number: &'a StepNumber,
    pub(super) does: Option<&'a Said>,
    #[serde(flatten)]
    pub(super) tally: Tally,
}

/// What failed, why, where the machine stands now, and what was not done because of it. It is there when nothing failed, too,
/// so that a script finds where to show what does.
pub(super) fn failures(frame: &Frame<'_>, past: &Past, failed: &[&JournalEntry]) -> Element {
    let (words, id) = (frame.words, Id::fixed("failures"));
    if failed.is_empty() {
        return el("section").id(&id).has("hidden");
    }
    let mut skipped: HashMap<&InstanceName, usize> = HashMap::new();
    for entry in &past.journal {
        if let (StepEvent::Skipped { .. }, Some(name)) = (&entry.event, entry.subject.instance()) {
            *skipped.entry(name).or_default() += 1;
        }
    }
    let left = failed.len().saturating_sub(FAILURES);
    el("section")
        .class("panel lines bad-edge")
        .id(&id)
        .c(el("h2").c(words.count("run.failures", failed.len())))
        .each(failed.iter().take(FAILURES).map(|entry| failure(frame, entry, &skipped)))
        .c((left > 0).then(|| el("p").class("soft").c(words.count("run.more-failures", left))))
}

fn failure(
    frame: &Frame<'_>,
    entry: &JournalEntry,
    skipped: &HashMap<&InstanceName, usize>,
) -> Element {
    let words = frame.words;
    let (why, advice) = match &entry.event {
        StepEvent::Failed { why, advice, .. } => (words.say(why), words.say(advice)),
        StepEvent::Intent { .. } | StepEvent::Done { .. } | StepEvent::Skipped { .. } => {
            Default::default()
        }
    };
    let name = entry.subject.instance();
    let now = name.and_then(|name| frame.view.row(name.as_str())).map(|row| {
        let stands = say::standing(words, row.standing);
        words.fill("run.stands-now", &[("standing", stands)])
    });
    let because = name.and_then(|name| skipped.get(name).copied());
    let because = because.map(|steps| words.count("run.because", steps));
    let after: Vec<String> = now.into_iter().chain(because).collect();
    let next = name.map(|name| {
        let command = el("code").c(format!("rdpctl doctor {}", name.as_str()));
        el("p").class("soft").c(words.get("run.next")).c(" ").c(command)
    });
    el("div")
        .class("lines")
        .c(el("p").class("row").c(Mark::Bad.small()).c(subject(entry)).c(el("span")
            .class("soft")
            .c(words.fill("event.step", &[("number", &entry.step.to_string())]))))
        .c(el("p").c(Html::cut(&why, SAID)))
        .c((!after.is_empty()).then(|| el("p").class("soft").c(after.join(" "))))
        .c((!advice.is_empty()).then(|| el("p").class("soft").c(Html::cut(&advice, SAID))))
        .c(next)
}

fn subject(entry: &JournalEntry) -> Html {
    match entry.subject.instance() {
        Some(name) => link(&Href::instance(name), name.as_str()).into(),
        None => Html::cut(&entry.subject.to_string(), LINE),
    }
}

/// Steps that read alike, of however many groups.
#[derive(Default)]
struct Kind {
    number: String,
    steps: usize,
    says: String,
    tally: Tally,
}

fn merged(words: &Words, steps: &[StepTally<'_>]) -> Vec<Kind> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut kinds: Vec<Kind> = Vec::new();
    for step in steps {
        let says = step.does.map(|does| words.say(does)).unwrap_or_default();
        let place = *places.entry(says.clone()).or_insert_with(|| {
            let number = step.number.to_string();
            kinds.push(Kind { number, says, ..Kind::default() });
            kinds.len() - 1
        });
        if let Some(kind) = kinds.get_mut(place) {
            kind.steps += 1;
            kind.tally.add(step.tally);
        }
    }
    // Of many, those are shown in which something failed.
    if kinds.len() > KINDS {
        kinds.sort_by_key(|kind| kind.tally.failed == 0);
    }
    kinds
}

/// Steps by what they do.
pub(super) fn kinds(words: &Words, steps: &[StepTally<'_>]) -> Element {
    let kinds = merged(words, steps);
    let left = kinds.len().saturating_sub(KINDS);
    panel(words.get("run.steps"))
        .id(&Id::fixed("kinds"))
        .c(el("ol").class("steps").each(kinds.iter().take(KINDS).map(|kind| line(words, kind))))
        .c((left > 0).then(|| el("p").class("soft").c(words.count("run.more-kinds", left))))
}

fn line(words: &Words, kind: &Kind) -> Element {
    let tally = kind.tally;
    let mark = if tally.failed > 0 {
        Mark::Bad
    } else if tally.done == tally.all {
        Mark::Good
    } else if tally.running > 0 {
        Mark::Run
    } else {
        Mark::Open
    };
    let shares = [
        (tally.done, "f-good"),
        (tally.running, "f-runs"),
        (tally.failed, "f-fails"),
        (tally.skipped, "f-stop"),
        (tally.left(), "f-none"),
    ];
    let (done, all) = (grouped(tally.done), grouped(tally.all));
    let label = words.fill("run.title", &[("done", &done), ("all", &all)]);
    // Where several steps of the plan do the same, none of their numbers is that of all.
    let number = (kind.steps == 1).then(|| format!("{}. ", kind.number));
    el("li")
        .c(mark.small())
        .c(el("div")
            .c(number)
            .c(el("span").c(Html::cut(&kind.says, LINE)))
            .c(el("div").class("mt0").c(drawn("bar alone thin", &label, &shares))))
        .c(el("span").c(format!("{done} / {all}")))
}

/// What happened: of whom, which step, and what came of it.
pub(super) fn events(
    frame: &Frame<'_>,
    past: &Past,
    events: &[&JournalEntry],
    extent: Extent,
) -> Element {
    let words = frame.words;
    let lines = events.iter().map(|entry| {
        let does = past.words.get(&entry.step).map_or_else(String::new, |does| words.say(does));
        let (mark, came) = match &entry.event {
            StepEvent::Intent { .. } => (Mark::Run, String::new()),
            StepEvent::Done { receipt } => (Mark::Good, words.say(&receipt.note)),
            StepEvent::Failed { why, .. } => (Mark::Bad, words.say(why)),
            StepEvent::Skipped { why } => (Mark::Stop, words.say(why)),
        };
        let came = (!came.is_empty()).then(|| el("span").class("soft").c(Html::cut(&came, LINE)));
        el("li")
            .c(mark.small())
            .c(el("div")
                .c(el("b").c(subject(entry)))
                .c(" ")
                .c(Html::cut(&does, LINE))
                .c(" ")
                .c(came))
            .c(el("span").class("soft").c(frame.clock.hour(entry.at)))
    });
    let heading = words.fill("run.events", &[("all", &grouped(past.journal.len()))]);
    let is_part = extent.of > extent.last || frame.query.page > 1;
    panel(heading)
        .c(el("ol").class("steps").id(&Id::fixed("events")).each(lines))
        .c(is_part.then(|| pager(frame, extent)))
}
