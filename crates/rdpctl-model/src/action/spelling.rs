//! What can be written on a Windows command line at all: one rule for who plans and for who writes the line.
//!
//! A text from a guest that has no safe spelling is told in the plan. Were it met only when the line is written, one
//! machine's odd name would stop steps that are nothing but that machine's.

use crate::guest::RegData;

/// A text that stands on no command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unspeakable {
    /// Which text.
    pub what: Spelled,
    /// The first character without a safe spelling; none where the text as a whole has the wrong form.
    pub found: Option<char>,
}

/// Which text is to be spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelled {
    /// The path of a key in the registry.
    RegistryKey,
    /// The name of a value in it.
    ValueName,
    /// The data of one.
    Data,
    /// A service's short name.
    Service,
    /// A file's name.
    File,
    /// Something that only whoever writes command lines has.
    Other(&'static str),
}

impl Spelled {
    /// What it is called in errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RegistryKey => "the registry key",
            Self::ValueName => "the value's name",
            Self::Data => "the data",
            Self::Service => "the service",
            Self::File => "the file",
            Self::Other(name) => name,
        }
    }
}

/// A service's short name.
///
/// # Errors
/// When it has no safe spelling.
pub fn service(text: &str) -> Result<(), Unspeakable> {
    word(Spelled::Service, text, " ._-$")
}

/// A file name without a folder.
///
/// # Errors
/// When it has no safe spelling.
pub fn file(text: &str) -> Result<(), Unspeakable> {
    word(Spelled::File, text, "._-")
}

/// What names the files of an order.
///
/// # Errors
/// When it has no safe spelling.
pub fn token(text: &str) -> Result<(), Unspeakable> {
    word(Spelled::Other("the token"), text, "-_")
}

/// Letters, digits, and some more; no blank, dash or point where programs would take it for something else.
///
/// # Errors
/// When it is not that.
pub fn word(what: Spelled, text: &str, besides: &str) -> Result<(), Unspeakable> {
    if text.is_empty()
        || text.len() > 256
        || text.starts_with([' ', '-', '.'])
        || text.ends_with([' ', '.'])
    {
        return Err(Unspeakable { what, found: None });
    }
    match text.chars().find(|letter| !letter.is_ascii_alphanumeric() && !besides.contains(*letter))
    {
        Some(found) => Err(Unspeakable { what, found: Some(found) }),
        None => Ok(()),
    }
}

/// Text within double quotes, where `cmd` leaves everything alone but `%`, `!` and the quote itself.
///
/// # Errors
/// The first character that would act, those of the caller's own included.
pub fn within_quotes(
    what: Spelled,
    text: &str,
    also: impl Fn(char) -> bool,
) -> Result<(), Unspeakable> {
    let bad = |letter: &char| {
        !matches!(*letter, ' '..='~') || matches!(*letter, '"' | '!') || also(*letter)
    };
    match text.chars().find(bad) {
        Some(found) => Err(Unspeakable { what, found: Some(found) }),
        None => Ok(()),
    }
}

pub(super) fn quoted(what: Spelled, text: &str) -> Option<Unspeakable> {
    within_quotes(what, text, |letter| matches!(letter, '%' | '^')).err()
}

fn quoted_data(text: &str) -> Option<Unspeakable> {
    within_quotes(Spelled::Data, text, |_| false).err()
}

pub(super) fn value(name: &str) -> Option<Unspeakable> {
    quoted(Spelled::ValueName, name)
}

pub(super) fn written(data: &RegData) -> Option<Unspeakable> {
    match data {
        RegData::Sz(text) | RegData::ExpandSz(text) => quoted_data(text),
        RegData::MultiSz(items) => items.iter().find_map(|item| quoted_data(item)),
        RegData::Dword(_) | RegData::Qword(_) | RegData::Binary(_) | RegData::Other(..) => None,
    }
}
