//! What went wrong, for a person: what, where, what was said, why, what follows, and what to do. Text and exit code are of
//! one value, so that they agree.

mod of_clouds;
mod of_reconciles;
mod of_scopes;
mod of_stores;
mod silent;

use std::error::Error;

use rdpctl_config::Diagnostics;
use rdpctl_contract::Cause;
use rdpctl_engine::LookError;
use rdpctl_term::{Ink, Page, Words, grid};
use rdpctl_words::english;

use crate::exit::Exit;
use crate::out;
pub(crate) use silent::{Places, Untold, places};

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CliError {
    message: String,
    notes: Vec<(Field, String)>,
    exit: Exit,
    tone: Tone,
}

/// What a line below the first says, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    /// The file and line, or the address.
    Where,
    /// What is not as it was.
    Moved,
    /// The peer's own words.
    Said,
    /// What it rests on.
    Why,
    /// What follows for the result and for what is remembered.
    So,
    /// What the user can do.
    Do,
}

impl Field {
    const ALL: [Self; 6] = [Self::Where, Self::Moved, Self::Said, Self::Why, Self::So, Self::Do];

    const fn name(self) -> &'static str {
        match self {
            Self::Where => "where",
            Self::Moved => "moved",
            Self::Said => "said",
            Self::Why => "why",
            Self::So => "so",
            Self::Do => "do",
        }
    }
}

/// How an end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    /// Something went wrong.
    Error,
    /// Somebody wanted it so, or what went wrong is told already.
    Wanted,
}

impl CliError {
    /// An error in one sentence.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), notes: Vec::new(), exit: Exit::Error, tone: Tone::Error }
    }

    /// An error with its causes.
    pub(crate) fn from_error(error: &dyn Error) -> Self {
        Self::new(error.to_string()).caused(error)
    }

    /// The user stopped it before anything was done.
    pub(crate) fn interrupted() -> Self {
        Self { exit: Exit::Interrupted, ..Self::left() }
    }

    /// The user stopped it, and this much is so.
    pub(crate) fn stopped(so: impl Into<String>) -> Self {
        Self { exit: Exit::Interrupted, tone: Tone::Wanted, ..Self::new(so) }
    }

    /// The user wanted nothing to be done.
    fn left() -> Self {
        Self { tone: Tone::Wanted, ..Self::new("Nothing was done.") }
    }

    fn note(mut self, field: Field, words: String) -> Self {
        self.notes.push((field, words));
        self
    }

    /// Where: a file with its line, or an address.
    pub(crate) fn at(self, place: impl std::fmt::Display) -> Self {
        self.note(Field::Where, place.to_string())
    }

    /// What is not as it was, a line for each.
    fn moved(self, line: String) -> Self {
        self.note(Field::Moved, line)
    }

    /// What the peer said, in its own words.
    pub(crate) fn said(self, words: impl Into<String>) -> Self {
        self.note(Field::Said, words.into())
    }

    /// What it rests on.
    pub(crate) fn why(self, why: impl std::fmt::Display) -> Self {
        self.note(Field::Why, why.to_string())
    }

    /// An error that it rests on, and whatever that one rests on.
    pub(crate) fn because(self, error: &dyn Error) -> Self {
        self.why(error).caused(error)
    }

    /// What follows from it.
    pub(crate) fn so(self, follows: impl Into<String>) -> Self {
        self.note(Field::So, follows.into())
    }

    /// Adds what the user can do.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        self.note(Field::Do, hint.into())
    }

    /// What went wrong, in one sentence.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// All that an error rests on; what the line above says in its end is not told again.
    fn caused(mut self, error: &dyn Error) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            let words = match cause.downcast_ref() {
                Some(Cause::Said(said)) => english(said),
                Some(Cause::Error(_)) | None => cause.to_string(),
            };
            let above = self.notes.last().map_or(self.message.as_str(), |(_, words)| words);
            if !above.ends_with(&words) {
                self = self.why(words);
            }
            source = cause.source();
        }
        self
    }

    /// Writes it to standard error.
    pub(crate) fn tell(&self) {
        out::tell(&self.page());
    }

    /// What, where, why, what follows, and what to do.
    pub(crate) fn page(&self) -> Page {
        const LONGEST: usize = "where".len();
        let mut page = Page::new();
        page.push(match self.tone {
            Tone::Error => grid::error(Words::new().said_in(Ink::Strong, &self.message)),
            Tone::Wanted => grid::plain(Words::new().said(&self.message)),
        });
        for field in Field::ALL {
            let mut label = field.name();
            for (_, words) in self.notes.iter().filter(|(of, _)| *of == field) {
                page.push(grid::field(2, label, LONGEST, Words::new().said(words)));
                label = "";
            }
        }
        page
    }
}

impl From<Diagnostics> for CliError {
    fn from(diagnostics: Diagnostics) -> Self {
        out::err(diagnostics.render(out::paint()).trim_end());
        // Each is an error with its place above; here is only their number.
        out::err("");
        let mistakes = crate::report::words::count(diagnostics.errors(), "mistake");
        Self { tone: Tone::Wanted, ..Self::new(format!("{mistakes}. Nothing was looked at.")) }
    }
}

impl From<LookError> for CliError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Stopped => Self::interrupted(),
            LookError::Store(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::new("input or output failed").why(error)
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_contract::CloudError;
    use rdpctl_model::Said;
    use rdpctl_term::{View, lay};

    use super::*;

    fn said(key: &str) -> Said {
        serde_json::from_value(serde_json::json!({ "key": key })).unwrap()
    }

    #[test]
    fn an_error_says_what_where_what_was_said_what_follows_and_what_to_do() {
        let error = CliError::new("it does not work")
            .hint("mend it")
            .so("nothing was done")
            .said("HTTP 401")
            .said("Negotiate")
            .at("rdp.toml:4");
        assert_eq!(
            lay(&error.page(), &View::plain()),
            "error: it does not work\n  where  rdp.toml:4\n  said   HTTP 401\n         Negotiate\n  so     nothing was done\n  do     mend it\n"
        );
    }

    #[test]
    fn no_cause_is_told_twice() {
        let inner = std::io::Error::other("the disk is full");
        let outer = CloudError::Garbled { action: "a".to_owned(), source: Cause::of(inner) };
        let told = CliError::new("cannot write: the disk is full").caused(&outer);
        assert_eq!(told.notes, []);
    }

    #[test]
    fn what_an_error_of_a_cloud_rests_on_is_told_in_words() {
        let why = |error: &CliError| {
            let of = |field| error.notes.iter().filter(move |(it, _)| *it == field);
            of(Field::Why).map(|(_, words)| words.clone()).collect::<Vec<_>>()
        };
        let lost = CliError::from(CloudError::Unreachable {
            endpoint: said("moved.copy-of-the-disk"),
            source: said("moved.not-over-tls").into(),
        });
        assert_eq!(lost.message(), "cannot reach the copy of the disk");
        assert_eq!(why(&lost), ["the link does not lead over TLS"]);
        let action = "beginGetAccess".to_owned();
        let garbled = CloudError::Garbled { action, source: said("moved.no-link").into() };
        assert_eq!(why(&CliError::from(garbled)), ["there is no link in it"]);
        let (what, why) = (said("moved.setting-bandwidth"), said("moved.size-decides"));
        let refused = CliError::from(CloudError::Unsupported { what, why });
        assert_eq!(
            refused.message(),
            "setting a bandwidth is not possible here: Azure sets none: the VM's size decides"
        );
    }
}
