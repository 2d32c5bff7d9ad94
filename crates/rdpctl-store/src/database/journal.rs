//! The journal of runs, and how appends that arrive together share one commit.
//!
//! A caller leaves its entries in a queue and waits. Whoever finds nobody writing starts the writer, which takes all
//! that waits into one transaction, answers, and looks again: under load a commit's cost is divided by all who wait.

use std::sync::{MutexGuard, PoisonError};

use rdpctl_contract::store::{Made, StoreError};
use rdpctl_model::lease::Token;
use rdpctl_model::outcome::{Created, JournalEntry, StepEvent};
use rdpctl_model::{InstanceName, RunId};
use tokio::sync::oneshot;

use super::chain::{self, Kind, Link};
use super::column::{number_of, time};
use super::durability::Durability;
use super::fault::Fault;
use super::place::Place;
use super::sql::{Connection, Row};
use super::value::params;
use super::{Database, Inner, created, lease, subject};
use crate::codec::Garbled;

/// Appends that wait for the writer.
#[derive(Default)]
pub(crate) struct Pending {
    waiting: Vec<Append>,
    writing: bool,
}

struct Append {
    token: Token,
    run: RunId,
    entries: Vec<JournalEntry>,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

/// The server went away while it wrote.
#[derive(Debug, thiserror::Error)]
#[error("whether it was written is not known: {why}")]
struct Unknown {
    why: String,
}

/// The writer failed to answer.
#[derive(Debug, thiserror::Error)]
#[error("the journal's writer was stopped")]
struct Stopped;

impl Database {
    /// Appends and returns once it lasts.
    pub(crate) async fn append(
        &self,
        token: &Token,
        run: &RunId,
        entries: &[JournalEntry],
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut pending = self.inner.pending();
            pending.waiting.push(Append {
                token: token.clone(),
                run: run.clone(),
                entries: entries.to_vec(),
                answer,
            });
            !std::mem::replace(&mut pending.writing, true)
        };
        if idle {
            let mut writer = Writer { store: self.clone(), active: true };
            // Never awaited: it answers through the channel, and goes on for others when this caller is gone.
            if entries.iter().any(is_precious) || self.inner.is_far() {
                // A disk or a server is waited for, so where it keeps no task of the runtime waiting.
                drop(tokio::task::spawn_blocking(move || writer.run()));
            } else if let Some(others) = writer.turn() {
                drop(tokio::task::spawn_blocking(move || writer.run_from(others)));
            }
        }
        let stopped =
            || StoreError::Write { place: self.inner.place.shown(), source: Box::new(Stopped) };
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }
}

/// Whoever writes at the moment.
struct Writer {
    store: Database,
    active: bool,
}

impl Writer {
    /// Writes until nobody waits.
    fn run(&mut self) {
        while let Some(batch) = self.next() {
            self.store.inner.write_batch(batch);
        }
    }

    fn run_from(&mut self, batch: Vec<Append>) {
        self.store.inner.write_batch(batch);
        self.run();
    }

    /// Writes what waits now, and hands over what came meanwhile.
    fn turn(&mut self) -> Option<Vec<Append>> {
        let batch = self.next()?;
        self.store.inner.write_batch(batch);
        self.next()
    }

    /// What waits. Once that is nothing, this writer is none any more, under the same lock: nobody leaves entries to
    /// a writer that has just looked.
    fn next(&mut self) -> Option<Vec<Append>> {
        let mut pending = self.store.inner.pending();
        if pending.waiting.is_empty() {
            pending.writing = false;
            self.active = false;
            return None;
        }
        Some(std::mem::take(&mut pending.waiting))
    }
}

impl Drop for Writer {
    /// A runtime that ends may drop a writer that never ran: who waits is told by its channel, and the next append
    /// starts another.
    fn drop(&mut self) {
        if self.active {
            let mut pending = self.store.inner.pending();
            pending.waiting.clear();
            pending.writing = false;
        }
    }
}

impl Inner {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_far(&self) -> bool {
        match self.place {
            Place::File(_) => false,
            Place::Server { .. } => true,
        }
    }

    fn write_batch(&self, batch: Vec<Append>) {
        match self.write_together(&batch) {
            Ok(()) => {
                for append in batch {
                    // Whoever no longer waits does not want to know.
                    drop(append.answer.send(Ok(())));
                }
                return;
            }
            // Nobody knows whether a server that went away in the middle committed: once more would be twice.
            Err(lost @ StoreError::Unreachable { .. }) => {
                let why = lost.to_string();
                for append in batch {
                    let source = Box::new(Unknown { why: why.clone() });
                    let lost = StoreError::Unreachable { place: self.place.shown(), source };
                    drop(append.answer.send(Err(lost)));
                }
                return;
            }
            Err(_) => {}
        }
        // One bad append must not fail the others, so each is tried alone and hears its own error.
        for append in batch {
            let result = self.write_together(std::slice::from_ref(&append));
            drop(append.answer.send(result));
        }
    }

    fn write_together(&self, batch: &[Append]) -> Result<(), StoreError> {
        let entries = || batch.iter().flat_map(|append| &append.entries);
        let durability =
            if entries().any(is_precious) { Durability::Power } else { Durability::Process };
        let work = |connection: &Connection<'_>| {
            batch.iter().try_for_each(|append| {
                lease::fence(connection, &append.token)?;
                insert(connection, &append.run, &append.entries)
            })
        };
        self.write(|session| match entries().find_map(made) {
            None => session.transact(durability, work),
            // What we own changes: that counts.
            Some(_) => session.change(durability, work),
        })
    }
}

/// What an entry says was made.
const fn made(entry: &JournalEntry) -> Option<&Created> {
    match &entry.event {
        StepEvent::Done { receipt } => receipt.created.as_ref(),
        StepEvent::Intent { .. } | StepEvent::Failed { .. } | StepEvent::Skipped { .. } => None,
    }
}

/// Whether the world cannot tell us again what this entry says.
fn is_precious(entry: &JournalEntry) -> bool {
    match &entry.event {
        StepEvent::Intent { token } => !token.is_empty(),
        StepEvent::Done { receipt } => receipt.created.is_some() || !receipt.undo.is_empty(),
        StepEvent::Failed { .. } | StepEvent::Skipped { .. } => false,
    }
}

/// Appends to a run, and enters in the ledger what its receipts say was made.
fn insert(connection: &Connection<'_>, run: &RunId, entries: &[JournalEntry]) -> Result<(), Fault> {
    let number = number_of(connection, run)?;
    for entry in entries {
        insert_again(connection, number, run, entry)?;
        if let Some(created) = made(entry) {
            let (subject, created) = (entry.subject.clone(), created.clone());
            created::add(connection, &Made { subject, created, at: entry.at })?;
        }
    }
    Ok(())
}

/// Appends to a run what was recorded elsewhere before.
pub(crate) fn insert_again(
    connection: &Connection<'_>,
    number: i64,
    run: &RunId,
    entry: &JournalEntry,
) -> Result<(), Fault> {
    let (at, event) = (entry.at.to_string(), serde_json::to_string(&entry.event)?);
    let step = entry.step.to_string();
    let (name, shared) = subject::columns(&entry.subject);
    let link = Link {
        run: run.as_str(),
        kind: Kind::Step,
        step: Some(&step),
        subject: Some(name),
        shared,
        at: &at,
        event: &event,
    };
    chain::append(connection, number, &link)
}

/// The entries of a run's steps, in the order in which they were written.
pub(crate) fn of_run(connection: &Connection<'_>, number: i64) -> Result<Vec<JournalEntry>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT step, subject, shared, at, event FROM journal
         WHERE seq > (SELECT journal FROM run WHERE number = ?1) AND run = ?1 AND kind = 'step'
         ORDER BY seq",
    )?;
    let mut rows = statement.query(params![number])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(&row)?);
    }
    Ok(entries)
}

/// The entries that concern an instance, newest first.
pub(crate) fn of_subject(
    connection: &Connection<'_>,
    instance: &InstanceName,
    limit: usize,
) -> Result<Vec<(RunId, JournalEntry)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT step, subject, shared, at, event, run.id
         FROM journal JOIN run ON run.number = journal.run
         WHERE subject = ?1 AND shared IS NULL ORDER BY seq DESC LIMIT ?2",
    )?;
    let mut rows =
        statement.query(params![instance.as_str(), i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let run: String = row.get(5)?;
        entries.push((RunId::new(run), entry(&row)?));
    }
    Ok(entries)
}

/// An entry, from its five columns.
pub(crate) fn entry(row: &Row<'_>) -> Result<JournalEntry, Fault> {
    let event = row.text(4)?;
    let step = row.text(0)?;
    Ok(JournalEntry {
        step: step.parse().map_err(|_| Garbled { what: "the number of a step" })?,
        subject: subject::read(row, 1)?,
        at: time(row, 3)?,
        event: serde_json::from_str(event)
            .map_err(|_| Garbled { what: "an entry of the journal" })?,
    })
}
