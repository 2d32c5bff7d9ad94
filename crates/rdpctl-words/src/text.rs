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

/// A text cut at its places; a brace that stands for itself is doubled. `None` where one is not closed.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        literal.push_str(before);
        if after.starts_with("{{") || after.starts_with("}}") {
            literal.push_str(&after[..1]);
            rest = &after[2..];
            continue;
        }
        let (name, left) = after.strip_prefix('{')?.split_once('}')?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Place(name.to_owned()));
        rest = left;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Some(pieces)
}
