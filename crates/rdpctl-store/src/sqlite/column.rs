//! What stands in columns of several tables: times, and the number under which a run is known to them.

use jiff::Timestamp;
use rdpctl_model::RunId;
use rusqlite::{Connection, OptionalExtension, Row};

use super::fault::Fault;
use crate::codec::Garbled;

/// A time as it stands in a column.
pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    text.parse().map_err(|_| Fault::Garbled(Garbled { what: "a time" }))
}

/// The number under which a run's rows stand.
pub(super) fn number_of(connection: &Connection, run: &RunId) -> Result<i64, Fault> {
    connection
        .prepare_cached("SELECT number FROM run WHERE id = ?1")?
        .query_row([run.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Fault::NoSuchRun(run.clone()))
}
