//! Runs: the plan before anything is done, what observations added to it, how it ended, and what is still open.

use jiff::Timestamp;
use rdpctl_contract::store::{Pressed, Recorded};
use rdpctl_model::lease::Token;
use rdpctl_model::outcome::{Growth, JournalEntry, RunEnd, RunRecord};
use rdpctl_model::plan::Budget;
use rdpctl_model::{Plan, RunId};
use serde::{Deserialize, Serialize};

use super::chain::{self, Kind, Link};
use super::column::{number_of, time};
use super::fault::Fault;
use super::journal;
use super::sql::{Connection, Row};
use super::value::params;
use crate::codec::Garbled;
use crate::codec::json;

const COLUMNS: &str = "id, began, ended, holder, \"end\", cost, record, lease, epoch";

/// A document that is ready to be written, with its hash.
pub(crate) struct Ready {
    pressed: Pressed,
    digest: String,
}

impl Ready {
    /// Presses a plan or what was added to it.
    pub(crate) fn of(document: &impl Serialize) -> Result<Self, Fault> {
        let plain = serde_json::to_vec(document)?;
        let digest = chain::digest(&plain);
        Ok(Self { pressed: Pressed::press(plain), digest })
    }
}

/// What is known of a run beside the columns.
#[derive(Serialize, Deserialize)]
struct Rest {
    purpose: rdpctl_model::outcome::Purpose,
    allowed: Vec<rdpctl_model::outcome::Allowed>,
    plan_digest: String,
    grants: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stops_at: Option<u64>,
}

/// What the journal says of a run that began.
#[derive(Serialize)]
pub(crate) struct Began<'a> {
    pub(crate) record: &'a RunRecord,
    pub(crate) plan: &'a str,
}

/// What the journal says of what an observation added.
#[derive(Serialize)]
pub(crate) struct Grew<'a> {
    pub(crate) growth: &'a str,
}

/// What the journal says of a run that ended.
#[derive(Serialize)]
pub(crate) struct Ended<'a> {
    pub(crate) end: RunEnd,
    pub(crate) cost: &'a Budget,
}

/// Begins a run with its plan.
pub(crate) fn begin(
    connection: &Connection<'_>,
    run: &RunRecord,
    plan: &Ready,
) -> Result<(), Fault> {
    let rest = Rest {
        purpose: run.purpose.clone(),
        allowed: run.allowed.clone(),
        plan_digest: run.plan_digest.clone(),
        grants: run.grants.clone(),
        stops_at: run.stops_at,
    };
    let began = as_begun(run);
    let number: i64 = connection
        .prepare_cached(
            "INSERT INTO run (id, began, holder, cost, record, lease, epoch, journal, plan_form, plan)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, (SELECT coalesce(max(seq), 0) FROM journal), ?8, ?9)
             RETURNING number",
        )?
        .query_row(
            params![
                run.id.as_str(),
                run.began.to_string(),
                run.holder,
                serde_json::to_string(&began.cost)?,
                serde_json::to_string(&rest)?,
                run.token.lease.to_string(),
                run.token.epoch,
                plan.pressed.form,
                plan.pressed.body
            ],
            |row| row.get(0),
        )?;
    let event = serde_json::to_string(&Began { record: &began, plan: &plan.digest })?;
    tell(connection, number, &run.id, Kind::Began, run.began, &event)
}

/// The record as it was when the run began.
pub(crate) fn as_begun(run: &RunRecord) -> RunRecord {
    RunRecord { ended: None, end: None, cost: Budget::default(), ..run.clone() }
}

/// Adds to a run's plan.
pub(crate) fn extend(
    connection: &Connection<'_>,
    run: &RunId,
    growth: &Ready,
    at: Timestamp,
) -> Result<(), Fault> {
    let number = number_of(connection, run)?;
    connection
        .prepare_cached(
            "INSERT INTO growth (run, part, form, body)
             VALUES (?1, (SELECT count(*) FROM growth WHERE run = ?1), ?2, ?3)",
        )?
        .execute(params![number, growth.pressed.form, growth.pressed.body])?;
    let event = serde_json::to_string(&Grew { growth: &growth.digest })?;
    tell(connection, number, run, Kind::Grew, at, &event)
}

/// Ends a run.
pub(crate) fn end(
    connection: &Connection<'_>,
    run: &RunId,
    at: Timestamp,
    end: RunEnd,
    cost: &Budget,
) -> Result<(), Fault> {
    let number = number_of(connection, run)?;
    connection
        .prepare_cached("UPDATE run SET ended = ?2, \"end\" = ?3, cost = ?4 WHERE number = ?1")?
        .execute(params![number, at.to_string(), name_of(end), serde_json::to_string(cost)?])?;
    let event = serde_json::to_string(&Ended { end, cost })?;
    tell(connection, number, run, Kind::Ended, at, &event)
}

fn tell(
    connection: &Connection<'_>,
    number: i64,
    run: &RunId,
    kind: Kind,
    at: Timestamp,
    event: &str,
) -> Result<(), Fault> {
    let at = at.to_string();
    let (step, subject, shared) = (None, None, None);
    let link = Link { run: run.as_str(), kind, step, subject, shared, at: &at, event };
    chain::append(connection, number, &link)
}

/// Runs, newest first.
pub(crate) fn list(connection: &Connection<'_>, limit: usize) -> Result<Vec<RunRecord>, Fault> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM run ORDER BY number DESC LIMIT ?1"))?;
    let mut rows = statement.query(params![i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(record(&row)?);
    }
    Ok(runs)
}

/// The runs that earlier holders of a lease never ended, oldest first.
pub(crate) fn unfinished(
    connection: &Connection<'_>,
    token: &Token,
) -> Result<Vec<Recorded>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM run WHERE ended IS NULL AND lease = ?1 AND epoch < ?2 ORDER BY number",
    )?;
    let ids: Vec<String> =
        statement.query_all(params![token.lease.to_string(), token.epoch], |row| row.get(0))?;
    let mut runs = Vec::new();
    for id in ids {
        runs.extend(one(connection, &RunId::new(id))?);
    }
    Ok(runs)
}

/// One run with its plan and journal.
pub(crate) fn one(connection: &Connection<'_>, run: &RunId) -> Result<Option<Recorded>, Fault> {
    let Some(Parts { record, mut plan, growth, number }) = parts(connection, run)? else {
        return Ok(None);
    };
    for growth in growth {
        growth.add_to(&mut plan);
    }
    let journal: Vec<JournalEntry> = journal::of_run(connection, number)?;
    Ok(Some(Recorded { record, plan, journal }))
}

/// A run as it lies there.
pub(crate) struct Parts {
    pub(crate) record: RunRecord,
    pub(crate) plan: Plan,
    pub(crate) growth: Vec<Growth>,
    number: i64,
}

/// One run, its plan and what was added to it apart.
pub(crate) fn parts(connection: &Connection<'_>, run: &RunId) -> Result<Option<Parts>, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, plan_form, plan, number FROM run WHERE id = ?1"
    ))?;
    let mut rows = statement.query(params![run.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let body = row.blob(10)?;
    let plan = json::decode(row.get(9)?, body, "the plan of a run")?;
    let number = row.get(11)?;
    let mut growth = Vec::new();
    let mut statement =
        connection.prepare_cached("SELECT form, body FROM growth WHERE run = ?1 ORDER BY part")?;
    let mut parts = statement.query(params![number])?;
    while let Some(part) = parts.next()? {
        let body = part.blob(1)?;
        growth.push(json::decode(part.get(0)?, body, "what was added to the plan of a run")?);
    }
    Ok(Some(Parts { record: record(&row)?, plan, growth, number }))
}

fn record(row: &Row<'_>) -> Result<RunRecord, Fault> {
    let id: String = row.get(0)?;
    let end: Option<String> = row.get(4)?;
    let (cost, rest, lease): (String, String, String) = (row.get(5)?, row.get(6)?, row.get(7)?);
    let garbled = Garbled { what: "the record of a run" };
    let rest: Rest = serde_json::from_str(&rest).map_err(|_| garbled)?;
    let ended = row.text_or_null(2)?.is_some();
    Ok(RunRecord {
        id: RunId::new(id),
        purpose: rest.purpose,
        token: Token { lease: lease.parse().map_err(|_| garbled)?, epoch: row.get(8)? },
        began: time(row, 1)?,
        ended: ended.then(|| time(row, 2)).transpose()?,
        holder: row.get(3)?,
        allowed: rest.allowed,
        plan_digest: rest.plan_digest,
        grants: rest.grants,
        stops_at: rest.stops_at,
        end: end.map(|name| end_of(&name)).transpose()?,
        cost: serde_json::from_str(&cost).map_err(|_| Garbled { what: "the cost of a run" })?,
    })
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
