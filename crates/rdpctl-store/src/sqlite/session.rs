//! One connection to a file, and how durable its commits are at the moment.

use rusqlite::TransactionBehavior;

use crate::database::durability::Durability;
use crate::database::fault::Fault;
use crate::database::sql::Connection;

/// A connection with its current durability.
pub(crate) struct Session {
    connection: rusqlite::Connection,
    durability: Durability,
}

impl Session {
    /// Takes a connection that was opened with `synchronous = NORMAL`.
    pub(crate) fn new(connection: rusqlite::Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        Self { connection, durability: Durability::Process }
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
