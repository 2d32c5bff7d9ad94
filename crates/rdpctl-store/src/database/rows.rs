//! Chunks of the compact facts as rows of their table.

use rdpctl_model::facts::Chunk;
use rdpctl_model::{ProviderName, SourceKey};

use super::fault::Fault;
use super::sql::{Connection, Row};
use super::value::params;
use crate::codec::chunk;

/// A source as its columns say it.
pub(crate) struct Place<'a> {
    /// Whether it is a fleet.
    pub(crate) fleet: i64,
    pub(crate) name: &'a str,
    /// Empty for an instance that is declared by itself.
    pub(crate) selector: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) fn of(source: &'a SourceKey) -> Self {
        match source {
            SourceKey::Fleet { name, selector } => Self { fleet: 1, name: name.as_str(), selector },
            SourceKey::Instance { name } => Self { fleet: 0, name: name.as_str(), selector: "" },
        }
    }
}

/// The source and provider in the first four columns: `fleet`, `name`, `selector`, `provider`.
pub(crate) fn source_of(row: &Row<'_>) -> Result<(SourceKey, Option<ProviderName>), Fault> {
    let text = |column| -> Result<&str, Fault> { row.text(column) };
    let name = text(1)?;
    let source = if row.get::<i64>(0)? == 0 {
        SourceKey::instance(name.into())
    } else {
        SourceKey::fleet(name.into(), text(2)?)
    };
    let provider = row.text_or_null(3)?;
    Ok((source, provider.map(ProviderName::new)))
}

/// One chunk by its number.
pub(crate) fn body_of(connection: &Connection<'_>, number: i64) -> Result<Chunk, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT fleet, name, selector, provider, body FROM chunk WHERE id = ?1")?;
    let mut rows = statement.query(params![number])?;
    let row = rows.next()?.ok_or(Fault::NoRow)?;
    let (source, provider) = source_of(&row)?;
    let body = row.blob(4)?;
    Ok(chunk::decode(body, source, provider)?)
}

/// Writes a chunk anew under its number, or removes it when nothing is left in it.
pub(crate) fn update(connection: &Connection<'_>, number: i64, chunk: &Chunk) -> Result<(), Fault> {
    if chunk.is_empty() {
        connection.prepare_cached("DELETE FROM chunk WHERE id = ?1")?.execute(params![number])?;
    } else {
        connection
            .prepare_cached("UPDATE chunk SET count = ?2, body = ?3 WHERE id = ?1")?
            .execute(params![number, chunk.len(), encoded(chunk)?])?;
    }
    Ok(())
}

pub(crate) fn encoded(chunk: &Chunk) -> Result<Vec<u8>, Fault> {
    chunk::encode(chunk).ok_or_else(|| Fault::Ragged { source: chunk.source.to_string() })
}
