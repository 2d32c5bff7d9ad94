//! Runs: the plan before anything is done, how it ended, and what is still open.

use jiff::Timestamp;
use rdpctl_model::outcome::{JournalEntry, RunEnd, RunRecord};
use rdpctl_model::plan::Budget;
use rdpctl_model::{Plan, RunId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fault::Fault;
use super::journal;
use crate::codec::Garbled;
use crate::codec::json::{self, Pressed};

const COLUMNS: &str = "id, began, ended, holder, end, cost";

/// Begins a run with its plan.
pub(super) fn begin(connection: &Connection, run: &RunRecord, plan: &Pressed) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO run (id, began, ended, holder, end, cost, journal, plan_form, plan)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT coalesce(max(seq), 0) FROM journal), ?7, ?8)",
        )?
        .execute(params![
            run.id.as_str(),
            run.began.to_string(),
            run.ended.map(|at| at.to_string()),
            run.holder,
            run.end.map(name_of),
            serde_json::to_string(&run.cost)?,
            plan.form,
            plan.body
        ])?;
    Ok(())
}

/// Ends a run.
pub(super) fn end(
    connection: &Connection,
    run: &RunId,
    at: Timestamp,
    end: RunEnd,
    cost: &Budget,
) -> Result<(), Fault> {
    let ended = connection
        .prepare_cached("UPDATE run SET ended = ?2, end = ?3, cost = ?4 WHERE id = ?1")?
        .execute(params![
            run.as_str(),
            at.to_string(),
            name_of(end),
            serde_json::to_string(cost)?
        ])?;
    if ended == 1 { Ok(()) } else { Err(Fault::NoSuchRun(run.clone())) }
}

/// Runs, newest first.
pub(super) fn list(connection: &Connection, limit: usize) -> Result<Vec<RunRecord>, Fault> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM run ORDER BY number DESC LIMIT ?1"))?;
    let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(record(row)?);
    }
    Ok(runs)
}

/// The oldest run that never ended.
pub(super) fn unfinished(connection: &Connection) -> Result<Option<RunId>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM run WHERE ended IS NULL ORDER BY number LIMIT 1")?;
    let id: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
    Ok(id.map(RunId::new))
}

/// One run with its plan and journal.
pub(super) fn one(
    connection: &Connection,
    run: &RunId,
) -> Result<Option<(RunRecord, Plan, Vec<JournalEntry>)>, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, plan_form, plan, number FROM run WHERE id = ?1"
    ))?;
    let mut rows = statement.query([run.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let body = row.get_ref(7)?.as_blob().map_err(rusqlite::Error::from)?;
    let plan = json::decode(row.get(6)?, body, "the plan of a run")?;
    Ok(Some((record(row)?, plan, journal::of_run(connection, row.get(8)?)?)))
}

fn record(row: &Row<'_>) -> Result<RunRecord, Fault> {
    let id: String = row.get(0)?;
    let end: Option<String> = row.get(4)?;
    let cost: String = row.get(5)?;
    Ok(RunRecord {
        id: RunId::new(id),
        began: time(row, 1)?,
        ended: if row.get_ref(2)? == rusqlite::types::ValueRef::Null {
            None
        } else {
            Some(time(row, 2)?)
        },
        holder: row.get(3)?,
        end: end.map(|name| end_of(&name)).transpose()?,
        cost: serde_json::from_str(&cost).map_err(|_| Garbled { what: "the cost of a run" })?,
    })
}

/// A time as it stands in a column.
pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    text.parse().map_err(|_| Fault::Garbled(Garbled { what: "a time" }))
}

const fn name_of(end: RunEnd) -> &'static str {
    match end {
        RunEnd::Done => "done",
        RunEnd::Partial => "partial",
        RunEnd::Interrupted => "interrupted",
    }
}

fn end_of(name: &str) -> Result<RunEnd, Garbled> {
    [RunEnd::Done, RunEnd::Partial, RunEnd::Interrupted]
        .into_iter()
        .find(|end| name_of(*end) == name)
        .ok_or(Garbled { what: "the end of a run" })
}
