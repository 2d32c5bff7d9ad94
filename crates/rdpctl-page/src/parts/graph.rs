//! Planned steps as a graph: columns by how deep they stand, lines for needs.

use std::collections::BTreeMap;

use rdpctl_model::StepNumber;

use super::stations::shorten;
use crate::html::{Element, Html, el};
use crate::marks::Mark;
use crate::parts::say;
use crate::view::StepLine;
use crate::words::Words;

const WIDTH: usize = 214;
const HEIGHT: usize = 48;
const COLUMN: usize = 248;
const ROW: usize = 64;
/// Steps beyond so many are only counted: a picture of hundreds of boxes tells nobody anything.
const DRAWN: usize = 40;

/// The graph.
pub(crate) fn graph(words: &Words, steps: &[StepLine]) -> Element {
    let mut places: BTreeMap<&StepNumber, (usize, usize)> = BTreeMap::new();
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    for step in steps.iter().take(DRAWN) {
        let before =
            step.needs.iter().filter_map(|need| places.get(need).map(|(column, _)| *column));
        let column = before.max().map_or(0, |deepest| deepest + 1);
        let row = rows.entry(column).or_default();
        places.insert(&step.number, (column, *row));
        *row += 1;
    }
    let columns = rows.keys().max().map_or(1, |last| last + 1);
    let height = rows.values().max().copied().unwrap_or(1) * ROW + 16;
    let corner = |(column, row): (usize, usize)| (8 + column * COLUMN, 8 + row * ROW);
    let told: Vec<String> = steps
        .iter()
        .take(DRAWN)
        .map(|step| format!("{} {}", step.number, words.say(&step.words.does)))
        .collect();
    let mut svg = el("svg")
        .class("graph mt")
        .a("viewBox", format!("0 0 {} {height}", columns * COLUMN))
        .a("role", "img")
        .a("aria-label", told.join("; "));
    for step in steps.iter().take(DRAWN) {
        let Some(to) = places.get(&step.number).map(|at| corner(*at)) else { continue };
        for from in step.needs.iter().filter_map(|need| places.get(need).map(|at| corner(*at))) {
            svg = svg.c(edge(from, to));
        }
    }
    svg.each(
        steps.iter().filter_map(|step| Some(node(words, step, corner(*places.get(&step.number)?)))),
    )
}

fn edge((from_x, from_y): (usize, usize), (to_x, to_y): (usize, usize)) -> Element {
    let (x1, y1, x2, y2) = (from_x + WIDTH, from_y + HEIGHT / 2, to_x, to_y + HEIGHT / 2);
    let middle = usize::midpoint(x1, x2);
    el("path")
        .a("d", format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"))
        .class("s-edge")
        .a("fill", "none")
        .a("stroke-width", "1.5")
}

fn node(words: &Words, step: &StepLine, (x, y): (usize, usize)) -> Html {
    let mark = step.held.as_ref().map_or(Mark::Open, |held| say::waits(words, held).0);
    let about = step
        .held
        .as_ref()
        .map_or_else(|| step.facet.name().to_owned(), |held| say::waits(words, held).1);
    let words_at = |class: &'static str, down: usize, says: &str| {
        el("text").class(class).n("x", x + 36).n("y", y + down).c(says)
    };
    let size = |element: Element| element.n("width", 16).n("height", 16);
    Html::from(
        el("g")
            .c(el("title").c(format!("{} {}", step.number, words.say(&step.words.does))))
            .c(el("rect")
                .n("x", x)
                .n("y", y)
                .n("width", WIDTH)
                .n("height", HEIGHT)
                .n("rx", 8)
                .class("f-wash s-edge"))
            .c(size(
                el("use")
                    .href(&crate::address::Href::anchor(&crate::id::Id::fixed(mark.symbol())))
                    .n("x", x + 12)
                    .n("y", y + 16)
                    .class(mark.tone()),
            ))
            .c(words_at(
                "",
                21,
                &shorten(&format!("{} {}", step.number, words.say(&step.words.does)), 22),
            ))
            .c(words_at("v", 37, &shorten(&about, 23))),
    )
}
