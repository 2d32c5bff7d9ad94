//! A page: rows of cells that stand in columns, then text that wraps under its own column, then perhaps a word at the
//! right edge.

use crate::mark::Mark;
use crate::text::Words;

/// What is to be shown, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Blank,
    Row(Row),
}

impl Page {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Row) {
        self.lines.push(Line::Row(row));
    }

    /// Adds an empty line, but neither at the beginning nor a second one.
    pub fn blank(&mut self) {
        if !matches!(self.lines.last(), None | Some(Line::Blank)) {
            self.lines.push(Line::Blank);
        }
    }

    /// Adds another page behind this one.
    pub fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// Whether nothing stands on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines it has where nothing wraps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }
}

/// A row. The [`grid`](crate::grid) makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub(crate) cells: Vec<Cell>,
    /// The column of the text.
    pub(crate) at: usize,
    pub(crate) words: Words,
    pub(crate) rail: Option<Words>,
    pub(crate) flow: Flow,
}

/// What stands before the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) place: Place,
    pub(crate) what: What,
}

/// Where a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Begins at this column.
    From(usize),
    /// Ends before this column.
    Before(usize),
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Mark(Mark),
    /// A name.
    Name(Words),
    /// A label, after which the ear waits for more.
    Label(Words),
    /// A step's number, or what stands in its place.
    Number(String),
}

/// Whether text may be broken into lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// At its spaces.
    Wraps,
    /// Never: it is to be copied.
    Runs,
}

impl Row {
    pub(crate) const fn at(at: usize, words: Words) -> Self {
        Self { cells: Vec::new(), at, words, rail: None, flow: Flow::Wraps }
    }

    pub(crate) fn with(mut self, place: Place, what: What) -> Self {
        self.cells.push(Cell { place, what });
        self
    }

    /// With a word at the right edge.
    #[must_use]
    pub fn rail(mut self, rail: Words) -> Self {
        self.rail = Some(rail).filter(|rail| !rail.is_empty());
        self
    }

    /// To be copied: never broken into lines.
    #[must_use]
    pub const fn whole(mut self) -> Self {
        self.flow = Flow::Runs;
        self
    }
}
