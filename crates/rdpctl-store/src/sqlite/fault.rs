//! What can go wrong inside, before it is told which file it happened to.

use std::path::Path;

use rdpctl_contract::store::{Holding, StoreError};
use rdpctl_model::RunId;
use rusqlite::ErrorCode;

use crate::codec::Garbled;
use crate::document::ImportError;

/// A failure inside one call.
#[derive(Debug)]
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Garbled(Garbled),
    Json(serde_json::Error),
    /// A chunk whose columns have different lengths.
    Ragged {
        source: String,
    },
    NoSuchRun(RunId),
    /// A document that may not replace the state.
    Refused(Box<ImportError>),
    Held(Box<Holding>),
    LeaseLost,
    /// Texts were thrown out since the caller read them.
    Renumbered,
}

/// What was attempted: the same error of the file system reads differently.
#[derive(Clone, Copy, Debug)]
pub(super) enum Doing {
    Opening,
    Reading,
    Writing,
}

/// A refusal of ours that has no cause below it.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the rows of {source_name} have columns of different lengths")]
    Ragged { source_name: String },
    #[error("no run `{run}` is recorded")]
    NoSuchRun { run: RunId },
}

/// What a user can do about a damaged file.
pub(super) const ADVICE: &str = "move the file away and run again (facts are surveyed anew; history and ownership are only in the file and its \
     `.backup-*` copies)";

impl Fault {
    /// The failure as the caller sees it.
    pub(super) fn at(self, path: &Path, doing: Doing) -> StoreError {
        let place = path.display().to_string();
        match self {
            Self::Sqlite(error) => of_sqlite(error, place, doing),
            Self::Garbled(garbled) => {
                StoreError::Damaged { place, what: format!("{garbled}; {ADVICE}") }
            }
            Self::Json(error) => StoreError::Write { place, source: Box::new(error) },
            Self::Ragged { source } => StoreError::Write {
                place,
                source: Box::new(Refusal::Ragged { source_name: source }),
            },
            Self::NoSuchRun(run) => {
                StoreError::Write { place, source: Box::new(Refusal::NoSuchRun { run }) }
            }
            Self::Refused(error) => StoreError::Write { place, source: error },
            Self::Held(holding) => StoreError::Held { holding },
            Self::LeaseLost => StoreError::LeaseLost,
            Self::Renumbered => StoreError::Renumbered,
        }
    }
}

fn of_sqlite(error: rusqlite::Error, place: String, doing: Doing) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            StoreError::Damaged { place, what: format!("it is not a state file; {ADVICE}") }
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            StoreError::Damaged { place, what: format!("{error}; {ADVICE}") }
        }
        // A value of another type or range than the schema promises: somebody else wrote it.
        None => StoreError::Damaged { place, what: format!("{error}; {ADVICE}") },
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly) => {
            StoreError::Write { place, source: Box::new(error) }
        }
        Some(_) => match doing {
            Doing::Opening | Doing::Reading => StoreError::Open { place, source: Box::new(error) },
            Doing::Writing => StoreError::Write { place, source: Box::new(error) },
        },
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
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
