//! One connection to a file, and how durable its commits are at the moment.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rusqlite::TransactionBehavior;

use crate::database::durability::Durability;
use crate::database::fault::Fault;
use crate::database::sql::Connection;

/// A file that is open, by what the system knows it by. An open file is written on wherever it was moved to, and when it was
/// removed, too: nobody would find again what was written, and whoever opens the path meanwhile would believe that he is alone.
struct Whereabouts {
    path: PathBuf,
    known_by: Option<(u64, u64)>,
}

impl Whereabouts {
    fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), known_by: known_by(path) }
    }

    fn check(&self) -> Result<(), Fault> {
        if self.known_by == known_by(&self.path) { Ok(()) } else { Err(Fault::Moved) }
    }
}

/// Device and number of what lies there; nothing where nothing does.
fn known_by(path: &Path) -> Option<(u64, u64)> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// A connection with its current durability.
pub(crate) struct Session {
    connection: rusqlite::Connection,
    durability: Durability,
    file: Whereabouts,
}

impl Session {
    /// Takes a connection that was opened with `synchronous = NORMAL`.
    pub(crate) fn new(connection: rusqlite::Connection, path: &Path) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        Self { connection, durability: Durability::Process, file: Whereabouts::of(path) }
    }

    /// Reads one consistent moment, however many statements it takes.
    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let transaction = self.connection.transaction()?;
        let result = work(&Connection::Sqlite(&transaction))?;
        transaction.commit()?;
        Ok(result)
    }

    /// Writes in one transaction.
    pub(crate) fn transact<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.file.check()?;
        if self.durability != durability {
            let level = match durability {
                Durability::Process => "PRAGMA synchronous = NORMAL",
                Durability::Power => "PRAGMA synchronous = FULL",
            };
            self.connection.execute_batch(level)?;
            self.durability = durability;
        }
        // Immediate: whoever means to write waits at the door, not in the middle of its reading.
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&Connection::Sqlite(&transaction))?;
        transaction.commit()?;
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::database::place::{Doing, Place};

    #[test]
    fn a_file_that_was_taken_away_or_replaced_is_not_written_on_and_serves_again_once_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let (home, aside) = (folder.path().join(".rdpctl"), folder.path().join("aside"));
        fs::create_dir(&home).unwrap();
        let path = home.join("state.db");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
        let mut session = Session::new(connection, &path);
        let write = |session: &mut Session| session.transact(Durability::Process, |_| Ok(()));
        let refused = |session: &mut Session| {
            let error = write(session).unwrap_err().at(&Place::File(path.clone()), Doing::Writing);
            let said = error.said();
            assert_eq!(said.key().as_str(), "store.write", "{said:?}");
        };
        write(&mut session).unwrap();
        fs::rename(&home, &aside).unwrap();
        refused(&mut session);
        // What is known is still read, and somebody else's file in its place is not taken for it.
        session.read(|_| Ok(())).unwrap();
        fs::create_dir(&home).unwrap();
        fs::write(&path, "").unwrap();
        refused(&mut session);
        fs::remove_dir_all(&home).unwrap();
        fs::rename(&aside, &home).unwrap();
        write(&mut session).unwrap();
    }
}
