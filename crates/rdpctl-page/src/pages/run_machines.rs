//! The machines of a run as a map: one mark for each, or for several where they are many, in the order in which they were
//! begun. As a machine is begun when another leaves room, there are no waves to draw.

use rdpctl_model::outcome::RunRecord;

use crate::html::{Element, el};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::frame::Frame;
use crate::parts::pieces::panel;
use crate::view::{Machine, Stands};
use crate::words::grouped;

/// Marks at most; beyond, one stands for several.
const MARKS: usize = 400;
const COLUMNS: usize = 25;
const CELL: usize = 18;

const STATES: [(Stands, Mark, &str); 5] = [
    (Stands::Done, Mark::Good, "run.m-done"),
    (Stands::Begun, Mark::Run, "run.m-begun"),
    (Stands::Failed, Mark::Bad, "run.m-failed"),
    (Stands::Skipped, Mark::Stop, "run.m-skipped"),
    (Stands::Left, Mark::Open, "run.m-left"),
];

/// The map, and at how many failures the run stops.
pub(super) fn map(frame: &Frame<'_>, record: &RunRecord, machines: &[Machine]) -> Option<Element> {
    if machines.is_empty() {
        return None;
    }
    let words = frame.words;
    let said: Vec<(Mark, String)> = STATES
        .into_iter()
        .filter_map(|(stands, mark, key)| {
            let number = machines.iter().filter(|one| one.stands == stands).count();
            (number > 0).then(|| (mark, words.fill(key, &[("n", &grouped(number))])))
        })
        .collect();
    let label: Vec<&str> = said.iter().map(|(_, says)| says.as_str()).collect();
    let key = el("p")
        .class("key")
        .each(said.iter().map(|(mark, says)| el("span").c(mark.small()).c(says)));
    let each = machines.len().div_ceil(MARKS);
    let for_several = (each > 1)
        .then(|| el("p").class("soft").c(words.fill("run.for-several", &[("n", &grouped(each))])));
    let stops = record.stops_at.and_then(|at| usize::try_from(at).ok());
    let stops = stops.map(|at| el("p").class("soft").c(words.count("run.stops-at", at)));
    Some(
        panel(words.count("run.machines", machines.len()))
            .id(&Id::fixed("machines"))
            .c(drawn(machines, each, &label.join(", ")))
            .c(key)
            .c(for_several)
            .c(stops),
    )
}

fn drawn(machines: &[Machine], each: usize, label: &str) -> Element {
    let marks: Vec<&[Machine]> = machines.chunks(each).collect();
    let rows = marks.len().div_ceil(COLUMNS);
    let svg = el("svg")
        .class("waves")
        .a("viewBox", format!("0 0 {} {}", COLUMNS * CELL, rows * CELL))
        .a("role", "img")
        .a("aria-label", label);
    svg.each(marks.into_iter().enumerate().map(|(place, of)| {
        // Several are shown by the worst of them.
        let worst = of.iter().map(|one| one.stands).min();
        let mark = STATES
            .into_iter()
            .find(|(stands, _, _)| Some(*stands) == worst)
            .map_or(Mark::Open, |(_, mark, _)| mark);
        let (x, y) = (place % COLUMNS * CELL, place / COLUMNS * CELL);
        let name = of.first().map_or("", |one| one.name.as_str());
        mark.placed(x + 2, y + 2, CELL - 4).c(el("title").c(name))
    }))
}
