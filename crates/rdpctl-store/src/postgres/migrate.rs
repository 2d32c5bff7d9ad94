//! Brings a schema forward to the format that this rdpctl writes, all or nothing.

use rdpctl_contract::store::StoreError;

use super::session::Session;
use crate::database::fault::Fault;
use crate::database::place::{Doing, Place};
use crate::database::sql::Connection;
use crate::database::value::params;

/// All steps from an empty schema to today's format, in order; the first makes format 1 of an empty schema.
const MIGRATIONS: &[&str] = &[include_str!("../../../../state/migrations/postgres/0001_first.sql")];

/// What a schema says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// There is none, or nothing in it.
    Empty,
    /// The number of migrations that made it.
    Number(usize),
    /// Somebody else's tables.
    Strange,
}

/// Reads a schema's format without changing it. Refuses what is newer, and what is somebody else's.
pub(crate) fn format(session: &mut Session, place: &Place) -> Result<Format, StoreError> {
    let schema = session.schema().to_owned();
    let found = session.read(|connection| read(connection, &schema));
    known(found.map_err(|fault| fault.at(place, Doing::Opening))?, place)
}

fn read(connection: &Connection<'_>, schema: &str) -> Result<Format, Fault> {
    let tables = connection
        .prepare_cached(
            "SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname::text = ?1",
        )?
        .query_all(params![schema], |row| row.get::<String>(0))?;
    if tables.is_empty() {
        return Ok(Format::Empty);
    }
    if !tables.iter().any(|table| table == "format") || !tables.iter().any(|table| table == "state")
    {
        return Ok(Format::Strange);
    }
    let number = connection
        .prepare_cached("SELECT number FROM format")?
        .query_row(&[], |row| row.get::<usize>(0))?;
    Ok(Format::Number(number))
}

fn known(format: Format, place: &Place) -> Result<Format, StoreError> {
    match format {
        Format::Strange => Err(StoreError::Damaged {
            place: place.shown(),
            what: "the schema holds another program's tables; name another one with `?schema=NAME`"
                .to_owned(),
        }),
        Format::Number(number) if number > MIGRATIONS.len() => Err(StoreError::Newer {
            place: place.shown(),
            found: u32::try_from(number).unwrap_or(u32::MAX),
            known: u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX),
        }),
        Format::Empty | Format::Number(_) => Ok(format),
    }
}

/// Applies what is missing. Several may open one empty database at once: the first does it, the others wait.
pub(crate) fn forward(session: &mut Session, place: &Place) -> Result<(), StoreError> {
    if format(session, place)? == Format::Number(MIGRATIONS.len()) {
        return Ok(());
    }
    let schema = session.schema().to_owned();
    // A number of our own, so that nobody else's lock is waited for.
    let begin = "BEGIN; SELECT pg_advisory_xact_lock(1919184995)";
    let done = session.within(begin, |connection| {
        let done = match read(connection, &schema)? {
            Format::Number(number) => number,
            Format::Strange | Format::Empty => 0,
        };
        if done == 0 {
            connection.execute_batch(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))?;
        }
        for migration in MIGRATIONS.iter().skip(done) {
            connection.execute_batch(migration)?;
        }
        if done == 0 {
            let lineage = uuid::Uuid::new_v4().to_string();
            connection
                .prepare_cached("INSERT INTO state (one, lineage, serial) VALUES (1, ?1, 0)")?
                .execute(params![lineage])?;
        }
        connection
            .prepare_cached(
                "INSERT INTO format (one, number) VALUES (1, ?1)
                 ON CONFLICT (one) DO UPDATE SET number = ?1",
            )?
            .execute(params![MIGRATIONS.len()])?;
        Ok(())
    });
    done.map_err(|fault| fault.at(place, Doing::Writing))
}
