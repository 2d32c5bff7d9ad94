//! Forgetting instances by the names that users know them by.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::InstanceName;
use rdpctl_model::facts::Chunk;

use super::fault::Fault;
use super::rows::{body_of, update};
use super::sql::Connection;
use super::value::params;

/// Removes facts and evidence; says of how many instances there was any. What rdpctl made stays on record.
pub(crate) fn forget(
    connection: &Connection<'_>,
    instances: &[InstanceName],
) -> Result<u64, Fault> {
    let mut forgotten: BTreeSet<&InstanceName> = BTreeSet::new();
    let mut fleets: BTreeMap<&str, BTreeSet<&InstanceName>> = BTreeMap::new();
    let mut evidence = connection.prepare_cached("DELETE FROM evidence WHERE instance = ?1")?;
    let mut declared =
        connection.prepare_cached("DELETE FROM chunk WHERE fleet = 0 AND name = ?1")?;
    let mut tried = connection.prepare_cached("DELETE FROM tried WHERE instance = ?1")?;
    for name in instances {
        tried.execute(params![name.as_str()])?;
        if evidence.execute(params![name.as_str()])? > 0 {
            forgotten.insert(name);
        }
        match name.member() {
            Some((fleet, _)) => {
                fleets.entry(fleet).or_default().insert(name);
            }
            None => {
                if declared.execute(params![name.as_str()])? > 0 {
                    forgotten.insert(name);
                }
            }
        }
    }
    for (fleet, members) in &fleets {
        for number in chunks_of(connection, fleet)? {
            let stored = body_of(connection, number)?;
            let mut left = Chunk::new(stored.source.clone(), stored.provider.clone());
            for row in stored.rows() {
                match members.get(&stored.source.member(row.id)) {
                    Some(name) => {
                        forgotten.insert(name);
                    }
                    None => left.push(row),
                }
            }
            if left.len() < stored.len() {
                update(connection, number, &left)?;
            }
        }
    }
    Ok(forgotten.len() as u64)
}

/// The numbers of all chunks of a fleet, whatever its selector was.
fn chunks_of(connection: &Connection<'_>, fleet: &str) -> Result<Vec<i64>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM chunk WHERE fleet = 1 AND name = ?1")?;
    statement.query_all(params![fleet], |row| row.get(0))
}
