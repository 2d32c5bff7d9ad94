//! What can go wrong inside, before it is told which state it happened to.

use rdpctl_contract::store::{Holding, StoreError};
use rdpctl_model::RunId;

use super::place::{Doing, Place};
use crate::codec::Garbled;
use crate::document::ImportError;
use crate::{postgres, sqlite};

/// A failure inside one call.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    Postgres(tokio_postgres::Error),
    /// The server did not answer in time.
    Silent(SilentServer),
    /// A row that must be there is not.
    NoRow,
    /// A number that counts nothing.
    OutOfRange,
    Garbled(Garbled),
    Json(serde_json::Error),
    /// A chunk whose columns have different lengths.
    Ragged {
        source: String,
    },
    NoSuchRun(RunId),
    /// Texts were thrown out since the caller read them.
    Renumbered,
    /// A document that may not replace the state.
    Refused(Box<ImportError>),
    /// The file is not any more where it was opened.
    Moved,
    Held(Box<Holding>),
    LeaseLost,
}

/// The server did not answer in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the server did not answer within {seconds} s")]
pub(crate) struct SilentServer {
    /// How long it had.
    pub(crate) seconds: u64,
}

/// A refusal of ours that has no cause below it.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the rows of {source_name} have columns of different lengths")]
    Ragged { source_name: String },
    #[error("no run `{run}` is recorded")]
    NoSuchRun { run: RunId },
    #[error("the file is not there any more: it was moved, replaced or removed while it was open")]
    Moved,
}

impl Fault {
    /// The failure as the caller sees it.
    pub(crate) fn at(self, place: &Place, doing: Doing) -> StoreError {
        let shown = place.shown();
        let write = |source| StoreError::Write { place: place.shown(), source };
        let damaged = |what: &dyn std::fmt::Display| StoreError::Damaged {
            place: place.shown(),
            what: format!("{what}; {}", place.advice()),
        };
        match self {
            Self::Sqlite(error) => sqlite::error::told(error, place, doing),
            Self::Postgres(error) => postgres::error::told(error, place, doing),
            Self::Silent(silent) => {
                StoreError::Unreachable { place: shown, source: Box::new(silent) }
            }
            Self::NoRow => damaged(&"a row is missing"),
            Self::OutOfRange => damaged(&"a number is out of range"),
            Self::Garbled(garbled) => damaged(&garbled),
            Self::Json(error) => write(Box::new(error)),
            Self::Ragged { source } => write(Box::new(Refusal::Ragged { source_name: source })),
            Self::NoSuchRun(run) => write(Box::new(Refusal::NoSuchRun { run })),
            Self::Refused(error) => write(error),
            Self::Moved => write(Box::new(Refusal::Moved)),
            Self::Held(holding) => StoreError::Held { holding },
            Self::LeaseLost => StoreError::LeaseLost,
            Self::Renumbered => StoreError::Renumbered,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<Garbled> for Fault {
    fn from(garbled: Garbled) -> Self {
        Self::Garbled(garbled)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}
