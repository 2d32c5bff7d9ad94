//! Where things stand: all columns, from one place.

use crate::mark::Mark;
use crate::page::{Place, Row, What};
use crate::text::Words;

/// Where a mark stands.
const MARK: usize = 2;
/// Where a name stands behind its mark.
const NAME: usize = 4;
/// Between a name and what is said of it.
pub const GAP: usize = 2;
/// Behind a step's number.
const NUMBER_ENDS: usize = 9;
/// Where a step's text and that of a label stand.
const TEXT: usize = 11;

/// Before an error.
const ERROR: &str = "error:";

/// Columns of a group's lines.
mod group {
    /// Behind the count.
    pub(super) const COUNT_ENDS: usize = 8;
    pub(super) const MARK: usize = 10;
    pub(super) const FACET: usize = 12;
    pub(super) const VALUE: usize = 26;
    /// Behind a step's number.
    pub(super) const NUMBER_ENDS: usize = 12;
    pub(super) const TEXT: usize = 14;
}

/// Text that begins at the edge.
#[must_use]
pub const fn plain(words: Words) -> Row {
    Row::at(0, words)
}

/// Text that begins at a column.
#[must_use]
pub const fn indented(at: usize, words: Words) -> Row {
    Row::at(at, words)
}

/// What stands with one of several things: mark, name, and text in a column behind the longest name.
#[must_use]
pub fn fact(mark: Mark, name: Words, longest: usize, words: Words) -> Row {
    Row::at(NAME + longest + GAP, words)
        .with(Place::From(MARK), What::Mark(mark))
        .with(Place::From(NAME), What::Name(name))
}

/// More of the same fact, under its text.
#[must_use]
pub const fn more(longest: usize, words: Words) -> Row {
    Row::at(NAME + longest + GAP, words)
}

/// A step by its number, or by what stands in its place.
#[must_use]
pub fn step(number: &str, words: Words) -> Row {
    Row::at(TEXT, words).with(Place::Before(NUMBER_ENDS), What::Number(number.to_owned()))
}

/// What is to be said of a step, under its text.
#[must_use]
pub fn beneath(mark: Mark, words: Words) -> Row {
    Row::at(TEXT + GAP, words).with(Place::From(TEXT), What::Mark(mark))
}

/// A call or a command, under a step's text: never broken, since it is to be read against a log.
#[must_use]
pub const fn command(words: Words) -> Row {
    Row::at(TEXT, words).whole()
}

/// One line of what it all comes to.
#[must_use]
pub fn label(label: &'static str, words: Words) -> Row {
    Row::at(TEXT, words)
        .with(Place::From(0), What::Label(Words::new().ink(crate::ink::Ink::Strong, label)))
}

/// More under the same label.
#[must_use]
pub const fn under_label(words: Words) -> Row {
    Row::at(TEXT, words)
}

/// A field of a record: a faint name at a column, and text behind the longest of these names.
#[must_use]
pub fn field(at: usize, name: &'static str, longest: usize, words: Words) -> Row {
    Row::at(at + longest + GAP, words)
        .with(Place::From(at), What::Label(Words::new().ink(crate::ink::Ink::Faint, name)))
}

/// A row of a table: all columns but the last, each as wide as said, and the last as text behind them.
#[must_use]
pub fn columns(before: Vec<(usize, Words)>, words: Words) -> Row {
    let at = before.iter().map(|(width, _)| width + GAP).sum();
    let mut from = 0;
    let mut row = Row::at(at, words);
    for (width, cell) in before {
        row = row.with(Place::From(from), What::Name(cell));
        from += width + GAP;
    }
    row
}

/// A command to type next, and what it does.
#[must_use]
pub fn next(command: Words, longest: usize, does: Words) -> Row {
    Row::at(TEXT + longest + GAP, does).with(Place::From(TEXT), What::Name(command))
}

/// A group of instances: its letter, how many, and their first cause.
#[must_use]
pub fn group(letter: &str, count: &str, mark: Mark, facet: Words, words: Words) -> Row {
    Row::at(group::VALUE, words)
        .with(
            Place::From(0),
            What::Name(Words::new().ink(crate::ink::Ink::Strong, letter.to_owned())),
        )
        .with(Place::Before(group::COUNT_ENDS), What::Name(Words::new().own(count.to_owned())))
        .with(Place::From(group::MARK), What::Mark(mark))
        .with(Place::From(group::FACET), What::Name(facet))
}

/// Another difference of the same group.
#[must_use]
pub fn of_group(mark: Mark, facet: Words, words: Words) -> Row {
    Row::at(group::VALUE, words)
        .with(Place::From(group::MARK), What::Mark(mark))
        .with(Place::From(group::FACET), What::Name(facet))
}

/// A step of a group.
#[must_use]
pub fn group_step(number: &str, words: Words) -> Row {
    Row::at(group::TEXT, words)
        .with(Place::Before(group::NUMBER_ENDS), What::Number(number.to_owned()))
}

/// What is to be said of a group's step.
#[must_use]
pub fn beneath_group(mark: Mark, words: Words) -> Row {
    Row::at(group::TEXT + GAP, words).with(Place::From(group::TEXT), What::Mark(mark))
}

/// A call or a command under a group's step.
#[must_use]
pub const fn group_command(words: Words) -> Row {
    Row::at(group::TEXT, words).whole()
}

/// A number, and what is counted so often.
#[must_use]
pub fn counted(number: &str, words: Words) -> Row {
    Row::at(TEXT, words)
        .with(Place::Before(NUMBER_ENDS), What::Name(Words::new().own(number.to_owned())))
}

/// More of a group, under its first cause.
#[must_use]
pub const fn group_note(words: Words) -> Row {
    Row::at(group::TEXT, words)
}

/// The first command to type next, behind its label.
#[must_use]
pub fn first_next(label: &'static str, command: Words, longest: usize, does: Words) -> Row {
    Row::at(TEXT + longest + GAP, does)
        .with(Place::From(0), What::Label(Words::new().ink(crate::ink::Ink::Strong, label)))
        .with(Place::From(TEXT), What::Name(command))
}

/// An error in one sentence.
#[must_use]
pub fn error(words: Words) -> Row {
    Row::at(ERROR.len() + 1, words)
        .with(Place::From(0), What::Name(Words::new().ink(crate::ink::Ink::Shut, ERROR)))
}

/// Columns of what happens.
mod event {
    pub(super) const MARK: usize = 10;
    pub(super) const WHO: usize = 12;
    /// Behind a step's number.
    pub(super) const NUMBER_ENDS: usize = 31;
    pub(super) const TEXT: usize = 33;
    /// On a pipe, where each line has its whole time.
    pub(super) const WORD: usize = 27;
    pub(super) const PIPED_WHO: usize = 35;
    pub(super) const PIPED_NUMBER: usize = 47;
    pub(super) const PIPED_TEXT: usize = 53;
}

/// Something that happened: when, how it ended, on whom, at which step.
#[must_use]
pub fn event(time: &str, mark: Mark, who: &str, number: &str, words: Words) -> Row {
    Row::at(event::TEXT, words)
        .with(Place::From(0), What::Name(Words::new().ink(crate::ink::Ink::Faint, time.to_owned())))
        .with(Place::From(event::MARK), What::Mark(mark))
        .with(Place::From(event::WHO), What::Name(Words::new().said(who)))
        .with(Place::Before(event::NUMBER_ENDS), What::Number(number.to_owned()))
}

/// More of what happened, under its text.
#[must_use]
pub const fn beneath_event(words: Words) -> Row {
    Row::at(event::TEXT, words)
}

/// Something that goes on, in the same columns but without a time.
#[must_use]
pub fn running(mark: Mark, who: &str, number: &str, words: Words) -> Row {
    Row::at(event::TEXT, words)
        .with(Place::From(0), What::Mark(mark))
        .with(Place::From(MARK), What::Name(Words::new().said(who)))
        .with(Place::Before(event::NUMBER_ENDS), What::Number(number.to_owned()))
}

/// Something that happened, for a file: one line, never cut.
#[must_use]
pub fn piped_event(time: &str, word: &'static str, who: &str, number: &str, words: Words) -> Row {
    Row::at(event::PIPED_TEXT, words)
        .with(Place::From(0), What::Name(Words::new().own(time.to_owned())))
        .with(Place::From(event::WORD), What::Name(Words::new().own(word)))
        .with(Place::From(event::PIPED_WHO), What::Name(Words::new().said(who)))
        .with(Place::From(event::PIPED_NUMBER), What::Name(Words::new().own(number.to_owned())))
}

/// Something that was asked, for a file or beside what happens: one line, never cut.
#[must_use]
pub fn asked_event(time: &str, word: &'static str, words: Words) -> Row {
    Row::at(event::PIPED_WHO, words)
        .with(Place::From(0), What::Name(Words::new().own(time.to_owned())))
        .with(Place::From(event::WORD), What::Name(Words::new().own(word)))
        .whole()
}

/// What is to be said under a heading, with its mark.
#[must_use]
pub fn marked(mark: Mark, words: Words) -> Row {
    Row::at(NAME, words).with(Place::From(MARK), What::Mark(mark))
}

/// One of several in their order: its place, its name, and text behind the longest name.
#[must_use]
pub fn ranked(place: usize, name: &'static str, longest: usize, words: Words) -> Row {
    const NAME: usize = 5;
    Row::at(NAME + longest + GAP, words)
        .with(Place::Before(NAME - 2), What::Name(Words::new().own(place.to_string())))
        .with(Place::From(NAME), What::Name(Words::new().ink(crate::ink::Ink::Strong, name)))
}
