//! The journal as a document's lines, out and in again: reading them writes the same chain once more.

use std::collections::BTreeMap;

use rdpctl_model::RunId;
use rdpctl_model::outcome::{JournalEntry, RunEnd};
use rdpctl_model::plan::Budget;
use serde::Deserialize;

use super::chain::{self, Kind};
use super::column;
use super::fault::Fault;
use super::runs::{self, Ready};
use super::sql::Connection;
use super::{journal, subject};
use crate::codec::Garbled;
use crate::document::{Document, ImportError, Record, Replace, Run, What};

#[derive(Deserialize)]
struct Ended {
    end: RunEnd,
    cost: Budget,
}

/// All lines, in the order in which they were written.
pub(crate) fn export(connection: &Connection<'_>) -> Result<Vec<Record>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT step, subject, shared, at, event, kind, run.id
         FROM journal JOIN run ON run.number = journal.run ORDER BY seq",
    )?;
    let mut rows = statement.query(&[])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let run: String = row.get(6)?;
        let kind = Kind::parse(row.text(5)?)?;
        let what = match kind {
            Kind::Began => What::Began,
            Kind::Grew => What::Grew,
            Kind::Step => {
                let JournalEntry { step, event, .. } = journal::entry(&row)?;
                What::Step { step, subject: subject::read(&row, 1)?, event }
            }
            Kind::Ended => {
                let event = row.text(4)?;
                let Ended { end, cost } = serde_json::from_str(event)
                    .map_err(|_| Garbled { what: "an entry of the journal" })?;
                What::Ended { end, cost }
            }
        };
        records.push(Record { run: RunId::new(run), at: column::time(&row, 3)?, what });
    }
    Ok(records)
}

/// Writes a document's runs and lines as if they happened again.
pub(crate) fn import(
    connection: &Connection<'_>,
    document: &Document,
    replace: Replace,
) -> Result<(), Fault> {
    let mut runs: BTreeMap<&RunId, (&Run, usize)> =
        document.runs.iter().map(|run| (&run.record.id, (run, 0))).collect();
    for record in &document.journal {
        let Some((run, grown)) = runs.get_mut(&record.run) else {
            return Err(unfitting(format!("no run {} is in it", record.run)));
        };
        let told = tell(connection, record, run, grown);
        match told {
            Err(Fault::NoSuchRun(run)) => {
                return Err(unfitting(format!("run {run} did not begin before it did something")));
            }
            told => told?,
        }
    }
    for (run, grown) in runs.into_values() {
        let there = runs::parts(connection, &run.record.id)?;
        if there.is_none_or(|there| there.record != run.record) || grown != run.growth.len() {
            return Err(unfitting(format!("run {} ends otherwise", run.record.id)));
        }
    }
    let found = chain::hexadecimal(&chain::head(connection)?);
    match replace {
        Replace::OnlyByNewer if found != document.head => {
            let told = document.head.clone();
            Err(Fault::Refused(Box::new(ImportError::Tampered { told, found })))
        }
        Replace::OnlyByNewer | Replace::ByAny => Ok(()),
    }
}

/// Writes one line as if it happened again.
fn tell(
    connection: &Connection<'_>,
    record: &Record,
    run: &Run,
    grown: &mut usize,
) -> Result<(), Fault> {
    match &record.what {
        What::Began => runs::begin(connection, &run.record, &Ready::of(&run.plan)?),
        What::Grew => {
            let Some(growth) = run.growth.get(*grown) else {
                return Err(unfitting(format!("run {} did not grow so often", record.run)));
            };
            *grown += 1;
            runs::extend(connection, &record.run, &Ready::of(growth)?, record.at)
        }
        What::Step { step, subject, event } => {
            let (step, subject, event) = (step.clone(), subject.clone(), event.clone());
            let entry = JournalEntry { step, subject, event, at: record.at };
            let number = column::number_of(connection, &record.run)?;
            journal::insert_again(connection, number, &record.run, &entry)
        }
        What::Ended { end, cost } => runs::end(connection, &record.run, record.at, *end, cost),
    }
}

fn unfitting(what: String) -> Fault {
    Fault::Refused(Box::new(ImportError::Unfitting { what }))
}
