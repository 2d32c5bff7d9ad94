//! The compact facts: chunks of instances that point into dictionaries.

use rdpctl_model::SourceKey;
use rdpctl_model::facts::{Arena, Change, Chunk, Facts, Merge, Topic, Update};

use super::compact::compact;
use super::dictionary::{self, Placement};
use super::fault::Fault;
use super::rows::{Place, body_of, encoded, source_of, update};
use super::sql::Connection;
use super::tried;
use super::value::params;
use crate::codec::chunk;

/// All facts, ordered by source so that the same state reads the same every time.
pub(crate) fn load(connection: &Connection<'_>) -> Result<Facts, Fault> {
    let mut facts = dictionary::load(connection)?;
    let count: usize = connection
        .prepare_cached("SELECT count(*) FROM chunk")?
        .query_row(&[], |row| row.get(0))?;
    facts.chunks.reserve_exact(count);
    let mut statement = connection.prepare_cached(
        "SELECT fleet, name, selector, provider, body FROM chunk
         ORDER BY fleet DESC, name, selector, id",
    )?;
    let mut rows = statement.query(&[])?;
    while let Some(row) = rows.next()? {
        let (source, provider) = source_of(&row)?;
        let body = row.blob(4)?;
        facts.chunks.push(chunk::decode(body, source, provider)?);
    }
    facts.tried = tried::all(connection)?;
    Ok(facts)
}

/// Adds what looks brought to what is remembered now.
pub(crate) fn learn(connection: &Connection<'_>, mut learned: Update) -> Result<(), Fault> {
    let counts = learned.texts.iter().any(|new| new.from > 0);
    if counts && learned.edition != dictionary::edition(connection)? {
        return Err(Fault::Renumbered);
    }
    let placements: Vec<(Topic, Placement)> = learned
        .texts
        .iter()
        .map(|new| Ok((new.topic, dictionary::merge(connection, new)?)))
        .collect::<Result<_, Fault>>()?;
    for change in &mut learned.changes {
        for (topic, placement) in &placements {
            change.rows.slots_of(*topic).for_each(|slot| *slot = placement.of(*slot));
        }
        put(connection, change)?;
    }
    // Nothing is thrown out but where something was added.
    if placements.is_empty() { Ok(()) } else { compact(connection) }
}

/// Puts a change together with what is remembered of its source.
fn put(connection: &Connection<'_>, change: &Change) -> Result<(), Fault> {
    let mut merge = Merge::new(change);
    let stored = ids_of(connection, &change.rows.source)?;
    let touched: Vec<i64> =
        stored.iter().filter(|(_, ids)| merge.touches(ids)).map(|(number, _)| *number).collect();
    if touched.len() < stored.len() {
        for number in touched {
            let merged = merge.onto(&body_of(connection, number)?);
            update(connection, number, &merged)?;
        }
        return add(connection, &merge.rest(), stored.last());
    }
    // All of it is written anew anyway, without the holes that those leave who are gone.
    let mut all = Chunk::new(change.rows.source.clone(), change.rows.provider.clone());
    for number in touched {
        merge.onto(&body_of(connection, number)?).rows().for_each(|row| all.push(row));
    }
    merge.rest().rows().for_each(|row| all.push(row));
    let place = Place::of(&change.rows.source);
    connection
        .prepare_cached("DELETE FROM chunk WHERE fleet = ?1 AND name = ?2 AND selector = ?3")?
        .execute(params![place.fleet, place.name, place.selector])?;
    insert(connection, &all)
}

/// Adds rows that were not remembered: to the last chunk, where it has room.
fn add(
    connection: &Connection<'_>,
    rows: &Chunk,
    last: Option<&(i64, Arena)>,
) -> Result<(), Fault> {
    if let Some((number, ids)) = last
        && ids.len() + rows.len() <= Chunk::CAPACITY
        && !rows.is_empty()
    {
        let mut body = body_of(connection, *number)?;
        if body.provider == rows.provider {
            rows.rows().for_each(|row| body.push(row));
            return update(connection, *number, &body);
        }
    }
    insert(connection, rows)
}

/// Writes rows behind those of their source, in several chunks where they are more than one should have.
pub(crate) fn insert(connection: &Connection<'_>, rows: &Chunk) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO chunk (fleet, name, selector, provider, count, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut parts = Vec::new();
    if rows.len() <= Chunk::CAPACITY {
        parts.push(rows.clone());
    } else {
        rows.rows().for_each(|row| Chunk::push_to(&mut parts, rows, row));
    }
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let place = Place::of(&part.source);
        insert.execute(params![
            place.fleet,
            place.name,
            place.selector,
            part.provider.as_ref().map(rdpctl_model::ProviderName::as_str),
            part.len(),
            encoded(part)?
        ])?;
    }
    Ok(())
}

/// The ids in each chunk of a source, by the chunk's number.
pub(crate) fn ids_of(
    connection: &Connection<'_>,
    source: &SourceKey,
) -> Result<Vec<(i64, Arena)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, body FROM chunk WHERE fleet = ?1 AND name = ?2 AND selector = ?3 ORDER BY id",
    )?;
    let place = Place::of(source);
    let mut rows = statement.query(params![place.fleet, place.name, place.selector])?;
    let mut chunks = Vec::new();
    while let Some(row) = rows.next()? {
        let ids = chunk::decode_ids(row.blob(1)?)?;
        chunks.push((row.get(0)?, ids));
    }
    Ok(chunks)
}
