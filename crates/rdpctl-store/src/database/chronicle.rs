//! What turned over time, and what people told the loop.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::store::TURNS_KEPT;
use rdpctl_model::chronicle::{Order, Turned};
use rdpctl_model::{FacetId, InstanceName, Verdict};

use super::column::time;
use super::fault::Fault;
use super::sql::{Connection, Row, Rows};
use super::value::params;
use crate::codec::Garbled;

const TURN: &str = "at, instance, facet, was, becomes";

/// So long what turned back is remembered.
const YEAR: Duration = Duration::from_hours(366 * 24);

/// Adds what turned.
pub(crate) fn add(connection: &Connection<'_>, turns: &[Turned]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO turn (at, instance, facet, was, becomes) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for turn in turns {
        statement.execute(params![
            turn.at.to_string(),
            turn.instance.as_str(),
            turn.facet.name(),
            written(turn.from.as_ref())?,
            written(turn.to.as_ref())?
        ])?;
    }
    forget_old(connection, turns)
}

/// Keeps the table within bounds: of each facet of each instance the last turns, and of what is as declared none that is
/// older than a year.
fn forget_old(connection: &Connection<'_>, turns: &[Turned]) -> Result<(), Fault> {
    let parts: BTreeSet<(&str, &str)> =
        turns.iter().map(|turn| (turn.instance.as_str(), turn.facet.name())).collect();
    let mut statement = connection.prepare_cached(
        "DELETE FROM turn WHERE instance = ?1 AND facet = ?2 AND seq NOT IN
         (SELECT seq FROM turn WHERE instance = ?1 AND facet = ?2 ORDER BY seq DESC LIMIT ?3)",
    )?;
    let kept = i64::try_from(TURNS_KEPT).unwrap_or(i64::MAX);
    for (instance, facet) in parts {
        statement.execute(params![instance, facet, kept])?;
    }
    let Some(newest) = turns.iter().map(|turn| turn.at).max() else { return Ok(()) };
    let Ok(oldest) = newest.checked_sub(YEAR) else { return Ok(()) };
    // They stand in the order of time: only the first ones can be that old.
    connection
        .prepare_cached(
            "DELETE FROM turn WHERE becomes IS NULL AND at < ?1
             AND seq IN (SELECT seq FROM turn ORDER BY seq LIMIT 1000)",
        )?
        .execute(params![oldest.to_string()])?;
    Ok(())
}

/// What turned of an instance, newest first.
pub(crate) fn of(
    connection: &Connection<'_>,
    instance: &InstanceName,
    facet: Option<FacetId>,
    limit: usize,
) -> Result<Vec<Turned>, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {TURN} FROM turn WHERE instance = ?1 AND (CAST(?2 AS text) IS NULL OR facet = ?2)
         ORDER BY seq DESC LIMIT ?3"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    collect(statement.query(params![instance.as_str(), facet.map(FacetId::name), limit])?)
}

/// What turned since a time, newest first. Times are kept in a form that sorts as they do, but for fractions of a second,
/// so that what is read is looked at again.
pub(crate) fn since(
    connection: &Connection<'_>,
    at: Timestamp,
    limit: usize,
) -> Result<Vec<Turned>, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {TURN} FROM turn WHERE at >= ?1 ORDER BY seq DESC LIMIT ?2"
    ))?;
    let second = Timestamp::from_second(at.as_second()).unwrap_or(at).to_string();
    let second = second.trim_end_matches('Z').to_owned();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut turns = collect(statement.query(params![second, limit])?)?;
    turns.retain(|turn| turn.at >= at);
    Ok(turns)
}

/// The last turn of each that was not as declared after it.
pub(crate) fn standing(connection: &Connection<'_>) -> Result<Vec<Turned>, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {TURN} FROM turn
         WHERE seq IN (SELECT max(seq) FROM turn GROUP BY instance, facet) AND becomes IS NOT NULL
         ORDER BY seq"
    ))?;
    collect(statement.query(&[])?)
}

/// All of it, oldest first.
pub(crate) fn all(connection: &Connection<'_>) -> Result<Vec<Turned>, Fault> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {TURN} FROM turn ORDER BY seq"))?;
    collect(statement.query(&[])?)
}

fn collect(mut rows: Rows<'_>) -> Result<Vec<Turned>, Fault> {
    let mut turns = Vec::new();
    while let Some(row) = rows.next()? {
        let facet: String = row.get(2)?;
        turns.push(Turned {
            at: time(&row, 0)?,
            instance: InstanceName::new(row.get::<String>(1)?),
            facet: FacetId::from_name(&facet).ok_or(Garbled { what: "the facet of a turn" })?,
            from: read(&row, 3)?,
            to: read(&row, 4)?,
        });
    }
    Ok(turns)
}

fn written(verdict: Option<&Verdict>) -> Result<Option<String>, Fault> {
    let text = verdict.map(serde_json::to_string).transpose();
    text.map_err(|_| Fault::Garbled(Garbled { what: "a verdict" }))
}

fn read(row: &Row<'_>, column: usize) -> Result<Option<Verdict>, Fault> {
    let text: Option<String> = row.get(column)?;
    let verdict = text.map(|text| serde_json::from_str(&text)).transpose();
    verdict.map_err(|_| Fault::Garbled(Garbled { what: "a verdict" }))
}

/// Adds what a person ordered.
pub(crate) fn add_order(connection: &Connection<'_>, order: &Order) -> Result<(), Fault> {
    let text =
        serde_json::to_string(order).map_err(|_| Fault::Garbled(Garbled { what: "an order" }))?;
    connection
        .prepare_cached("INSERT INTO told (at, target, body) VALUES (?1, ?2, ?3)")?
        .execute(params![order.at.to_string(), order.target, text])?;
    Ok(())
}

/// What was ordered after that number.
pub(crate) fn orders(connection: &Connection<'_>, after: u64) -> Result<Vec<(u64, Order)>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT number, body FROM told WHERE number > ?1 ORDER BY number")?;
    let mut rows = statement.query(params![after])?;
    let mut orders = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(1)?;
        let order = serde_json::from_str(&text)
            .map_err(|_| Fault::Garbled(Garbled { what: "an order" }))?;
        orders.push((row.get(0)?, order));
    }
    Ok(orders)
}
