//! Lines that grow: a place to write on that knows how much room is left.

use crate::escape::{ADDRESS, BEFORE, ENDS};
use crate::ink::Ink;
use crate::view::{Links, Paint, View};
use crate::width::{split, width};
use crate::words::Unit;

/// Lines that are being written.
pub(crate) struct Lines {
    /// Cells that a line has; as many as it wants where nothing wraps.
    limit: usize,
    done: Vec<Vec<(Ink, String)>>,
    line: Vec<(Ink, String)>,
    /// Cells taken, counted narrow and counted wide.
    width: usize,
    room: usize,
    /// Nothing stands on the line yet but spaces.
    is_fresh: bool,
}

impl Lines {
    pub(crate) const fn new(limit: Option<usize>) -> Self {
        Self {
            limit: match limit {
                Some(limit) => limit,
                None => usize::MAX,
            },
            done: Vec::new(),
            line: Vec::new(),
            width: 0,
            room: 0,
            is_fresh: true,
        }
    }

    /// Cells taken on this line.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// Whether anything stands on this line.
    pub(crate) const fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Whether this many more cells would fit.
    pub(crate) const fn fits(&self, more: usize) -> bool {
        self.room.saturating_add(more) <= self.limit
    }

    /// Whether this is the first line.
    pub(crate) fn is_first(&self) -> bool {
        self.done.is_empty()
    }

    /// Another limit from here on.
    pub(crate) const fn limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Spaces up to a column; none where it is passed already.
    pub(crate) fn pad_to(&mut self, column: usize) {
        if column > self.width {
            let spaces = column - self.width;
            self.line.push((Ink::Plain, " ".repeat(spaces)));
            self.width += spaces;
            self.room += spaces;
        }
    }

    /// A new line that begins at a column.
    pub(crate) fn turn(&mut self, column: usize) {
        self.done.push(std::mem::take(&mut self.line));
        (self.width, self.room, self.is_fresh) = (0, 0, true);
        self.pad_to(column);
    }

    /// Writes a unit; where it does not fit, on the next line, which begins at a column.
    pub(crate) fn write(&mut self, unit: &Unit, column: usize) {
        let spaces = if self.is_fresh { 0 } else { unit.spaces };
        if !self.is_fresh && !self.fits(spaces + unit.room()) {
            self.turn(column);
        } else if spaces > 0 {
            self.pad_to(self.width + spaces);
        }
        if self.fits(unit.room()) {
            for (ink, text) in &unit.parts {
                self.line.push((*ink, text.clone()));
            }
            self.width += unit.width();
            self.room += unit.room();
            self.is_fresh = false;
            return;
        }
        // Longer than a whole line: it is broken where the line ends, as the terminal would, but under its column.
        for (ink, text) in &unit.parts {
            let mut rest = text.as_str();
            while !rest.is_empty() {
                if !self.is_fresh && !self.fits(2) {
                    self.turn(column);
                }
                let (head, tail) = split(rest, self.limit.saturating_sub(self.room).max(1));
                self.copy(*ink, head);
                if !tail.is_empty() {
                    self.turn(column);
                }
                rest = tail;
            }
        }
    }

    /// Writes text as it is, whether or not it fits.
    pub(crate) fn copy(&mut self, ink: Ink, text: &str) {
        self.line.push((ink, text.to_owned()));
        self.width += width(text);
        self.room += crate::width::room(text);
        self.is_fresh = false;
    }

    /// All lines as text.
    pub(crate) fn finish(mut self, view: &View) -> String {
        self.done.push(self.line);
        let mut text = String::new();
        for line in &self.done {
            let start = text.len();
            for (ink, part) in line {
                let style = ink.style();
                if *ink == Ink::Page && view.links == Links::Open && part.starts_with(ADDRESS) {
                    text.push_str(&format!("{BEFORE}{part}{ENDS}{part}{BEFORE}{ENDS}"));
                    continue;
                }
                match view.paint {
                    Paint::Colour if *ink != Ink::Plain => {
                        text.push_str(&format!("{}{part}{}", style.render(), style.render_reset()));
                    }
                    Paint::Colour | Paint::Plain => text.push_str(part),
                }
            }
            let kept = text[start..].trim_end_matches(' ').len();
            text.truncate(start + kept);
            text.push('\n');
        }
        text
    }
}
