//! What stands in columns of several tables: times, and the number under which a run is known to them.

use jiff::Timestamp;
use rdpctl_model::RunId;

use super::fault::Fault;
use super::sql::{Connection, Row};
use super::value::params;
use crate::codec::Garbled;

/// A time as it stands in a column.
pub(crate) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, Fault> {
    let text = row.text(column)?;
    text.parse().map_err(|_| Fault::Garbled(Garbled { what: "a time" }))
}

/// The number under which a run's rows stand.
pub(crate) fn number_of(connection: &Connection<'_>, run: &RunId) -> Result<i64, Fault> {
    connection
        .prepare_cached("SELECT number FROM run WHERE id = ?1")?
        .query_row_if_any(params![run.as_str()], |row| row.get(0))?
        .ok_or_else(|| Fault::NoSuchRun(run.clone()))
}
