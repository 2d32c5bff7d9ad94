//! Drift over time: how many were not as declared, day by day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::numbers::{self, Totals};
use super::shown::{Shown, shown};
use super::turned::{self, Turned};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::marks::Mark;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{head, panel, said};
use crate::parts::{shares, whose};
use crate::view::{Healed, History, Notes, Whose};
use crate::words::grouped;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Drift<'a> {
    #[serde(flatten)]
    totals: Totals,
    #[serde(flatten)]
    history: &'a History,
    #[serde(flatten)]
    whose: &'a Whose,
    notes: &'a BTreeMap<Date, Notes>,
    turned: Turned,
}

/// The page.
pub(super) fn show(frame: &Frame<'_>) -> Shown {
    let (view, words) = (frame.view, frame.words);
    let drift = Drift {
        totals: numbers::totals(view),
        history: &view.history,
        whose: &view.whose,
        notes: &view.notes,
        turned: turned::turned(frame),
    };
    let numbers = &view.numbers;
    let now = numbers.not_reachable + numbers.differ + numbers.unknown;
    let worst = view.history.days.iter().max_by_key(|day| day.differ + day.unknown);
    let sentence = match worst {
        Some(day) if view.history.days.len() > 1 => words.fill(
            "drift.head-worst",
            &[
                ("n", &grouped(now)),
                ("day", &day.day.to_string()),
                ("worst", &grouped(day.differ + day.unknown)),
            ],
        ),
        Some(_) | None => words.fill("drift.head", &[("n", &grouped(now))]),
    };
    let about = About { title: words.get("nav.drift").to_owned(), icon: frame.icon() };
    let plot = if view.history.days.len() > 1 {
        plot(frame, now)
    } else {
        panel(words.get("drift.heading")).c(el("p").class("soft").c(words.get("drift.too-young")))
    };
    let mut about_it = numbers::about(frame);
    if let Some(healed) = &view.history.healed {
        about_it.push(says_healed(frame, healed).into());
    }
    let main = Html::from(head(sentence, about_it)).and(
        el("div")
            .class("stack")
            .c(plot)
            .c(turned::section(frame, &drift.turned))
            .c(crate::parts::breaks::breaks(words, &view.breaks))
            .c((!view.history.facets.is_empty()).then(|| facets(frame)))
            .c(whose::panel_of(frame))
            .c(returns(frame)),
    );
    shown(frame, "drift", &drift, frame.document(&about, main))
}

fn plot(frame: &Frame<'_>, now: usize) -> Element {
    let words = frame.words;
    let days = &frame.view.history.days;
    let label = words.fill("drift.plot", &[("n", &grouped(now))]);
    let rows = days.iter().map(|day| {
        el("tr")
            .c(el("th").a("scope", "row").c(day.day.to_string()))
            .c(el("td").class("r").c(grouped(day.differ)))
            .c(el("td").class("r").c(grouped(day.unknown)))
    });
    let table = el("table")
        .class("plain fit")
        .c(el("thead").c(el("tr")
            .c(el("th").a("scope", "col").c(words.get("drift.day")))
            .c(el("th").a("scope", "col").class("r").c(words.get("fleet.differ")))
            .c(el("th").a("scope", "col").class("r").c(words.get("fleet.unknown")))))
        .c(el("tbody").each(rows));
    panel(words.get("drift.heading")).c(shares::days("plot", &label, days)).c(notes(frame)).c(el(
        "details",
    )
    .c(el("summary").c(words.get("drift.as-list")))
    .c(table))
}

/// What was done on these days, the newest first.
fn notes(frame: &Frame<'_>) -> Option<Element> {
    let (view, words) = (frame.view, frame.words);
    let first = view.history.days.first()?.day;
    let lines = view.notes.range(first..).rev().map(|(day, note)| {
        let said = [
            ("note.runs", note.runs),
            ("note.cut", note.cut),
            ("note.undone", note.undone),
            ("note.approved", note.approved),
            ("note.refused", note.refused),
            ("note.paused", note.paused),
            ("note.left-alone", note.left_alone),
        ];
        let said = said.into_iter().filter(|(_, number)| *number > 0);
        let said: Vec<String> = said.map(|(key, number)| words.count(key, number)).collect();
        el("li").c(el("b").c(day.to_string())).c(" ").c(said.join(" · "))
    });
    let lines: Vec<Element> = lines.collect();
    (!lines.is_empty()).then(|| el("ul").class("list").each(lines))
}

/// How soon what differed was as declared again.
fn says_healed(frame: &Frame<'_>, healed: &Healed) -> String {
    let span = |seconds: u64| {
        frame.clock.span("age.plain", usize::try_from(seconds).unwrap_or(usize::MAX))
    };
    let values = [
        ("n", grouped(healed.times)),
        ("median", span(healed.median)),
        ("nine", span(healed.nine_in_ten)),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    frame.words.fill("drift.healed", &values)
}

/// A small picture for each facet, with its own scale.
fn facets(frame: &Frame<'_>) -> Element {
    let words = frame.words;
    let figures = frame.view.history.facets.iter().map(|one| {
        let count = |day: &crate::view::Day| day.differ + day.unknown;
        let (today, most) = (
            one.days.last().map_or(0, count),
            one.days.iter().map(count).max().unwrap_or_default(),
        );
        let name = words.facet(one.facet);
        let values = [("facet", name.to_owned()), ("most", grouped(most)), ("n", grouped(today))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let label = words.fill("drift.of-facet", &values);
        let to = Href::query().with("view", "matrix").with("facet", one.facet.name());
        let leads = link(&Href::path(&[]).asking(&to), name);
        let healed = one.healed.as_ref().map(|it| el("small").c(says_healed(frame, it)));
        el("figure")
            .c(el("figcaption").c(leads).c(" ").c(el("b").c(grouped(today))))
            .c(shares::days("plot tiny", &label, &one.days))
            .c(healed)
    });
    panel(words.get("drift.facets"))
        .c(el("p").class("soft").c(words.get("drift.facets-about")))
        .c(el("div").class("multi").each(figures))
}

/// What comes back again and again, and what the loop said of who it may be.
fn returns(frame: &Frame<'_>) -> Element {
    let words = frame.words;
    let panel = panel(words.get("drift.returns"));
    let returns = &frame.view.history.returns;
    if returns.is_empty() {
        return panel.c(el("p").class("soft").c(words.get("drift.no-returns")));
    }
    let lines = returns.iter().map(|one| {
        let mark = if one.left_alone.is_some() { Mark::Stop } else { Mark::Bad };
        let times = words.fill("drift.times", &[("n", &grouped(one.times))]);
        let alone = one.left_alone.map(|until| {
            Html::text(words.get("drift.left-alone")).and(" ").and(frame.clock.moment(until))
        });
        let why = one.reason.as_ref().map(|reason| said(words, "p", reason).class("soft"));
        el("li").class("item").c(mark.small()).c(el("div")
            .c(link(&Href::instance(&one.instance), one.instance.as_str()))
            .c(" · ")
            .c(words.facet(one.facet))
            .c(" · ")
            .c(times)
            .c(alone.map(|alone| el("p").c(alone)))
            .c(why))
    });
    panel.c(el("ul").class("list").each(lines))
}
