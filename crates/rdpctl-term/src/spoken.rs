//! Rows for the ear: sentences in order, with words for marks and nothing that only columns would say.

use crate::ink::Ink;
use crate::line::Lines;
use crate::page::{Cell, Place, Row, What};
use crate::text::Words;
use crate::view::View;
use crate::words::{Unit, units};

/// Lays a row out as sentences.
pub(crate) fn row(row: &Row, view: &View) -> String {
    let indent = depth(row);
    let mut said: Vec<Unit> = Vec::new();
    let mut mark = None;
    for cell in &row.cells {
        match &cell.what {
            What::Mark(it) => mark = Some(it.word()),
            What::Name(words) => say(&mut said, units(words, view)),
            What::Label(words) => {
                say(&mut said, units(words, view));
                end(&mut said, ":");
            }
            What::Number(number) => {
                let is_number = number.starts_with(|c: char| c.is_ascii_digit());
                let name = if is_number { format!("step {number}") } else { number.clone() };
                say(&mut said, units(&Words::new().own(name), view));
                end(&mut said, ":");
            }
        }
    }
    say(&mut said, units(&row.words, view));
    let text = |said: &[Unit]| -> String {
        said.iter().flat_map(|unit| &unit.parts).map(|(_, text)| text.as_str()).collect()
    };
    if !text(&said).ends_with(['.', ':', '?', '!']) && !said.is_empty() {
        end(&mut said, ".");
    }
    // What the sentence says already is not said again.
    let heard: String = text(&said).to_lowercase();
    if let Some(word) = mark.filter(|word| !heard.contains(&word.replace(' ', ""))) {
        say(&mut said, units(&Words::new().own(sentence(word)), view));
    }
    if let Some(rail) = &row.rail {
        say(&mut said, units(rail, view));
        end(&mut said, ".");
    }
    let mut lines = Lines::new(view.cells());
    lines.pad_to(indent);
    for unit in &said {
        lines.write(unit, indent + 2);
    }
    lines.finish(view)
}

/// How deep a row stands, in steps of two: what columns say to the eye, as far as it matters.
fn depth(row: &Row) -> usize {
    let first = row.cells.first().map_or(row.at, |Cell { place, .. }| match place {
        Place::From(column) => *column,
        Place::Before(_) => 4,
    });
    match first {
        0..=1 => 0,
        2..=3 => 2,
        4..=10 => 4,
        _ => 6,
    }
}

fn say(said: &mut Vec<Unit>, more: Vec<Unit>) {
    for (place, mut unit) in more.into_iter().enumerate() {
        if place == 0 {
            unit.spaces = 1;
        }
        said.push(unit);
    }
}

fn end(said: &mut [Unit], with: &str) {
    if let Some(last) = said.last_mut() {
        last.parts.push((Ink::Plain, with.to_owned()));
    }
}

fn sentence(word: &str) -> String {
    let mut letters = word.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
