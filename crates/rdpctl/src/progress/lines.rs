//! Events for people: each a line that stays, with its time, a word, who, which step, what and how long it took.

use std::time::Duration;

use jiff::Zoned;
use rdpctl_engine::Event;
use rdpctl_model::action::traits::Restarts;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::said::Arg;
use rdpctl_model::{InstanceName, Said};
use rdpctl_term::{Mark, Page, Words, grid};

use super::story::Story;
use crate::out;
use crate::report::words;
use rdpctl_words::english;

/// Lines of the same kind beyond so many would scroll everything else away; the report has them all.
const TOLD_AT_MOST: usize = 200;

/// What a line says has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Look,
    Run,
    Start,
    Ok,
    Failed,
    Held,
    Skipped,
    Wave,
    Stop,
    End,
}

impl Word {
    const fn name(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Run => "run",
            Self::Start => "start",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Skipped => "skipped",
            Self::Wave => "wave",
            Self::Stop => "stop",
            Self::End => "end",
        }
    }

    const fn mark(self) -> Mark {
        match self {
            Self::Look | Self::Run | Self::Start | Self::Wave => Mark::Running,
            Self::Ok | Self::End => Mark::Good,
            Self::Failed => Mark::Shut,
            Self::Held => Mark::Held,
            Self::Skipped => Mark::Nothing,
            Self::Stop => Mark::Stopped,
        }
    }
}

/// For whom lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A terminal that is redrawn: what begins is seen below, and need not stay.
    Live,
    /// A file, or whoever reads line by line.
    Piped,
}

/// One line.
struct Told {
    word: Word,
    who: String,
    step: String,
    text: Words,
    took: Option<Duration>,
}

/// What is told of an event, if anything. The story does not know of it yet.
pub(super) fn told(
    story: &Story,
    event: &Event,
    form: Form,
    now: &Zoned,
    at: Duration,
) -> Option<Page> {
    let mut page = Page::new();
    if let Event::Recovering { run, began, journaled } = event {
        let id: String = run.as_str().chars().take(8).collect();
        page.push(grid::plain(Words::new().said(&format!(
            "run {id} of {began} never ended; {journaled} of its steps were journaled. Looking again, and going on from what is."
        ))));
        return Some(page);
    }
    if let (Event::Looked { instances, silent }, Form::Live) = (event, form) {
        page.push(grid::plain(looked(*instances, *silent, looked_for(story, at)?)));
        return Some(page);
    }
    push(&mut page, &one(story, event, form, at)?, form, now);
    if let (Event::Began { plan, .. }, Form::Piped) = (event, form) {
        held(&mut page, plan, now);
    }
    if let (Event::Observed { steps, .. }, Some(plan)) = (event, story.plan()) {
        for planned in steps {
            let text = Words::new()
                .own(format!("{}: ", planned.step.facet))
                .said(&words::action(&planned.step.action));
            page.push(grid::step(&planned.number.to_string(), text));
            if let Some(held) = &planned.held {
                let (mark, why) = crate::report::plan::held_back(plan, held);
                page.push(grid::beneath(mark, why));
            }
        }
    }
    Some(page)
}

fn one(story: &Story, event: &Event, form: Form, at: Duration) -> Option<Told> {
    let of = |word, step: StepId, who: &InstanceName, text: Words| Told {
        word,
        who: story.called(who).to_owned(),
        step: story.number(step).to_string(),
        text: Words::new().said(&story.name(step)).and(text),
        took: story.since(step, who).map(|since| at.saturating_sub(since)),
    };
    let without = |word, text: Words| Told {
        word,
        who: "-".to_owned(),
        step: "-".to_owned(),
        text,
        took: None,
    };
    Some(match event {
        // Below it is seen for as long as it goes on.
        Event::Surveying { .. } if form == Form::Live => return None,
        Event::Surveying { what, .. } => {
            without(Word::Look, Words::new().own("looking at ").said(what))
        }
        Event::Surveyed { instances } => {
            if *instances < story.surveyed + 10_000 {
                return None;
            }
            without(
                Word::Look,
                Words::new().own(format!("{} instances seen", words::grouped(*instances))),
            )
        }
        Event::PassedOver { channel, why, instances } => {
            let who = words::count(*instances, "instance");
            let text = format!("{} skipped for {who}: ", channel.name());
            without(Word::Look, Words::new().own(text).said(&english(why)))
        }
        Event::Began { run, plan } => {
            let id: String = run.as_str().chars().take(8).collect();
            let steps = plan.changes().map(|(_, planned)| plan.width(planned)).sum();
            without(
                Word::Run,
                Words::new().said(&id).own(format!(": {}", words::count(steps, "step"))),
            )
        }
        Event::Started { .. } if form == Form::Live => return None,
        Event::Started { step, subjects } => started(story, *step, subjects),
        Event::Done { .. } if story.done >= TOLD_AT_MOST => return None,
        Event::Done { step, subject, note, already } => {
            of(Word::Ok, *step, subject, beside(note, *already))
        }
        Event::Failed { step, subject, why, .. } => {
            of(Word::Failed, *step, subject, Words::new().own(": ").said(&english(why)))
        }
        Event::Observed { step, steps, .. } => {
            let text = format!("seen: {} added to the plan", words::count(steps.len(), "step"));
            Told {
                word: Word::Ok,
                who: "-".to_owned(),
                step: story.number(*step).to_string(),
                text: Words::new().own(text),
                took: None,
            }
        }
        Event::Halted { why } => {
            without(Word::Stop, Words::new().own("stopping: ").said(&english(why)))
        }
        Event::Looked { instances, silent } => {
            without(Word::Look, looked(*instances, *silent, looked_for(story, at)?))
        }
        Event::Skipped { .. } if form == Form::Live || story.skipped >= TOLD_AT_MOST => {
            return None;
        }
        Event::Skipped { step, subject, why } => {
            of(Word::Skipped, *step, subject, Words::new().own(": ").said(&english(why)))
        }
        // Who is silent is an error, which stands behind the result.
        Event::Glimpsed { .. } | Event::Recovering { .. } | Event::Silent { .. } => return None,
    })
}

/// A step begins: on all whom it concerns, or on some of many, since it disturbs them.
fn started(story: &Story, step: StepId, subjects: &[InstanceName]) -> Told {
    /// Names of one wave.
    const NAMED: usize = 4;
    let who = match subjects {
        [only] => story.called(only).to_owned(),
        many => words::count(many.len(), "instance"),
    };
    let number = story.number(step).to_string();
    let name = story.name(step);
    let of = story.plan().and_then(|plan| {
        let planned = plan.step(step)?;
        let width = plan.width(planned);
        let restarts = planned.step.action.traits().restarts != Restarts::Nothing;
        (restarts && subjects.len() < width).then_some(width)
    });
    let Some(width) = of else {
        return Told {
            word: Word::Start,
            who,
            step: number,
            text: Words::new().said(&name),
            took: None,
        };
    };
    let (before, on) = story.begun(step);
    let names: Vec<&str> = subjects.iter().take(NAMED).map(|it| story.called(it)).collect();
    let more = match subjects.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {} more", words::grouped(more)),
    };
    let text = format!(
        "{name}: wave {}: {}{more}; begun on {} of {}",
        before + 1,
        names.join(", "),
        words::grouped(on + subjects.len()),
        words::grouped(width)
    );
    Told { word: Word::Wave, who, step: number, text: Words::new().said(&text), took: None }
}

/// How long it was looked, if that needs a word: what is over in a second needs none.
fn looked_for(story: &Story, at: Duration) -> Option<Duration> {
    let (_, since) = story.looks_at.as_ref()?;
    Some(at.saturating_sub(*since)).filter(|took| *took >= Duration::from_secs(1))
}

/// What came of looking, in one sentence.
fn looked(instances: usize, silent: usize, took: Duration) -> Words {
    let shown = words::grouped(instances);
    let seen = words::grouped(instances.saturating_sub(silent));
    let answers = say::looked_answers(number(silent), words::grouped(silent));
    Words::new().said(&english(&say::looked(
        number(instances),
        shown,
        duration(took),
        seen,
        answers,
    )))
}

fn number(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

rdpctl_model::says! { "run":
    looked(instances, shown, took, seen, answers);
    looked_answers(silent, shown);
}

/// What a run holds back from its beginning, a line for each step.
fn held(page: &mut Page, plan: &Plan, now: &Zoned) {
    let held = plan.steps.iter().filter_map(|planned| Some((planned, planned.held.as_ref()?)));
    for (planned, held) in held.take(TOLD_AT_MOST) {
        let who = plan.groups.get(planned.group).map(|group| group.members.as_slice());
        let who = match who.unwrap_or_default() {
            [only] => only.called().into_owned(),
            many => words::count(many.len(), "instance"),
        };
        let text = Words::new()
            .own(format!("{}: ", planned.step.facet))
            .said(&words::action(&planned.step.action))
            .own("; ")
            .said(&words::held(plan, held));
        let step = planned.number.to_string();
        push(page, &Told { word: Word::Held, who, step, text, took: None }, Form::Piped, now);
    }
}

/// How a run came out, by what was told of it.
pub(super) fn ended(story: &Story, now: &Zoned, took: Duration) -> Page {
    let text = format!(
        "{}: {} ok, {} failed, {} skipped",
        story.run,
        words::grouped(story.done),
        words::grouped(story.failed),
        words::grouped(story.skipped)
    );
    let mut page = Page::new();
    let told = Told {
        word: Word::End,
        who: "-".to_owned(),
        step: "-".to_owned(),
        text: Words::new().said(&text),
        took: Some(took),
    };
    push(&mut page, &told, Form::Piped, now);
    page
}

/// What is said beside a step that is done.
fn beside(note: &Said, already: bool) -> Words {
    // Exit codes matter when something failed, and then the failure names them.
    let note = match note.key().as_str() {
        _ if already => "already so".to_owned(),
        "guest.exit-codes" => String::new(),
        _ if out::tells_requests() => english(note),
        _ => without_requests(note),
    };
    if note.is_empty() { Words::new() } else { Words::new().own("  (").said(&note).own(")") }
}

/// What was said, but for the ids of requests: those are for whoever asks the vendor, and `-v` tells them.
fn without_requests(note: &Said) -> String {
    let mut ids = Vec::new();
    requests(note, &mut ids);
    let mut text = english(note);
    for id in ids {
        let id = format!("request {id}");
        text = text.replace(&format!(" ({id})"), "").replace(&id, "");
    }
    text
}

fn requests<'s>(note: &'s Said, ids: &mut Vec<&'s str>) {
    for (name, arg) in note.args() {
        match arg {
            Arg::Text(id) if name == "request" => ids.push(id),
            Arg::Said(inner) => requests(inner, ids),
            Arg::Text(_) | Arg::List(_) | Arg::Number(_) | Arg::Span { .. } => {}
        }
    }
}

fn push(page: &mut Page, told: &Told, form: Form, now: &Zoned) {
    let took = told.took.map(duration).unwrap_or_default();
    match form {
        Form::Live => {
            let time = now.strftime("%H:%M:%S").to_string();
            let row =
                grid::event(&time, told.word.mark(), &told.who, &told.step, told.text.clone());
            page.push(row.rail(Words::new().own(took)));
        }
        Form::Piped => {
            let time = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            let text = if took.is_empty() {
                told.text.clone()
            } else {
                told.text.clone().own(format!("  {took}"))
            };
            page.push(grid::piped_event(&time, told.word.name(), &told.who, &told.step, text));
        }
    }
}

/// `0.2 s`, `14 s`, `4:05`.
pub(super) fn duration(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        10..90 => format!("{seconds} s"),
        _ => format!("{}:{:02}", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_and_never_of_nanoseconds() {
        let said = |milliseconds| duration(Duration::from_millis(milliseconds));
        assert_eq!([230, 14_400, 245_000].map(said), ["0.2 s", "14 s", "4:05"]);
    }
}
