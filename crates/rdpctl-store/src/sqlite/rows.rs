//! Chunks of the compact facts as rows of their table.

use rdpctl_model::ProviderName;
use rdpctl_model::facts::Chunk;
use rusqlite::{Connection, params};

use super::fault::Fault;
use crate::codec::chunk;

/// One chunk by its number, and its provider.
pub(super) fn body_of(
    connection: &Connection,
    number: i64,
) -> Result<(Option<ProviderName>, Chunk), Fault> {
    let mut statement =
        connection.prepare_cached("SELECT provider, body FROM chunk WHERE id = ?1")?;
    let mut rows = statement.query([number])?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let chunk = chunk::decode(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
    Ok((provider(row, 0)?, chunk))
}

/// Writes a chunk anew under its number, or removes it when nothing is left in it.
pub(super) fn update(connection: &Connection, number: i64, chunk: &Chunk) -> Result<(), Fault> {
    if chunk.is_empty() {
        connection.prepare_cached("DELETE FROM chunk WHERE id = ?1")?.execute([number])?;
    } else {
        connection
            .prepare_cached("UPDATE chunk SET count = ?2, body = ?3 WHERE id = ?1")?
            .execute(params![number, chunk.len(), encoded(chunk, &chunk.source)?])?;
    }
    Ok(())
}

pub(super) fn encoded(chunk: &Chunk, source: &str) -> Result<Vec<u8>, Fault> {
    chunk::encode(chunk).ok_or_else(|| Fault::Ragged { source: source.to_owned() })
}

pub(super) fn provider(
    row: &rusqlite::Row<'_>,
    column: usize,
) -> Result<Option<ProviderName>, Fault> {
    Ok(row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?.map(ProviderName::new))
}
