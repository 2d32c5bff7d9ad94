//! Dictionaries of distinct texts, in segments so that one new text does not rewrite all.

use std::collections::{BTreeMap, HashMap};

use rdpctl_model::facts::{Dictionary, Facts, NewTexts, Slot, Topic, UNSEEN};

use super::fault::Fault;
use super::sql::{Connection, Row};
use super::value::params;
use crate::codec::{Garbled, texts};

/// How many texts, and how many bytes, a segment may have to be extended rather than followed by a new one.
const SEGMENT_TEXTS: usize = 1024;
const SEGMENT_BYTES: usize = 32 * 1024;

/// Texts in the order of their slots.
pub(crate) type Texts = Vec<Box<str>>;

/// Where the slots that a caller used are in the dictionary that is stored: those of remembered texts at their places,
/// and each new one behind them.
pub(crate) struct Placement {
    from: Slot,
    /// Of each text from there on.
    places: Vec<Slot>,
}

impl Placement {
    /// The stored slot of the caller's slot.
    pub(crate) fn of(&self, slot: Slot) -> Slot {
        match slot.checked_sub(self.from) {
            None => slot,
            Some(new) => self.places.get(new as usize).copied().unwrap_or(UNSEEN),
        }
    }
}

/// Facts with all dictionaries, and no instances yet. Topics that this rdpctl does not know are left out.
pub(crate) fn load(connection: &Connection<'_>) -> Result<Facts, Fault> {
    let mut seen: BTreeMap<Topic, Texts> = BTreeMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT topic, first, count, texts FROM dictionary ORDER BY topic, first",
    )?;
    let mut rows = statement.query(&[])?;
    while let Some(row) = rows.next()? {
        let topic = Topic::from_name(row.text(0)?);
        let Some(topic) = topic else { continue };
        append_segment(&row, 0, seen.entry(topic).or_default())?;
    }
    let mut facts = Facts { edition: edition(connection)?, ..Facts::default() };
    for (topic, texts) in seen {
        *facts.dictionary_mut(topic) = Dictionary::remembered(texts);
    }
    Ok(facts)
}

/// By which numbering of the texts places count now.
pub(crate) fn edition(connection: &Connection<'_>) -> Result<u64, Fault> {
    connection.prepare_cached("SELECT edition FROM state")?.query_row(&[], |row| row.get(0))
}

/// Texts are about to be numbered anew.
pub(crate) fn renumber(connection: &Connection<'_>) -> Result<(), Fault> {
    connection.prepare_cached("UPDATE state SET edition = edition + 1")?.execute(&[])?;
    Ok(())
}

/// One topic's texts.
pub(crate) fn load_one(connection: &Connection<'_>, topic: Topic) -> Result<Texts, Fault> {
    load_from(connection, topic, 0)
}

/// One topic's texts from a place on.
fn load_from(connection: &Connection<'_>, topic: Topic, from: usize) -> Result<Texts, Fault> {
    let mut stored = Texts::new();
    let mut begin = None;
    let mut statement = connection.prepare_cached(
        "SELECT topic, first, count, texts FROM dictionary
         WHERE topic = ?1 AND first + count > ?2 ORDER BY first",
    )?;
    let mut rows = statement.query(params![topic.name(), from])?;
    while let Some(row) = rows.next()? {
        let first = *begin.get_or_insert(row.get::<usize>(1)?);
        append_segment(&row, first, &mut stored)?;
    }
    stored.drain(..from.saturating_sub(begin.unwrap_or(from)).min(stored.len()));
    Ok(stored)
}

fn count(connection: &Connection<'_>, topic: Topic) -> Result<usize, Fault> {
    connection
        .prepare_cached(
            "SELECT CAST(coalesce(sum(count), 0) AS bigint) FROM dictionary WHERE topic = ?1",
        )?
        .query_row(params![topic.name()], |row| row.get(0))
}

fn append_segment(row: &Row<'_>, begin: usize, into: &mut Texts) -> Result<(), Fault> {
    let first: usize = row.get(1)?;
    let count: usize = row.get(2)?;
    if first != begin + into.len() {
        return Err(Fault::Garbled(Garbled { what: "a dictionary" }));
    }
    texts::read_each(row.blob(3)?, count, into)?;
    Ok(())
}

/// Adds what is new behind what is stored, and says where the caller's slots are now. Of what is stored only that is
/// read which others added since the caller read it.
pub(crate) fn merge(connection: &Connection<'_>, new: &NewTexts) -> Result<Placement, Fault> {
    let (from, before) = (new.from as usize, count(connection, new.topic)?);
    if before < from {
        return Err(Fault::Renumbered);
    }
    let slot = |place: usize| Slot::try_from(place).unwrap_or(UNSEEN);
    let theirs =
        if before == from { Texts::new() } else { load_from(connection, new.topic, from)? };
    let mut places: HashMap<&str, Slot> = HashMap::with_capacity(theirs.len() + new.texts.len());
    for (place, text) in theirs.iter().enumerate() {
        places.entry(text).or_insert(slot(from + place));
    }
    let mut added = Texts::new();
    let placed = new.texts.iter().map(|text| {
        *places.entry(text).or_insert_with(|| {
            added.push(text.clone());
            slot(before + added.len() - 1)
        })
    });
    let placed: Vec<Slot> = placed.collect();
    append(connection, new.topic, before, &added)?;
    Ok(Placement { from: new.from, places: placed })
}

/// Writes texts from a slot on. The last segment grows while it is small.
pub(crate) fn append(
    connection: &Connection<'_>,
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
    let mut rows = last.query(params![topic.name()])?;
    if let Some(row) = rows.next()? {
        let count: usize = row.get(2)?;
        let blob = row.blob(3)?;
        if count < SEGMENT_TEXTS && blob.len() < SEGMENT_BYTES {
            first = row.get(1)?;
            texts::read_each(blob, count, &mut pending)?;
        }
    }
    drop(rows);
    let mut insert = connection.prepare_cached(
        "INSERT INTO dictionary (topic, first, count, texts) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (topic, first) DO UPDATE SET count = ?3, texts = ?4",
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
