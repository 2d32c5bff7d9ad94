//! One run: failures above progress, what is done of all, and what happened.

use std::collections::BTreeMap;

use rdpctl_model::outcome::{JournalEntry, Purpose, RunRecord, StepEvent};
use rdpctl_model::plan::{Budget, SecurityDelta, Sighted};
use rdpctl_model::scope::Scope;
use rdpctl_model::step::Guarded;
use rdpctl_model::{RunId, StepNumber};
use serde::Serialize;

use super::run_told::{StepTally, events, failures, kinds};
use super::runs::{end, purpose};
use super::select::{Extent, part};
use super::shown::{Shown, shown};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::acts::{button, form};
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{command, head, panel};
use crate::parts::price::{says_price, thing};
use crate::parts::shares::drawn;
use crate::view::{Machine, Mode, More, Past, Stands, Tally, Wanted, tally};
use crate::words::{Words, grouped};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Run<'a> {
    #[serde(flatten)]
    record: &'a RunRecord,
    tally: Tally,
    machines: Vec<Machine>,
    /// In about how many seconds it is through, by what was seen of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_seconds: Option<u64>,
    /// One for each step of the plan.
    steps: Vec<StepTally<'a>>,
    failures: Vec<&'a JournalEntry>,
    /// Some of what happened, the newest first.
    events: Vec<&'a JournalEntry>,
    extent: Extent,
    security: &'a [SecurityDelta],
    announced: &'a Budget,
}

/// The page.
pub(super) fn show(frame: &Frame<'_>, id: &RunId, more: &More) -> Option<Shown> {
    let words = frame.words;
    let past = match more {
        More::Run(past) if past.record.id == *id => past.as_ref(),
        More::Nothing | More::Failed(_) | More::Instance(_) | More::Run(_) | More::Held(_) => {
            return None;
        }
    };
    let (whole, each) = tally(past);
    let run = put(frame, past, whole, &each);
    let about = About {
        title: format!(
            "{} · {}",
            words
                .fill("run.title", &[("done", &grouped(whole.done)), ("all", &grouped(whole.all))]),
            id
        ),
        icon: frame.icon(),
    };
    let (_, ended) = end(frame, &past.record);
    let sentence = if past.record.ended.is_some() {
        ended
    } else {
        let (done, all) = (grouped(whole.done), grouped(whole.all));
        words.fill("run.goes-on-now", &[("done", &done), ("all", &all)])
    };
    let crumbs = el("p")
        .class("meta crumbs")
        .c(link(&Href::path(&["runs"]), words.get("nav.runs")))
        .c(el("span").a("aria-hidden", "true").c("/"))
        .c(el("span").class("id").c(id.as_str()));
    let who = words.count("count.instances", run.machines.len());
    let what = words.fill("run.on", &[("what", &purpose(words, &past.record)), ("who", &who)]);
    let mut facts = vec![
        Html::text(&what),
        Html::text(words.get("run.began")).and(" ").and(frame.clock.moment(past.record.began)),
        Html::text(&past.record.holder),
    ];
    for allowed in &past.record.allowed {
        let values = [("guard", allowed.guard.name()), ("by", allowed.by.as_str())];
        facts.push(words.fill("run.allowed", &values).into());
    }
    facts.push(
        Html::text(words.get("run.plan")).and(" ").and(el("code").c(&past.record.plan_digest)),
    );
    let main = Html::from(crumbs).and(head(sentence, facts)).and(progress(frame, &run)).and(
        el("div")
            .class("cols")
            .c(el("div")
                .class("stack")
                .c(failures(frame, past, &run.failures))
                .c(super::run_machines::map(frame, &past.record, &run.machines))
                .c(kinds(words, &run.steps))
                .c(events(frame, past, &run.events, run.extent)))
            .c(aside(frame, past, &run.machines)),
    );
    Some(shown(frame, "run", &run, frame.document(&about, main)))
}

fn put<'a>(
    frame: &Frame<'_>,
    past: &'a Past,
    whole: Tally,
    each: &BTreeMap<StepNumber, Tally>,
) -> Run<'a> {
    let repairs = past.plan.repairs.iter().flat_map(|repair| &repair.steps);
    let numbers = past.plan.steps.iter().map(|step| &step.number);
    let steps = numbers.chain(repairs.map(|step| &step.number)).filter_map(|number| {
        let does = past.words.get(number);
        Some(StepTally { number, does, tally: *each.get(number)? })
    });
    let failed = |entry: &&JournalEntry| matches!(entry.event, StepEvent::Failed { .. });
    let newest_first: Vec<&JournalEntry> = past.journal.iter().rev().collect();
    let (events, extent) = part(&newest_first, &frame.query);
    let machines = past.machines();
    Run {
        record: &past.record,
        tally: whole,
        left_seconds: past.left_seconds(&machines),
        machines,
        steps: steps.collect(),
        failures: past.journal.iter().filter(failed).collect(),
        events: events.to_vec(),
        extent,
        security: &past.plan.security,
        announced: &past.plan.budget,
    }
}

fn progress(frame: &Frame<'_>, run: &Run<'_>) -> Element {
    let (words, tally) = (frame.words, run.tally);
    let left = run.left_seconds.map(|seconds| {
        let seconds = usize::try_from(seconds).unwrap_or(usize::MAX);
        el("p").class("soft").c(frame.clock.span("run.left", seconds))
    });
    let parts = [
        (Mark::Good, tally.done, "f-good", "run.n-done"),
        (Mark::Run, tally.running, "f-runs", "run.n-running"),
        (Mark::Bad, tally.failed, "f-fails", "run.n-failed"),
        (Mark::Stop, tally.skipped, "f-stop", "run.n-skipped"),
        (Mark::Open, tally.left(), "f-none", "run.n-left"),
    ];
    let said = |number: usize, key: &str| words.fill(key, &[("n", &grouped(number))]);
    let label: Vec<String> = parts.iter().map(|(_, number, _, key)| said(*number, key)).collect();
    let shares: Vec<(usize, &'static str)> =
        parts.iter().map(|(_, number, class, _)| (*number, *class)).collect();
    el("section")
        .class("panel lines")
        .id(&Id::fixed("progress"))
        .a("aria-label", words.get("run.progress"))
        .c(el("p")
            .class("biglead")
            .c(el("b").c(grouped(tally.done)))
            .c(" ")
            .c(words.fill("run.of", &[("all", &grouped(tally.all))])))
        .c(left)
        .c(drawn("bar alone tall", &label.join(", "), &shares))
        .c(el("p").class("key").each(
            parts
                .iter()
                .map(|(mark, number, _, key)| el("span").c(mark.small()).c(said(*number, key))),
        ))
}

fn aside(frame: &Frame<'_>, past: &Past, machines: &[Machine]) -> Element {
    let words = frame.words;
    let (cost, announced) = (&past.record.cost, &past.plan.budget);
    let row = |named: &str, so_far: u64, announced: u64| {
        let cell = |number: u64| {
            el("td").class("r").c(grouped(usize::try_from(number).unwrap_or(usize::MAX)))
        };
        el("tr").c(el("th").a("scope", "row").c(named)).c(cell(so_far)).c(cell(announced))
    };
    let charges = charged(cost, announced).map(|what| {
        let count = |of: &Budget| of.money.get(what).copied().unwrap_or_default();
        row(thing(words, what), count(cost), count(announced))
    });
    let table = el("table")
        .class("plain fit")
        .c(el("thead").c(el("tr")
            .c(el("th").a("scope", "col").c(crate::html::unseen(words.get("cost.what"))))
            .c(el("th").a("scope", "col").class("r").c(words.get("cost.did")))
            .c(el("th").a("scope", "col").class("r").c(words.get("cost.announced")))))
        .c(el("tbody")
            .c(row(words.get("cost.calls"), cost.api_calls, announced.api_calls))
            .c(row(words.get("cost.trips"), cost.guest_round_trips, announced.guest_round_trips))
            .c(row(words.get("cost.reboots"), cost.reboots, announced.reboots))
            .c(row(words.get("cost.sessions"), cost.dropped_sessions, announced.dropped_sessions))
            .each(charges));
    let id = past.record.id.as_str();
    el("aside")
        .class("stack")
        .a("aria-label", words.get("run.about"))
        .c(panel(words.get("cost.heading"))
            .id(&Id::fixed("cost"))
            .c(table)
            .each(prices(words, cost, announced)))
        .c(crate::parts::security::panel_of(words, &past.plan.security))
        .c(acts(frame, past, machines))
        .c(panel(words.get("instance.terminal"))
            .c(command(&format!("rdpctl show {id}\nrdpctl undo {id}"))))
}

/// What costs money, of what was announced and of what was done.
fn charged<'a>(cost: &'a Budget, announced: &'a Budget) -> impl Iterator<Item = &'a str> {
    let more = cost.money.keys().filter(|what| !announced.money.contains_key(*what));
    announced.money.keys().chain(more).map(String::as_str)
}

/// The price of one of each, as it was quoted when it was announced.
fn prices<'a>(
    words: &'a Words,
    cost: &'a Budget,
    announced: &'a Budget,
) -> impl Iterator<Item = Element> + 'a {
    charged(cost, announced).map(|what| {
        let quote = announced.quotes.iter().find(|quote| quote.what == what);
        let price = match quote.map(|quote| &quote.price) {
            Some(Sighted::Seen(price)) => says_price(words, price),
            Some(Sighted::NotSeen) | None => words.get("price.not-quoted").to_owned(),
        };
        el("p").class("soft").c(thing(words, what)).c(": ").c(price)
    })
}

/// To stop it while it goes on, or to undo it afterwards; nothing where nobody is signed in who may.
fn acts(frame: &Frame<'_>, past: &Past, machines: &[Machine]) -> Option<Element> {
    let words = frame.words;
    let visitor = frame.request.visitor.as_ref()?;
    let record = &past.record;
    let to = Href::path(&["runs", record.id.as_str()]);
    if record.ended.is_none() {
        let in_hand = machines.iter().filter(|one| one.stands == Stands::Begun).count();
        let says = match in_hand {
            0 => words.get("run.stop").to_owned(),
            some => words.count("run.stop-in-hand", some),
        };
        return visitor.may(Scope::Stop).then(|| {
            panel(words.get("run.stop-heading"))
                .c(form(&to, &visitor.form).c(button("what", "stop", &says)))
                .c(el("p").class("soft").c(words.get("run.stop-about")))
        });
    }
    let wanted = frame.view.undos.get(&record.id);
    if let Some(Wanted { by, at, refused: None }) = wanted {
        let says = el("p").c(words.fill("run.undo-waits", &[("by", by)])).c(" ");
        return Some(
            panel(words.get("run.undo-heading"))
                .c(says.c(frame.clock.moment(*at)))
                .c(el("p").class("soft").c(words.get("run.undo-when"))),
        );
    }
    let refused = wanted.and_then(|wanted| wanted.refused.as_ref());
    let refused =
        refused.map(|why| el("p").c(words.fill("run.undo-refused", &[("why", &words.say(why))])));
    let is_ours = record.purpose == Purpose::Apply && frame.view.mode == Mode::Enforce;
    if !is_ours || !visitor.may(Scope::Undo) {
        return None;
    }
    let guards = Guarded::ALL.into_iter().filter(|guard| visitor.may(Scope::Guard(*guard)));
    let allow: Vec<Element> = guards
        .map(|guard| {
            el("label")
                .class("item")
                .c(el("input").a("type", "checkbox").a("name", "allow").a("value", guard.name()))
                .c(el("span").c(guard.name()))
        })
        .collect();
    let asked = (!allow.is_empty()).then(|| {
        el("fieldset").class("lines").c(el("legend").c(words.get("run.undo-allow"))).each(allow)
    });
    Some(
        panel(words.get("run.undo-heading"))
            .c(refused)
            .c(el("p").c(words.get("run.undo-about")))
            .c(form(&to, &visitor.form).c(asked).c(button(
                "what",
                "undo",
                words.get("run.undo-it"),
            ))),
    )
}
