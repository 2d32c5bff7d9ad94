//! What an instance was over time: a line for each facet that changed, and the same as a table.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_model::chronicle::Turned;
use rdpctl_model::{FacetId, RunId, Verdict};

use super::frame::Frame;
use super::pieces::{panel, verdict};
use crate::html::{Element, Html, el};
use crate::view::Detail;

/// A piece is never thinner than that, in hundredths of a per cent of the width.
const LEAST: i64 = 40;
const WHOLE: i64 = 10_000;

/// The panel; nothing where nothing is known to have changed.
pub(crate) fn timeline(
    frame: &Frame<'_>,
    detail: Option<&Detail>,
    judged: usize,
) -> Option<Element> {
    let detail = detail?;
    let turns = &detail.turns;
    let first = turns.last()?.at;
    let words = frame.words;
    let mut of: BTreeMap<FacetId, Vec<&Turned>> = BTreeMap::new();
    for turn in turns.iter().rev() {
        of.entry(turn.facet).or_default().push(turn);
    }
    let lines = of.iter().map(|(facet, turns)| {
        Html::from(el("span").c(words.facet(*facet))).and(line(frame, *facet, turns, first))
    });
    // What did not change is one line, however much of it there is.
    let others = judged.saturating_sub(of.len());
    let others = (others > 0).then(|| {
        let says = words.count("timeline.others", others);
        Html::from(el("span").class("soft").c(&says)).and(
            strip(words.get("timeline.unchanged")).c(piece(0, WHOLE, ("f-none", "37%", "26%"))),
        )
    });
    let rows = turns.iter().map(|turn| {
        let stood = |it: Option<&Verdict>| match it {
            Some(it) => verdict(words, it),
            None => words.get("cell.healthy").into(),
        };
        el("tr")
            .c(el("td").c(frame.clock.moment(turn.at)))
            .c(el("th").a("scope", "row").c(words.facet(turn.facet)))
            .c(el("td").c(stood(turn.from.as_ref())))
            .c(el("td").c(stood(turn.to.as_ref())))
    });
    let head = ["timeline.when", "filter.facet", "timeline.was", "timeline.is"];
    let table = el("div").class("scroll").n("tabindex", 0).c(el("table")
        .class("plain")
        .c(el("thead")
            .c(el("tr").each(head.map(|key| el("th").a("scope", "col").c(words.get(key))))))
        .c(el("tbody").each(rows)));
    let about =
        el("p").class("soft").c(words.get("fleet.since")).c(" ").c(frame.clock.moment(first));
    Some(
        panel(words.get("timeline.heading"))
            .c(about)
            .c(el("div").class("tl").each(lines).c(others).c(runs(frame, detail, first)))
            .c(el("details").c(el("summary").c(words.get("drift.as-list"))).c(table)),
    )
}

/// One facet: what it was from turn to turn, until now.
fn line(frame: &Frame<'_>, facet: FacetId, turns: &[&Turned], first: Timestamp) -> Element {
    let words = frame.words;
    let place = |at: Timestamp| place(frame, at, first);
    let mut pieces: Vec<(i64, i64, Option<&Verdict>, Timestamp)> = Vec::new();
    if let Some(oldest) = turns.first()
        && oldest.at > first
    {
        pieces.push((0, place(oldest.at), oldest.from.as_ref(), first));
    }
    for (number, turn) in turns.iter().enumerate() {
        let until = turns.get(number + 1).map_or(WHOLE, |next| place(next.at));
        pieces.push((place(turn.at), until, turn.to.as_ref(), turn.at));
    }
    let mut svg = strip(&label(frame, facet, turns));
    for (from, until, stood, since) in pieces {
        let (class, top, height) = match stood {
            None | Some(Verdict::Healthy { .. } | Verdict::NotApplicable { .. }) => {
                ("f-good", "37%", "26%")
            }
            Some(Verdict::Drifted { .. }) => ("f-bad", "0%", "100%"),
            Some(Verdict::Blocked { .. }) => ("f-stop", "0%", "100%"),
            Some(Verdict::Unknown { .. }) => ("f-dim", "0%", "100%"),
        };
        let says = stood.map_or_else(|| words.get("cell.healthy").to_owned(), |it| word(frame, it));
        let until = until.max(from + LEAST).min(WHOLE);
        let from = from.min(WHOLE - LEAST);
        svg = svg.c(piece(from, until, (class, top, height))
            .c(el("title").c(format!("{} {says}", frame.clock.hour(since)))));
    }
    svg
}

fn strip(label: &str) -> Element {
    el("svg").a("role", "img").a("aria-label", label)
}

fn piece(
    from: i64,
    until: i64,
    (class, top, height): (&'static str, &'static str, &'static str),
) -> Element {
    el("rect")
        .a("x", percent(from))
        .a("width", percent(until - from))
        .a("y", top)
        .a("height", height)
        .class(class)
}

/// Runs that did something to it, each as a dot; the list of what they did leads to them.
fn runs(frame: &Frame<'_>, detail: &Detail, first: Timestamp) -> Option<Html> {
    let words = frame.words;
    let mut runs: BTreeMap<&RunId, Timestamp> = BTreeMap::new();
    for (run, entry) in detail.history.iter().filter(|(_, entry)| entry.at >= first) {
        runs.entry(run).and_modify(|at| *at = entry.at.min(*at)).or_insert(entry.at);
    }
    if runs.is_empty() {
        return None;
    }
    let says = words.count("timeline.runs", runs.len());
    let dots = runs.into_iter().map(|(run, at)| {
        el("circle")
            .a("cx", percent(place(frame, at, first)))
            .a("cy", "50%")
            .n("r", 4)
            .class("f-link")
            .c(el("title").c(format!("{} {}", frame.clock.hour(at), run)))
    });
    Some(Html::from(el("span").c(&says)).and(strip(&says).each(dots)))
}

/// Where a moment stands, in hundredths of a per cent of the width.
fn place(frame: &Frame<'_>, at: Timestamp, first: Timestamp) -> i64 {
    let span = (frame.view.at.as_second() - first.as_second()).max(1);
    ((at.as_second() - first.as_second()) * WHOLE / span).min(WHOLE)
}

/// The last of it, for the ear.
fn label(frame: &Frame<'_>, facet: FacetId, turns: &[&Turned]) -> String {
    let words = frame.words;
    let last = turns.last().and_then(|turn| turn.to.as_ref());
    let says = last.map_or_else(|| words.get("cell.healthy").to_owned(), |it| word(frame, it));
    format!("{}: {says}", words.facet(facet))
}

fn word(frame: &Frame<'_>, verdict: &Verdict) -> String {
    let words = frame.words;
    let kind = match verdict {
        Verdict::Healthy { .. } => "cell.healthy",
        Verdict::Drifted { .. } => "cell.differs",
        Verdict::Unknown { .. } => "cell.unknown",
        Verdict::Blocked { .. } => "cell.blocked",
        Verdict::NotApplicable { .. } => "cell.not-applicable",
    };
    words.get(kind).to_owned()
}

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}
