//! Words with their ink: our own, and those of others, which come in by one door.

use std::borrow::Cow;

use crate::escape::safe;
use crate::ink::Ink;

/// What others wrote: a name, a guest's answer, a vendor's sentence. What could steer a terminal is shown in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// The one way in.
    #[must_use]
    pub fn of(foreign: &str) -> Self {
        Self(safe(foreign).into_owned())
    }
}

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Our own words. They are shown as carefully as others', in case somebody put others' into them.
    Own(Cow<'static, str>),
    /// Words of others.
    Foreign(Text),
    /// Stands before what is, and is only heard: `power is stopped, declared running`.
    Is,
    /// From what is to what is declared.
    Arrow,
    /// More of the same, left out.
    Dots,
}

/// A piece of text in its ink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// In which ink.
    pub ink: Ink,
    /// What.
    pub piece: Piece,
}

/// Words one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<Span>);

impl Words {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Our own.
    #[must_use]
    pub fn own(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.ink(Ink::Plain, text)
    }

    /// Our own, in an ink.
    #[must_use]
    pub fn ink(mut self, ink: Ink, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Span { ink, piece: Piece::Own(text.into()) });
        self
    }

    /// Those of others.
    #[must_use]
    pub fn said(self, text: &str) -> Self {
        self.said_in(Ink::Plain, text)
    }

    /// Those of others, in an ink.
    #[must_use]
    pub fn said_in(mut self, ink: Ink, text: &str) -> Self {
        self.0.push(Span { ink, piece: Piece::Foreign(Text::of(text)) });
        self
    }

    /// From what is to what is declared.
    #[must_use]
    pub fn change(mut self, from: &str, to: &str) -> Self {
        self.0.push(Span { ink: Ink::Plain, piece: Piece::Is });
        let mut words = self.said(from);
        words.0.push(Span { ink: Ink::Plain, piece: Piece::Arrow });
        words.said_in(Ink::Strong, to)
    }

    /// More of the same, left out.
    #[must_use]
    pub fn dots(mut self) -> Self {
        self.0.push(Span { ink: Ink::Plain, piece: Piece::Dots });
        self
    }

    /// These, and those behind them.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One after another.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.0
    }
}

impl From<&'static str> for Words {
    fn from(text: &'static str) -> Self {
        Self::new().own(text)
    }
}

impl Span {
    /// As it is seen or heard, with nothing in it that anybody would obey.
    pub(crate) fn shown(&self, view: &crate::view::View) -> Cow<'_, str> {
        use crate::view::{Characters, Reader};
        match (&self.piece, view.reader, view.characters) {
            (Piece::Own(text), _, _) => safe(text),
            (Piece::Foreign(Text(text)), _, _) => Cow::Borrowed(text),
            (Piece::Is, Reader::Eyes, _) => Cow::Borrowed(""),
            (Piece::Is, Reader::Ears, _) => Cow::Borrowed("is "),
            (Piece::Arrow, Reader::Ears, _) => Cow::Borrowed(", declared "),
            (Piece::Arrow, Reader::Eyes, Characters::Full) => Cow::Borrowed(" → "),
            (Piece::Arrow, Reader::Eyes, Characters::Narrow | Characters::Ascii) => {
                Cow::Borrowed(" -> ")
            }
            (Piece::Dots, Reader::Ears, _) => Cow::Borrowed(" and so on"),
            (Piece::Dots, Reader::Eyes, Characters::Full) => Cow::Borrowed("…"),
            (Piece::Dots, Reader::Eyes, Characters::Narrow | Characters::Ascii) => {
                Cow::Borrowed("...")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_shown_and_not_obeyed_by_whichever_door_it_came() {
        let view = crate::view::View::plain();
        for words in [Words::new().said("a\u{1b}[2Jb"), Words::new().own("a\u{1b}[2Jb".to_owned())]
        {
            assert_eq!(words.spans()[0].shown(&view), "a\\u{1b}[2Jb");
        }
    }
}
