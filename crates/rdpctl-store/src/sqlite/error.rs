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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_called_so_and_what_is_something_else_is_not() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x); PRAGMA max_page_count = 2;").unwrap();
        let full = connection.execute("INSERT INTO t VALUES (zeroblob(100000))", []).unwrap_err();
        let told = |error| told_of(error, Path::new("/var/lib/rdpctl/state.db"), Doing::Writing);
        let said = told(full).said();
        assert_eq!(said.key().as_str(), "store.full", "{said:?}");
        let other = connection.execute("INSERT INTO nowhere VALUES (1)", []).unwrap_err();
        assert_eq!(told(other).said().key().as_str(), "store.write");
    }
}
