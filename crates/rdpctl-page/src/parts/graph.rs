//! Planned steps as a graph: columns by how deep they stand, lines for needs.

use std::collections::BTreeMap;

use rdpctl_model::StepNumber;

use super::stations::shorten;
use crate::html::{Element, Html, el};
use crate::marks::Mark;

const WIDTH: usize = 214;
const HEIGHT: usize = 48;
const COLUMN: usize = 248;
const ROW: usize = 64;
/// Steps beyond so many are only counted: a picture of hundreds of boxes tells nobody anything.
const DRAWN: usize = 40;

/// A step as it is drawn.
pub(crate) struct Node {
    /// Its number.
    pub(crate) number: StepNumber,
    /// What it does.
    pub(crate) does: String,
    /// For which facet, or for what it waits.
    pub(crate) about: String,
    /// How it stands.
    pub(crate) mark: Mark,
    /// What must be done before.
    pub(crate) needs: Vec<StepNumber>,
}

/// The graph.
pub(crate) fn graph(steps: &[Node]) -> Element {
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
    let told: Vec<String> =
        steps.iter().take(DRAWN).map(|step| format!("{} {}", step.number, step.does)).collect();
    let mut svg = el("svg")
        .class("graph mt")
        .a("viewBox", format!("0 0 {} {height}", columns * COLUMN))
        // As large as it is written: a long chain is scrolled along, and never shrunk until nobody can read it.
        .n("width", columns * COLUMN)
        .n("height", height)
        .a("role", "img")
        .a("aria-label", told.join("; "));
    for step in steps.iter().take(DRAWN) {
        let Some(to) = places.get(&step.number).map(|at| corner(*at)) else { continue };
        for from in step.needs.iter().filter_map(|need| places.get(need).map(|at| corner(*at))) {
            svg = svg.c(edge(from, to));
        }
    }
    svg.each(steps.iter().filter_map(|step| Some(node(step, corner(*places.get(&step.number)?)))))
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

fn node(step: &Node, (x, y): (usize, usize)) -> Html {
    let says = format!("{} {}", step.number, step.does);
    let words_at = |class: &'static str, down: usize, says: &str| {
        el("text").class(class).n("x", x + 36).n("y", y + down).c(says)
    };
    let size = |element: Element| element.n("width", 16).n("height", 16);
    Html::from(
        el("g")
            .c(el("title").c(&says))
            .c(el("rect")
                .n("x", x)
                .n("y", y)
                .n("width", WIDTH)
                .n("height", HEIGHT)
                .n("rx", 8)
                .class("f-wash s-edge"))
            .c(size(
                el("use")
                    .href(&crate::address::Href::anchor(&crate::id::Id::fixed(step.mark.symbol())))
                    .n("x", x + 12)
                    .n("y", y + 16)
                    .class(step.mark.tone()),
            ))
            .c(words_at("", 21, &shorten(&says, 22)))
            .c(words_at("v", 37, &shorten(&step.about, 23))),
    )
}
