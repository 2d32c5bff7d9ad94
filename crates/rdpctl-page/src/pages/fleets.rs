//! The fleets, each with its five numbers.

use serde::Serialize;

use super::numbers::{self, Totals};
use super::select::looks;
use super::shown::{Shown, shown};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::head;
use crate::parts::say;
use crate::parts::shares::{self, Leads};
use crate::standing::{Numbers, Standing};
use crate::words::grouped;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Fleets<'a> {
    #[serde(flatten)]
    totals: Totals,
    fleets: Vec<One<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct One<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    fleet: Option<&'a str>,
    numbers: Numbers,
}

/// The page.
pub(super) fn show(frame: &Frame<'_>) -> Shown {
    let view = frame.view;
    let fleets = Fleets {
        totals: numbers::totals(view),
        fleets: view
            .fleets
            .iter()
            .map(|(fleet, numbers)| One { fleet: fleet.as_deref(), numbers: *numbers })
            .collect(),
    };
    let words = frame.words;
    let about = About {
        title: format!("{} · {}", numbers::title(frame), words.get("look.fleets")),
        icon: frame.icon(),
    };
    let heads = Standing::ALL
        .into_iter()
        .map(|one| el("th").a("scope", "col").class("r").c(say::standing(words, one)));
    let table = el("table")
        .class("plain fit five")
        .c(el("thead")
            .c(el("tr").c(el("th").a("scope", "col").c(words.get("filter.fleet"))).each(heads)))
        .c(el("tbody").each(fleets.fleets.iter().map(|one| row(frame, one))));
    let main = Html::from(head(numbers::sentence(frame), numbers::about(frame)))
        .and(shares::tally(words, &view.numbers, &Leads::ToFilter))
        .and(el("div").class("row gap").c(el("span").class("grow")).c(looks(frame)))
        .and(el("section").class("panel mt").c(table));
    shown(frame, "fleets", &fleets, frame.document(&about, main))
}

fn row(frame: &Frame<'_>, one: &One<'_>) -> Element {
    let name: Html = match one.fleet {
        Some(fleet) => {
            link(&Href::path(&[]).with("view", "matrix").with("fleet", fleet), fleet).into()
        }
        None => frame.words.get("fleet.single").into(),
    };
    let cells = Standing::ALL.into_iter().map(|standing| {
        el("td")
            .class("r")
            .a("data-f", say::standing(frame.words, standing))
            .c(grouped(one.numbers.of(standing)))
    });
    el("tr").c(el("th").a("scope", "row").c(name)).each(cells)
}
