//! Text in units that stay together on a line: words, and numbers with what they count.

use crate::ink::Ink;
use crate::text::Words;
use crate::view::View;
use crate::width::{room, width};

/// What never stands on another line than the number before it.
const COUNTED: &[&str] = &[
    "s", "ms", "min", "h", "day", "days", "Mbps", "bit", "B", "bytes", "KB", "MB", "GB", "%",
    "CNY", "USD", "EUR", "KRW",
];

/// What stays together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unit {
    /// How many spaces stand before it where it does not begin a line.
    pub(crate) spaces: usize,
    /// Its pieces.
    pub(crate) parts: Vec<(Ink, String)>,
}

impl Unit {
    pub(crate) fn width(&self) -> usize {
        self.parts.iter().map(|(_, text)| width(text)).sum()
    }

    pub(crate) fn room(&self) -> usize {
        self.parts.iter().map(|(_, text)| room(text)).sum()
    }

    fn push(&mut self, ink: Ink, c: char) {
        match self.parts.last_mut() {
            Some((last, text)) if *last == ink => text.push(c),
            Some(_) | None => self.parts.push((ink, c.to_string())),
        }
    }

    fn text(&self) -> String {
        self.parts.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// The units of some words.
pub(crate) fn units(words: &Words, view: &View) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut current = Unit::default();
    for span in words.spans() {
        for c in span.shown(view).chars() {
            if c == ' ' {
                if !current.parts.is_empty() {
                    units.push(std::mem::take(&mut current));
                }
                current.spaces += 1;
            } else {
                current.push(span.ink, c);
            }
        }
    }
    if !current.parts.is_empty() {
        units.push(current);
    }
    together(units)
}

fn together(units: Vec<Unit>) -> Vec<Unit> {
    let mut joined: Vec<Unit> = Vec::with_capacity(units.len());
    for unit in units {
        match joined.last_mut() {
            Some(last)
                if unit.spaces == 1 && is_number(&last.text()) && is_counted(&unit.text()) =>
            {
                last.parts.push((Ink::Plain, " ".to_owned()));
                last.parts.extend(unit.parts);
            }
            Some(_) | None => joined.push(unit),
        }
    }
    joined
}

fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches('(');
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ':'))
        && word.ends_with(|c: char| c.is_ascii_digit())
}

fn is_counted(word: &str) -> bool {
    COUNTED.contains(&word.trim_end_matches(['.', ',', ';', ':', ')']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_what_it_counts_stay_together() {
        let said = |text: &str| -> Vec<String> {
            units(&Words::new().said(text), &View::plain()).iter().map(Unit::text).collect()
        };
        assert_eq!(said("ends in 3 h, at 5 Mbps"), ["ends", "in", "3 h,", "at", "5 Mbps"]);
        assert_eq!(said("step 3 starts"), ["step", "3", "starts"]);
        assert_eq!(said("1,234 ms  then"), ["1,234 ms", "then"]);
    }
}
