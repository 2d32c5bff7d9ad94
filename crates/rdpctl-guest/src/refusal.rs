//! Why something is not turned into commands: better no command than a wrong one.

use rdpctl_model::Said;
use rdpctl_model::action::spelling::Unspeakable;

use crate::said::say;

/// Why no command was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrenderable {
    /// A text from outside holds something that has no safe spelling.
    #[error("{what} holds {found:?}, which cannot stand on a command line")]
    Unquotable {
        /// Which text.
        what: &'static str,
        /// The first offending character.
        found: char,
    },
    /// A text from outside is empty or has another form than its kind asks for.
    #[error("{what} is not well formed")]
    Malformed {
        /// Which text.
        what: &'static str,
    },
    /// The command is longer than `cmd` takes.
    #[error("a command of {length} characters does not fit into a line of {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// What fits.
        limit: usize,
    },
    /// Without this service nobody reaches the guest any more.
    #[error("{service} is never stopped: the guest could not be reached any more")]
    Protected {
        /// The service.
        service: String,
    },
    /// A Windows that runs has no need of it.
    #[error("{what} is done to the disk of a Windows that does not run")]
    OnDisksAlone {
        /// What.
        what: &'static str,
    },
    /// `reg` cannot write data of this type.
    #[error("a value of type {kind} cannot be written")]
    UnwritableType {
        /// The type.
        kind: String,
    },
}

impl Unrenderable {
    /// It in a sentence.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Unquotable { what, found } => say::unquotable(*what, format!("{found:?}")),
            Self::Malformed { what } => say::malformed(*what),
            Self::TooLong { length, limit } => say::too_long(*length, *limit),
            Self::Protected { service } => say::never_stopped(service),
            Self::OnDisksAlone { what } => say::on_disks_alone(*what),
            Self::UnwritableType { kind } => say::unwritable_type(kind),
        }
    }
}

impl From<Unspeakable> for Unrenderable {
    fn from(Unspeakable { what, found }: Unspeakable) -> Self {
        let what = what.name();
        match found {
            Some(found) => Self::Unquotable { what, found },
            None => Self::Malformed { what },
        }
    }
}
