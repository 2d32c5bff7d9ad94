//! What `SQLite` has against it, as the caller sees it.

use std::path::Path;

use rdpctl_contract::store::StoreError;
use rusqlite::ErrorCode;

use crate::database::place::{Doing, Place};

/// An error of `SQLite`, told of a file.
pub(crate) fn told_of(error: rusqlite::Error, path: &Path, doing: Doing) -> StoreError {
    told(error, &Place::File(path.to_owned()), doing)
}

/// An error of `SQLite`, told of a place.
pub(crate) fn told(error: rusqlite::Error, place: &Place, doing: Doing) -> StoreError {
    let (shown, advice) = (place.shown(), place.advice());
    let damaged = |what: &dyn std::fmt::Display| StoreError::Damaged {
        place: place.shown(),
        what: format!("{what}; {advice}"),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => damaged(&"it is not a state file"),
        Some(ErrorCode::DatabaseCorrupt) => damaged(&error),
        // A value of another type or range than the schema promises: somebody else wrote it.
        None => damaged(&error),
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly) => {
            StoreError::Write { place: shown, source: Box::new(error) }
        }
        Some(_) => match doing {
            Doing::Opening | Doing::Reading => {
                StoreError::Open { place: shown, source: Box::new(error) }
            }
            Doing::Writing => StoreError::Write { place: shown, source: Box::new(error) },
        },
    }
}
