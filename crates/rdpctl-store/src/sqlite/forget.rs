//! Forgetting instances by the names that users know them by.

use std::collections::{BTreeMap, HashSet};

use rdpctl_model::InstanceName;
use rdpctl_model::facts::Chunk;
use rusqlite::Connection;

use super::facts::ids_of;
use super::fault::Fault;
use super::rows::{body_of, update};

/// Removes facts and evidence; says of how many instances there was any. What rdpctl made stays on record.
pub(super) fn forget(connection: &Connection, instances: &[InstanceName]) -> Result<u64, Fault> {
    let mut forgotten: HashSet<&str> = HashSet::new();
    let mut fleets: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
    let mut evidence = connection.prepare_cached("DELETE FROM evidence WHERE instance = ?1")?;
    let mut declared =
        connection.prepare_cached("DELETE FROM chunk WHERE source = 'instance.' || ?1")?;
    let mut tried = connection.prepare_cached("DELETE FROM tried WHERE instance = ?1")?;
    for name in instances {
        tried.execute([name.as_str()])?;
        if evidence.execute([name.as_str()])? > 0 {
            forgotten.insert(name.as_str());
        }
        match name.as_str().split_once('/') {
            Some((fleet, id)) => {
                fleets.entry(fleet).or_default().insert(id);
            }
            None => {
                if declared.execute([name.as_str()])? > 0 {
                    forgotten.insert(name.as_str());
                }
            }
        }
    }
    for (fleet, ids) in &fleets {
        for source in sources_of(connection, fleet)? {
            for (number, stored) in ids_of(connection, &source)? {
                if (0..stored.len())
                    .any(|index| stored.get(index).is_some_and(|id| ids.contains(id)))
                {
                    let (provider, old) = body_of(connection, number)?;
                    let mut left = Chunk { provider, source: source.clone(), ..Chunk::default() };
                    for row in old.rows() {
                        if ids.contains(row.id) {
                            forgotten.extend(
                                instances
                                    .iter()
                                    .map(InstanceName::as_str)
                                    .filter(|name| name.split_once('/') == Some((*fleet, row.id))),
                            );
                        } else {
                            left.push(row);
                        }
                    }
                    update(connection, number, &left)?;
                }
            }
        }
    }
    Ok(forgotten.len() as u64)
}

/// `fleet.NAME` and `fleet.NAME#…`.
fn sources_of(connection: &Connection, fleet: &str) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT source FROM chunk WHERE source = ?1 OR (source > ?2 AND source < ?3)",
    )?;
    let plain = format!("fleet.{fleet}");
    // `$` is the letter after `#`.
    let bounds = [plain.clone(), format!("{plain}#"), format!("{plain}$")];
    let sources = statement.query_map(bounds, |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(sources)
}
