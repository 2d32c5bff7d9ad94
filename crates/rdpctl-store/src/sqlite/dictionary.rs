//! Dictionaries of distinct texts, in segments so that one new text does not rewrite all.

use std::collections::{BTreeMap, HashMap};

use rdpctl_model::facts::{Dictionary, Facts, Slot, Topic, UNSEEN};
use rusqlite::{Connection, params};

use super::fault::Fault;
use crate::codec::{Garbled, texts};

/// How many texts, and how many bytes, a segment may have to be extended rather than followed by a new one.
const SEGMENT_TEXTS: usize = 1024;
const SEGMENT_BYTES: usize = 32 * 1024;

/// Texts in the order of their slots.
pub(super) type Texts = Vec<Box<str>>;

/// Where the slots that a caller used are in the dictionary that is stored.
pub(super) enum Placement {
    /// In the same places.
    Same,
    /// Somebody else added other texts meanwhile; each slot has a new place.
    Moved(Vec<Slot>),
}

impl Placement {
    /// The stored slot of the caller's slot.
    pub(super) fn of(&self, slot: Slot) -> Slot {
        match self {
            Self::Same => slot,
            Self::Moved(places) => places.get(slot as usize).copied().unwrap_or(UNSEEN),
        }
    }
}

/// Facts with all dictionaries, and no instances yet. Topics that this rdpctl does not know are left out.
pub(super) fn load(connection: &Connection) -> Result<Facts, Fault> {
    let mut seen: BTreeMap<Topic, Texts> = BTreeMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT topic, first, count, texts FROM dictionary ORDER BY topic, first",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let topic = Topic::from_name(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
        let Some(topic) = topic else { continue };
        append_segment(row, seen.entry(topic).or_default())?;
    }
    let mut facts = Facts::default();
    for (topic, texts) in seen {
        *facts.dictionary_mut(topic) = Dictionary::from_texts(texts);
    }
    Ok(facts)
}

/// One topic's texts.
pub(super) fn load_one(connection: &Connection, topic: Topic) -> Result<Texts, Fault> {
    let mut stored = Texts::new();
    let mut statement = connection.prepare_cached(
        "SELECT topic, first, count, texts FROM dictionary WHERE topic = ?1 ORDER BY first",
    )?;
    let mut rows = statement.query([topic.name()])?;
    while let Some(row) = rows.next()? {
        append_segment(row, &mut stored)?;
    }
    Ok(stored)
}

fn append_segment(row: &rusqlite::Row<'_>, into: &mut Texts) -> Result<(), Fault> {
    let first: usize = row.get(1)?;
    let count: usize = row.get(2)?;
    if first != into.len() {
        return Err(Fault::Garbled(Garbled { what: "a dictionary" }));
    }
    texts::read_each(row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?, count, into)?;
    Ok(())
}

/// Adds what is new and says where the caller's slots are now.
pub(super) fn merge(
    connection: &Connection,
    topic: Topic,
    theirs: &[Box<str>],
) -> Result<Placement, Fault> {
    let stored = load_one(connection, topic)?;
    let before = stored.len();
    // The usual case: they loaded ours and added to it.
    if theirs.len() >= before && theirs[..before] == stored[..] {
        append(connection, topic, before, &theirs[before..])?;
        return Ok(Placement::Same);
    }
    let mut places: HashMap<&str, Slot> = HashMap::with_capacity(before + theirs.len());
    for (slot, text) in (0..).zip(&stored) {
        places.entry(text).or_insert(slot);
    }
    let mut added = Texts::new();
    let moved = theirs
        .iter()
        .map(|text| {
            *places.entry(text).or_insert_with(|| {
                added.push(text.clone());
                Slot::try_from(before + added.len() - 1).unwrap_or(UNSEEN)
            })
        })
        .collect();
    append(connection, topic, before, &added)?;
    Ok(Placement::Moved(moved))
}

/// Writes texts from a slot on. The last segment grows while it is small.
pub(super) fn append(
    connection: &Connection,
    topic: Topic,
    from: usize,
    new: &[Box<str>],
) -> Result<(), Fault> {
    if new.is_empty() {
        return Ok(());
    }
    let mut first = from;
    let mut pending = Texts::new();
    let mut last = connection
        .prepare_cached("SELECT topic, first, count, texts FROM dictionary WHERE topic = ?1 ORDER BY first DESC LIMIT 1")?;
    let mut rows = last.query([topic.name()])?;
    if let Some(row) = rows.next()? {
        let count: usize = row.get(2)?;
        let blob = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
        if count < SEGMENT_TEXTS && blob.len() < SEGMENT_BYTES {
            first = row.get(1)?;
            texts::read_each(blob, count, &mut pending)?;
        }
    }
    drop(rows);
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO dictionary (topic, first, count, texts) VALUES (?1, ?2, ?3, ?4)",
    )?;
    pending.extend_from_slice(new);
    for segment in pending.chunks(SEGMENT_TEXTS) {
        let mut blob = Vec::new();
        texts::write(&mut blob, segment.iter().map(AsRef::as_ref));
        insert.execute(params![topic.name(), first, segment.len(), blob])?;
        first += segment.len();
    }
    Ok(())
}
