//! Drift over time: how many were not as declared, day by day.

use serde::Serialize;

use super::numbers::{self, Totals};
use super::shown::{Shown, shown};
use crate::html::{Element, Html, el};
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{head, panel};
use crate::parts::shares;
use crate::view::Day;
use crate::words::grouped;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Drift<'a> {
    #[serde(flatten)]
    totals: Totals,
    days: &'a [Day],
}

/// The page.
pub(super) fn show(frame: &Frame<'_>) -> Shown {
    let (view, words) = (frame.view, frame.words);
    let drift = Drift { totals: numbers::totals(view), days: &view.days };
    let numbers = &view.numbers;
    let now = numbers.not_reachable + numbers.differ + numbers.unknown;
    let worst = view.days.iter().max_by_key(|day| day.differ + day.unknown);
    let sentence = match worst {
        Some(day) if view.days.len() > 1 => words.fill(
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
    let plot = if view.days.len() > 1 {
        plot(frame, now)
    } else {
        panel(words.get("drift.heading")).c(el("p").class("soft").c(words.get("drift.too-young")))
    };
    let main = Html::from(head(sentence, numbers::about(frame)))
        .and(plot)
        .and(crate::parts::breaks::breaks(words, &view.breaks));
    shown(frame, "drift", &drift, frame.document(&about, main))
}

fn plot(frame: &Frame<'_>, now: usize) -> Element {
    let words = frame.words;
    let days = &frame.view.days;
    let label = words.fill("drift.plot", &[("n", &grouped(now))]);
    let rows = days.iter().map(|day| {
        el("tr")
            .c(el("th").a("scope", "row").c(day.day.to_string()))
            .c(el("td").class("r").c(grouped(day.differ)))
            .c(el("td").class("r").c(grouped(day.unknown)))
    });
    let table = el("table")
        .class("plain")
        .c(el("thead").c(el("tr")
            .c(el("th").a("scope", "col").c(words.get("drift.day")))
            .c(el("th").a("scope", "col").class("r").c(words.get("fleet.differ")))
            .c(el("th").a("scope", "col").class("r").c(words.get("fleet.unknown")))))
        .c(el("tbody").each(rows));
    panel(words.get("drift.heading"))
        .c(shares::days("plot", &label, days))
        .c(el("details").c(el("summary").c(words.get("drift.as-list"))).c(table))
}
