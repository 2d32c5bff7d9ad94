//! A file's text under its name, and places in it.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// One file's text under the name that messages show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    path: PathBuf,
    text: String,
    named: bool,
}

/// A range of bytes in one of the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Which source.
    pub(crate) source: usize,
    /// The first byte.
    pub(crate) start: usize,
    /// The byte after the last.
    pub(crate) end: usize,
}

impl Place {
    pub(crate) const fn new(source: usize, span: Range<usize>) -> Self {
        Self { source, start: span.start, end: span.end }
    }

    /// A part of this place, by offsets from its start.
    pub(crate) const fn part(self, from: usize, to: usize) -> Self {
        Self { source: self.source, start: self.start + from, end: self.start + to }
    }
}

/// A path as one line of text: what could steer a terminal is shown.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if !text.contains(char::is_control) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

impl Source {
    /// A text under a name.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), named: true }
    }

    /// A text that was not asked for by name: it was found in a folder.
    pub(crate) fn found(path: PathBuf, text: String) -> Self {
        Self { path, text, named: false }
    }

    /// Whether the user named this very file.
    pub(crate) const fn is_named(&self) -> bool {
        self.named
    }

    /// The name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name as one line of text: what could steer a terminal is shown.
    pub(crate) fn shown(&self) -> String {
        shown(&self.path)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where lines end, for many questions about lines.
    pub(crate) fn newlines(&self) -> Vec<usize> {
        self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect()
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub(crate) fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}
