//! One connection, and how durable its commits are at the moment.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::fault::Fault;

/// A connection with its current durability.
pub(super) struct Session {
    connection: Connection,
    durability: Durability,
}

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// `kill -9`; a power loss may take back the last commits.
    Process,
    /// A power loss as well.
    Power,
}

impl Session {
    /// Takes a connection that was opened with `synchronous = NORMAL`.
    pub(super) fn new(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        Self { connection, durability: Durability::Process }
    }

    /// Reads one consistent moment, however many statements it takes.
    pub(super) fn read<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let transaction = self.connection.transaction()?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Writes in one transaction that raises the serial.
    pub(super) fn change<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.transact(durability, |transaction| {
            let result = work(transaction)?;
            transaction.prepare_cached("UPDATE state SET serial = serial + 1")?.execute([])?;
            Ok(result)
        })
    }

    /// Writes in one transaction that leaves the serial alone: the lock is not part of what is remembered.
    pub(super) fn transact<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
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
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}
