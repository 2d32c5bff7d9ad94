//! What rdpctl made in clouds: so that it can give it back, and never deletes what others made.

use jiff::Timestamp;
use rdpctl_model::outcome::{Created, CreatedKind};
use rdpctl_model::{InstanceName, ProviderName, ResourceId};
use rusqlite::{Connection, params};

use super::fault::Fault;
use super::runs::time;
use crate::codec::Garbled;
use crate::document::Made;

/// What was made and not given back, oldest first.
pub(super) fn list(
    connection: &Connection,
) -> Result<Vec<(InstanceName, Created, Timestamp)>, Fault> {
    let all = list_all(connection)?.into_iter().filter(|made| !made.released);
    Ok(all.map(|made| (made.instance, made.created, made.at)).collect())
}

/// What was ever made, oldest first.
pub(super) fn list_all(connection: &Connection) -> Result<Vec<Made>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT kind, provider, id, instance, at, released FROM created ORDER BY kind, provider, id")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = kind_of(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        let provider = ProviderName::new(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
        let id = ResourceId::new(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?);
        let instance = InstanceName::new(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?);
        let (created, at) = (Created { kind, provider, id }, time(row, 4)?);
        all.push(Made { instance, created, at, released: row.get(5)? });
    }
    // As texts, times of different precision do not sort as times do.
    all.sort_by_key(|made| made.at);
    Ok(all)
}

/// Records what was made. The same thing again changes for whom it is, not since when we own it.
pub(super) fn add(
    connection: &Connection,
    instance: &InstanceName,
    made: &Created,
    at: Timestamp,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO created (kind, provider, id, instance, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (kind, provider, id) DO UPDATE SET instance = ?4, released = 0",
        )?
        .execute(params![
            made.kind.name(),
            made.provider.as_str(),
            made.id.as_str(),
            instance.as_str(),
            at.to_string()
        ])?;
    Ok(())
}

/// Marks it as given back; what is not on record needs no mark.
pub(super) fn release(connection: &Connection, made: &Created) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE created SET released = 1 WHERE kind = ?1 AND provider = ?2 AND id = ?3",
        )?
        .execute([made.kind.name(), made.provider.as_str(), made.id.as_str()])?;
    Ok(())
}

fn kind_of(name: &str) -> Result<CreatedKind, Garbled> {
    CreatedKind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or(Garbled { what: "the kind of something that was made" })
}
