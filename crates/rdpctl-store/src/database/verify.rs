//! Whether the journal is what was written, and the runs are what the journal says of them.

use std::collections::BTreeMap;

use rdpctl_contract::store::StoreError;
use rdpctl_model::RunId;

use super::Database;
use super::chain::{self, Followed, Kind, Link};
use super::fault::Fault;
use super::runs::{self, Began, Ended, Grew};
use super::sql::Connection;
use super::value::params;
use crate::codec::json;

/// What came of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// All is as it was written.
    Whole {
        /// How many lines the journal has.
        lines: u64,
        /// The last hash: it stands for all of them. Whoever wrote it down earlier finds it again in a later journal.
        head: String,
    },
    /// Something was changed since.
    Changed {
        /// What, for people.
        what: String,
    },
}

impl Database {
    /// Follows the chain of hashes over the journal, and compares the runs with it. A hash that somebody wrote down
    /// earlier must be part of it, or the end was cut off.
    pub async fn verify(&self, known: Option<&str>) -> Result<Verified, StoreError> {
        let known = known.map(str::to_ascii_lowercase);
        self.aside(move |inner| inner.read(|connection| verify(connection, known.as_deref()))).await
    }
}

fn verify(connection: &Connection<'_>, known: Option<&str>) -> Result<Verified, Fault> {
    // What the journal says of each run: the events of its own rows, in order.
    let mut told: BTreeMap<String, Vec<(Kind, String)>> = BTreeMap::new();
    let followed = chain::follow(connection, |link: &Link<'_>| {
        if link.kind != Kind::Step {
            told.entry(link.run.to_owned()).or_default().push((link.kind, link.event.to_owned()));
        }
        Ok(())
    })?;
    let (rows, head) = match followed {
        Followed::Whole { rows, head } => (rows, head),
        Followed::Broken { row } => {
            let what = format!("line {row} of the journal is not the one that was written");
            return Ok(Verified::Changed { what });
        }
    };
    for record in runs::list(connection, usize::MAX)? {
        let told = told.remove(record.id.as_str()).unwrap_or_default();
        let what = match is(connection, &record.id) {
            Ok(is) if is == told => continue,
            Ok(_) => format!("run {} is not what the journal says of it", record.id),
            Err(Fault::Garbled(garbled)) => format!("run {}: {garbled}", record.id),
            Err(fault) => return Err(fault),
        };
        return Ok(Verified::Changed { what });
    }
    if let Some(known) = known
        && !chain::holds(connection, known)?
    {
        let what = format!("it does not hold {known}: its end was cut off, or it is another one");
        return Ok(Verified::Changed { what });
    }
    Ok(Verified::Whole { lines: rows, head: chain::hexadecimal(&head) })
}

/// What the journal would have to say of a run as it lies there.
fn is(connection: &Connection<'_>, run: &RunId) -> Result<Vec<(Kind, String)>, Fault> {
    let mut events = Vec::new();
    let Some(parts) = runs::parts(connection, run)? else { return Ok(events) };
    let record = runs::as_begun(&parts.record);
    let (number, form, body): (i64, i64, Vec<u8>) = connection
        .prepare_cached("SELECT number, plan_form, plan FROM run WHERE id = ?1")?
        .query_row(params![run.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let plan = chain::digest(&json::plain(form, &body, "the plan of a run")?);
    let began = serde_json::to_string(&Began { record: &record, plan: &plan })?;
    events.push((Kind::Began, began));
    let mut statement =
        connection.prepare_cached("SELECT form, body FROM growth WHERE run = ?1 ORDER BY part")?;
    let mut rows = statement.query(params![number])?;
    while let Some(row) = rows.next()? {
        let body = row.blob(1)?;
        let plain = json::plain(row.get(0)?, body, "what was added to the plan of a run")?;
        let grew = serde_json::to_string(&Grew { growth: &chain::digest(&plain) })?;
        events.push((Kind::Grew, grew));
    }
    if let Some(end) = parts.record.end {
        let ended = serde_json::to_string(&Ended { end, cost: &parts.record.cost })?;
        events.push((Kind::Ended, ended));
    }
    Ok(events)
}
