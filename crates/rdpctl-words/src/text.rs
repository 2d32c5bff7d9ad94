//! A text with places: `{name}` is filled with what has that name, and what is filled in is not looked at again.
//!
//! A text whose form hangs on a number is a table: `{ by = "days", one = "…", other = "…" }`.

use std::collections::BTreeSet;

/// A text, or one for one and another for all other numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// The same for all.
    Plain(Vec<Piece>),
    /// By a number.
    Counted { by: String, one: Vec<Piece>, other: Vec<Piece> },
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// As it stands.
    Literal(String),
    /// A place.
    Place(String),
}

impl Text {
    /// Reads it as it stands in its file.
    pub(crate) fn read(value: &toml::Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return pieces(text).map(Self::Plain);
        }
        let table = value.as_table()?;
        let part = |name: &str| table.get(name)?.as_str();
        Some(Self::Counted {
            by: part("by")?.to_owned(),
            one: pieces(part("one")?)?,
            other: pieces(part("other")?)?,
        })
    }

    /// The names of its places.
    pub(crate) fn places(&self) -> BTreeSet<&str> {
        let (by, pieces): (Option<&str>, Vec<&Piece>) = match self {
            Self::Plain(pieces) => (None, pieces.iter().collect()),
            Self::Counted { by, one, other } => (Some(by), one.iter().chain(other).collect()),
        };
        let named = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Place(name) => Some(name.as_str()),
        });
        named.chain(by).collect()
    }
}

/// A text cut at its places; `None` where a brace is not closed.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, left) = after.split_once('}')?;
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.to_owned()));
        }
        pieces.push(Piece::Place(name.to_owned()));
        rest = left;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Some(pieces)
}
