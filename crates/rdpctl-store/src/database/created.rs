//! What rdpctl made in clouds: so that it can give it back, and never deletes what others made.

use rdpctl_contract::store::Made;
use rdpctl_model::outcome::{Created, CreatedKind};
use rdpctl_model::{ProviderName, ResourceId};

use super::column::time;
use super::fault::Fault;
use super::sql::Connection;
use super::subject;
use super::value::params;
use crate::codec::Garbled;

/// What was made and not given back, oldest first.
pub(crate) fn list(connection: &Connection<'_>) -> Result<Vec<Made>, Fault> {
    let all = list_all(connection)?.into_iter().filter(|(_, released)| !released);
    Ok(all.map(|(made, _)| made).collect())
}

/// What was ever made, oldest first, and whether it was given back.
pub(crate) fn list_all(connection: &Connection<'_>) -> Result<Vec<(Made, bool)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, provider, id, subject, shared, at, released FROM created
         ORDER BY kind, provider, id",
    )?;
    let mut rows = statement.query(&[])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = kind_of(row.text(0)?)?;
        let provider = ProviderName::new(row.text(1)?);
        let id = ResourceId::new(row.text(2)?);
        let created = Created { kind, provider, id };
        all.push((
            Made { subject: subject::read(&row, 3)?, created, at: time(&row, 5)? },
            row.get(6)?,
        ));
    }
    // As texts, times of different precision do not sort as times do.
    all.sort_by_key(|(made, _)| made.at);
    Ok(all)
}

/// Enters what was made. The same thing again changes for whom it is, not since when we own it.
pub(crate) fn add(connection: &Connection<'_>, made: &Made) -> Result<(), Fault> {
    let Made { subject, created, at } = made;
    let (name, shared) = subject::columns(subject);
    connection
        .prepare_cached(
            "INSERT INTO created (kind, provider, id, subject, shared, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (kind, provider, id) DO UPDATE SET subject = ?4, shared = ?5, released = 0",
        )?
        .execute(params![
            created.kind.name(),
            created.provider.as_str(),
            created.id.as_str(),
            name,
            shared,
            at.to_string()
        ])?;
    Ok(())
}

/// Marks it as given back; what is not on record needs no mark. What was made for one call is forgotten: there are very
/// many of them.
pub(crate) fn release(connection: &Connection<'_>, made: &Created) -> Result<(), Fault> {
    let statement = if made.kind.is_for_a_call() {
        "DELETE FROM created WHERE kind = ?1 AND provider = ?2 AND id = ?3"
    } else {
        "UPDATE created SET released = 1 WHERE kind = ?1 AND provider = ?2 AND id = ?3"
    };
    connection.prepare_cached(statement)?.execute(params![
        made.kind.name(),
        made.provider.as_str(),
        made.id.as_str()
    ])?;
    Ok(())
}

fn kind_of(name: &str) -> Result<CreatedKind, Garbled> {
    CreatedKind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or(Garbled { what: "the kind of something that was made" })
}
