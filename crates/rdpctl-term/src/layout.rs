//! Pages become text: columns, wrapping under a text's own column, the word at the right edge, colours.

use crate::line::Lines;
use crate::page::{Cell, Flow, Line, Page, Place, Row, What};
use crate::spoken;
use crate::view::{Reader, View};
use crate::words::{Unit, units};

/// Below this width the word at the right edge stands on a line of its own.
const RAIL_FROM: usize = 60;
/// Between a column and what stands before it.
const GAP: usize = 2;
/// Text with less room than this stands under what was before it instead.
const LEAST: usize = 16;
/// Where it stands then.
const INSTEAD: usize = 6;

/// Lays a page out.
#[must_use]
pub fn lay(page: &Page, view: &View) -> String {
    let mut text = String::new();
    for line in page.lines() {
        match (line, view.reader) {
            (Line::Blank, _) => text.push('\n'),
            (Line::Row(row), Reader::Eyes) => text.push_str(&seen(row, view)),
            (Line::Row(row), Reader::Ears) => text.push_str(&spoken::row(row, view)),
        }
    }
    text
}

fn seen(row: &Row, view: &View) -> String {
    let limit = view.cells();
    let rail = row.rail.as_ref().map(|rail| units(rail, view)).unwrap_or_default();
    let rail_width = wide(&rail);
    let rail_ends = limit.unwrap_or(View::PROSE);
    let beside = !rail.is_empty()
        && view.width.is_none_or(|width| width >= RAIL_FROM)
        && rail_ends.saturating_sub(rail_width + GAP) >= row.at + LEAST;
    let whole = limit;
    // Beside the word at the edge there is less room, below it all of it.
    let limit = limit.map(|limit| if beside { limit - rail_width - GAP } else { limit });
    let hang = match limit {
        Some(limit) if row.at + LEAST > limit => row.at.min(INSTEAD),
        Some(_) | None => row.at,
    };
    let mut lines = Lines::new(limit);
    for cell in &row.cells {
        place(&mut lines, cell, view);
    }
    let text = units(&row.words, view);
    begin(&mut lines, row.at, hang, &text);
    // The word at the edge belongs to the first line; what comes after is written under it.
    let mut on_edge = beside;
    for unit in &text {
        match row.flow {
            Flow::Wraps => {
                let turns = !lines.is_fresh() && !lines.fits(unit.spaces + unit.room());
                if turns && on_edge && lines.is_first() {
                    edge(&mut lines, &rail, rail_ends - rail_width, whole);
                    on_edge = false;
                    lines.turn(hang);
                }
                lines.write(unit, hang);
            }
            Flow::Runs => copy(&mut lines, unit),
        }
    }
    if on_edge {
        edge(&mut lines, &rail, rail_ends - rail_width, whole);
    } else if !rail.is_empty() && !beside {
        lines.turn(hang);
        for unit in &rail {
            lines.write(unit, hang);
        }
    }
    lines.finish(view)
}

/// Puts the cursor where text begins: in its column, or behind what reaches into it, or on a line of its own.
fn begin(lines: &mut Lines, at: usize, hang: usize, text: &[Unit]) {
    let Some(first) = text.first() else { return };
    if lines.is_fresh() {
        lines.pad_to(at.min(hang));
        return;
    }
    let column = if at > lines.width() { at } else { lines.width() + GAP };
    let room = first.room().min(LEAST);
    if lines.fits(column - lines.width() + room) {
        lines.pad_to(column);
    } else {
        lines.turn(hang);
    }
}

fn place(lines: &mut Lines, cell: &Cell, view: &View) {
    let shown: Vec<Unit> = match &cell.what {
        What::Mark(mark) => {
            let sign = mark.sign(view.characters).to_owned();
            vec![Unit { spaces: 0, parts: vec![(mark.ink(), sign)] }]
        }
        What::Name(words) | What::Label(words) => units(words, view),
        What::Number(number) => units(&crate::text::Words::new().own(number.clone()), view),
    };
    let column = match cell.place {
        Place::From(column) => column,
        Place::Before(column) => column.saturating_sub(wide(&shown)),
    };
    let column = if lines.is_fresh() { column } else { column.max(lines.width() + 1) };
    lines.pad_to(column);
    for (place, unit) in shown.iter().enumerate() {
        let first = Unit { spaces: 0, parts: unit.parts.clone() };
        lines.write(if place == 0 { &first } else { unit }, column.min(INSTEAD));
    }
}

fn copy(lines: &mut Lines, unit: &Unit) {
    if !lines.is_fresh() {
        lines.pad_to(lines.width() + unit.spaces);
    }
    for (ink, text) in &unit.parts {
        lines.copy(*ink, text);
    }
}

fn edge(lines: &mut Lines, rail: &[Unit], column: usize, limit: Option<usize>) {
    lines.limit(usize::MAX);
    lines.pad_to(column.max(lines.width() + GAP));
    for (place, unit) in rail.iter().enumerate() {
        if place > 0 {
            lines.pad_to(lines.width() + unit.spaces);
        }
        for (ink, text) in &unit.parts {
            lines.copy(*ink, text);
        }
    }
    lines.limit(limit.unwrap_or(usize::MAX));
}

fn wide(units: &[Unit]) -> usize {
    let spaces: usize = units.iter().skip(1).map(|unit| unit.spaces).sum();
    spaces + units.iter().map(Unit::width).sum::<usize>()
}

#[cfg(test)]
mod tests;
