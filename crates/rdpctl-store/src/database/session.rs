//! One session with a state, wherever it lies.

use super::durability::Durability;
use super::fault::Fault;
use super::sql::Connection;
use crate::{postgres, sqlite};

/// One session with a state.
pub(crate) enum Session {
    /// In a file.
    Sqlite(sqlite::session::Session),
    /// On a server.
    Postgres(Box<postgres::session::Session>),
}

impl Session {
    /// Reads one consistent moment, however many statements it takes.
    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match self {
            Self::Sqlite(session) => session.read(work),
            Self::Postgres(session) => session.read(work),
        }
    }

    /// Writes in one transaction that raises the serial.
    pub(crate) fn change<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.transact(durability, |connection| {
            let result = work(connection)?;
            connection.prepare_cached("UPDATE state SET serial = serial + 1")?.execute(&[])?;
            Ok(result)
        })
    }

    /// Writes in one transaction that leaves the serial alone: the lock is not part of what is remembered. Whoever
    /// else wants to write waits until it is over.
    pub(crate) fn transact<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match self {
            Self::Sqlite(session) => session.transact(durability, work),
            Self::Postgres(session) => session.transact(durability, work),
        }
    }
}
