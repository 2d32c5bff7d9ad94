//! What can go wrong inside, before it is told which file it happened to.

use std::path::Path;

use rdpctl_contract::store::{LockInfo, StoreError};
use rdpctl_model::RunId;
use rusqlite::ErrorCode;

use crate::codec::Garbled;

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
    Locked(Box<LockInfo>),
    LockLost,
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
        let path = path.to_path_buf();
        match self {
            Self::Sqlite(error) => of_sqlite(error, path, doing),
            Self::Garbled(garbled) => {
                StoreError::Damaged { path, what: format!("{garbled}; {ADVICE}") }
            }
            Self::Json(error) => StoreError::Write { path, source: Box::new(error) },
            Self::Ragged { source } => StoreError::Write {
                path,
                source: Box::new(Refusal::Ragged { source_name: source }),
            },
            Self::NoSuchRun(run) => {
                StoreError::Write { path, source: Box::new(Refusal::NoSuchRun { run }) }
            }
            Self::Locked(holder) => StoreError::Locked { holder },
            Self::LockLost => StoreError::LockLost,
        }
    }
}

fn of_sqlite(error: rusqlite::Error, path: std::path::PathBuf, doing: Doing) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            StoreError::Damaged { path, what: format!("it is not a state file; {ADVICE}") }
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            StoreError::Damaged { path, what: format!("{error}; {ADVICE}") }
        }
        // A value of another type or range than the schema promises: somebody else wrote it.
        None => StoreError::Damaged { path, what: format!("{error}; {ADVICE}") },
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly) => {
            StoreError::Write { path, source: Box::new(error) }
        }
        Some(_) => match doing {
            Doing::Opening | Doing::Reading => StoreError::Open { path, source: Box::new(error) },
            Doing::Writing => StoreError::Write { path, source: Box::new(error) },
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
