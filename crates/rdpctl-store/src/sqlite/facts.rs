//! The compact facts: chunks of instances that point into dictionaries.

use std::collections::HashMap;

use rdpctl_model::ProviderName;
use rdpctl_model::facts::{Arena, Chunk, Facts, Row, Topic};
use rusqlite::{Connection, params};

use super::compact::compact;
use super::dictionary::{self, Placement, Texts};
use super::fault::Fault;
use super::rows::{body_of, encoded, provider, update};
use super::tried;
use crate::codec::chunk;

/// What a caller's slots mean: its dictionaries, by what they are of.
pub(super) type Dictionaries = Vec<(Topic, Texts)>;

/// Where a caller's slots are in what is stored.
type Placements = Vec<(Topic, Placement)>;

/// All facts, ordered by source so that the same state reads the same every time.
pub(super) fn load(connection: &Connection) -> Result<Facts, Fault> {
    let mut facts = dictionary::load(connection)?;
    let count: usize = connection.query_row("SELECT count(*) FROM chunk", [], |row| row.get(0))?;
    facts.chunks.reserve_exact(count);
    let mut statement = connection
        .prepare_cached("SELECT source, provider, body FROM chunk ORDER BY source, id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut chunk = chunk::decode(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?)?;
        chunk.source = row.get(0)?;
        chunk.provider = provider(row, 1)?;
        facts.chunks.push(chunk);
    }
    facts.tried = tried::all(connection)?;
    Ok(facts)
}

/// Replaces all that is known of some sources. The caller hands over the dictionary of everything that it has
/// slots of: by their texts its slots find their places.
///
/// A chunk of a source that is not named is added to what it has.
pub(super) fn save(
    connection: &Connection,
    dictionaries: &Dictionaries,
    sources: &[String],
    chunks: Vec<Chunk>,
) -> Result<(), Fault> {
    let placements = merge(connection, dictionaries)?;
    let mut delete = connection.prepare_cached("DELETE FROM chunk WHERE source = ?1")?;
    for source in sources {
        delete.execute([source])?;
    }
    for chunk in chunks {
        insert(connection, &placed(chunk, &placements))?;
    }
    compact(connection)
}

/// Replaces single rows within their sources, by id; rows that are not there yet are added.
pub(super) fn save_rows(
    connection: &Connection,
    dictionaries: &Dictionaries,
    rows: Vec<Chunk>,
) -> Result<(), Fault> {
    let placements = merge(connection, dictionaries)?;
    for chunk in rows {
        replace_rows(connection, &placed(chunk, &placements))?;
    }
    Ok(())
}

fn merge(connection: &Connection, dictionaries: &Dictionaries) -> Result<Placements, Fault> {
    dictionaries
        .iter()
        .map(|(topic, texts)| Ok((*topic, dictionary::merge(connection, *topic, texts)?)))
        .collect()
}

/// The chunk with its slots as they are stored.
fn placed(mut chunk: Chunk, placements: &Placements) -> Chunk {
    for (topic, placement) in placements {
        match placement {
            Placement::Same => {}
            Placement::Moved(_) => {
                chunk.slots_of(*topic).for_each(|slot| *slot = placement.of(*slot));
            }
        }
    }
    chunk
}

/// Writes a chunk, in several where it is longer than a chunk should be.
fn insert(connection: &Connection, whole: &Chunk) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO chunk (source, provider, count, body) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut write = |part: &Chunk| -> Result<(), Fault> {
        if !part.is_empty() {
            let provider = whole.provider.as_ref().map(ProviderName::as_str);
            insert.execute(params![
                whole.source,
                provider,
                part.len(),
                encoded(part, &whole.source)?
            ])?;
        }
        Ok(())
    };
    if whole.len() <= Chunk::CAPACITY {
        return write(whole);
    }
    let mut part = Chunk::default();
    for index in 0..whole.len() {
        part.push(whole.row(index).ok_or_else(|| Fault::Ragged { source: whole.source.clone() })?);
        if part.len() == Chunk::CAPACITY {
            write(&std::mem::take(&mut part))?;
        }
    }
    write(&part)
}

fn replace_rows(connection: &Connection, new: &Chunk) -> Result<(), Fault> {
    let mut wanted: HashMap<&str, Row<'_>> = new.rows().map(|row| (row.id, row)).collect();
    let mut room = None;
    for (number, ids) in ids_of(connection, &new.source)? {
        if ids.len() < Chunk::CAPACITY {
            room = Some(number);
        }
        let touched =
            (0..ids.len()).any(|index| ids.get(index).is_some_and(|id| wanted.contains_key(id)));
        if touched {
            let (provider, old) = body_of(connection, number)?;
            let mut changed = Chunk { provider, source: new.source.clone(), ..Chunk::default() };
            for row in old.rows() {
                changed.push(wanted.remove(row.id).unwrap_or(row));
            }
            update(connection, number, &changed)?;
        }
    }
    let mut added =
        Chunk { provider: new.provider.clone(), source: new.source.clone(), ..Chunk::default() };
    // In the order in which they were given: the map has none.
    for row in new.rows() {
        if let Some(row) = wanted.remove(row.id) {
            added.push(row);
        }
    }
    if added.is_empty() {
        return Ok(());
    }
    if let Some(number) = room {
        let (provider, mut old) = body_of(connection, number)?;
        if provider == added.provider && old.len() + added.len() <= Chunk::CAPACITY {
            added.rows().for_each(|row| old.push(row));
            return update(connection, number, &Chunk { provider, source: added.source, ..old });
        }
    }
    insert(connection, &added)
}

/// The ids in each chunk of a source, by the chunk's number.
pub(super) fn ids_of(connection: &Connection, source: &str) -> Result<Vec<(i64, Arena)>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT id, body FROM chunk WHERE source = ?1 ORDER BY id")?;
    let mut rows = statement.query([source])?;
    let mut chunks = Vec::new();
    while let Some(row) = rows.next()? {
        let ids = chunk::decode_ids(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
        chunks.push((row.get(0)?, ids));
    }
    Ok(chunks)
}
