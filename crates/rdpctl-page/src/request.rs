//! What somebody asks for: a path, a query, and what his browser says of him.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use crate::place::{Form, Page};
pub use crate::query::{GroupBy, Look, Query, Sort};
use crate::visitor::Visitor;
use crate::words::Language;

/// A request, as far as a page depends on it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path, as it was sent.
    pub path: String,
    /// The query, as it was sent, without its question mark.
    pub query: String,
    /// The language.
    pub language: Language,
    /// The colours.
    pub theme: Theme,
    /// The reader's clock.
    pub zone: TimeZone,
    /// Whether single letters do something: whoever speaks to his machine, or rests a hand on the keyboard, turns them off.
    pub keys: Keys,
    /// The serial that he has already.
    pub has: Option<String>,
    /// When he was here before this visit, as far as his browser kept it.
    pub visit: Option<Timestamp>,
    /// Who he is, where he is signed in.
    pub visitor: Option<Visitor>,
}

impl Request {
    /// A request of somebody about whom nothing is known.
    #[must_use]
    pub fn plain(path: &str, query: &str) -> Self {
        Self {
            path: path.to_owned(),
            query: query.to_owned(),
            language: Language::default(),
            theme: Theme::default(),
            zone: TimeZone::UTC,
            keys: Keys::default(),
            has: None,
            visit: None,
            visitor: None,
        }
    }

    /// What the query asks.
    #[must_use]
    pub fn asked(&self) -> Query {
        Query::read(&self.query)
    }
}

/// The colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has them.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The theme of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "system" => Some(Self::System),
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Whether keys do something on a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// They do.
    #[default]
    On,
    /// They are the browser's alone.
    Off,
}

impl Keys {
    /// What is meant by a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "on" => Some(Self::On),
            "off" => Some(Self::Off),
            _ => None,
        }
    }

    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}
