//! Dictionaries only ever grow while observations come and go; now and then what nobody refers to is thrown out.

use rdpctl_model::facts::{Slot, Topic, UNSEEN};

use super::dictionary::{self, Texts};
use super::fault::Fault;
use super::rows;
use super::sql::Connection;
use super::value::params;

/// So many texts are never worth the trouble.
const SMALL: usize = 4096;

/// Throws out what no instance refers to, where that is more than half of a large dictionary. Slots move: who holds
/// older ones is told so, and hands over all its texts.
pub(crate) fn compact(connection: &Connection<'_>) -> Result<(), Fault> {
    let instances: usize = connection
        .prepare_cached("SELECT CAST(coalesce(sum(count), 0) AS bigint) FROM chunk")?
        .query_row(&[], |row| row.get(0))?;
    for topic in Topic::all() {
        let texts: usize = connection
            .prepare_cached(
                "SELECT CAST(coalesce(sum(count), 0) AS bigint) FROM dictionary WHERE topic = ?1",
            )?
            .query_row(params![topic.name()], |row| row.get(0))?;
        if texts > SMALL && texts / 2 > instances {
            compact_one(connection, topic)?;
        }
    }
    Ok(())
}

fn compact_one(connection: &Connection<'_>, topic: Topic) -> Result<(), Fault> {
    dictionary::renumber(connection)?;
    let old = dictionary::load_one(connection, topic)?;
    let mut moved: Vec<Slot> = vec![UNSEEN; old.len()];
    let mut kept = Texts::new();
    let numbers: Vec<i64> = connection
        .prepare_cached("SELECT id FROM chunk ORDER BY id")?
        .query_all(&[], |row| row.get(0))?;
    for number in numbers {
        let mut chunk = rows::body_of(connection, number)?;
        for slot in chunk.slots_of(topic) {
            let (Some(place), Some(text)) =
                (moved.get_mut(*slot as usize), old.get(*slot as usize))
            else {
                continue;
            };
            if *place == UNSEEN {
                *place = Slot::try_from(kept.len()).unwrap_or(UNSEEN);
                kept.push(text.clone());
            }
            *slot = *place;
        }
        rows::update(connection, number, &chunk)?;
    }
    connection
        .prepare_cached("DELETE FROM dictionary WHERE topic = ?1")?
        .execute(params![topic.name()])?;
    dictionary::append(connection, topic, 0, &kept)
}
