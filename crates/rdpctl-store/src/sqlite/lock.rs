//! The lock between processes: one row, taken and judged in one immediate transaction.

use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::store::LockInfo;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fault::Fault;
use super::runs::time;

/// Takes the lock at the time that `info` says it is. A lapsed holder is replaced and handed back.
pub(super) fn take(
    connection: &Connection,
    info: &LockInfo,
    ttl: Duration,
) -> Result<Option<LockInfo>, Fault> {
    let replaced = match holder(connection)? {
        Some(held) if held.id != info.id && held.expires > info.since => {
            return Err(Fault::Locked(Box::new(held)));
        }
        Some(held) if held.id != info.id => Some(held),
        Some(_) | None => None,
    };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO lock (one, id, owner, host, pid, command, since, renewed, expires)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)",
        )?
        .execute(params![
            info.id,
            info.owner,
            info.host,
            info.pid,
            info.command,
            info.since.to_string(),
            end_of(info.since, ttl).to_string()
        ])?;
    Ok(replaced)
}

/// Renews what this id holds.
pub(super) fn renew(
    connection: &Connection,
    id: &str,
    now: Timestamp,
    ttl: Duration,
) -> Result<(), Fault> {
    let renewed = connection
        .prepare_cached("UPDATE lock SET renewed = ?2, expires = ?3 WHERE id = ?1")?
        .execute(params![id, now.to_string(), end_of(now, ttl).to_string()])?;
    if renewed == 1 { Ok(()) } else { Err(Fault::LockLost) }
}

/// Gives back what this id holds.
pub(super) fn give_back(connection: &Connection, id: &str) -> Result<(), Fault> {
    let deleted = connection.prepare_cached("DELETE FROM lock WHERE id = ?1")?.execute([id])?;
    if deleted == 1 { Ok(()) } else { Err(Fault::LockLost) }
}

/// Who holds the lock, lapsed or not.
pub(super) fn holder(connection: &Connection) -> Result<Option<LockInfo>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, owner, host, pid, command, since, renewed, expires FROM lock",
    )?;
    statement.query_row([], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<LockInfo, Fault> {
    Ok(LockInfo {
        id: row.get(0)?,
        owner: row.get(1)?,
        host: row.get(2)?,
        pid: row.get(3)?,
        command: row.get(4)?,
        since: time(row, 5)?,
        renewed: time(row, 6)?,
        expires: time(row, 7)?,
    })
}

/// A time to live beyond the end of time lasts until then.
fn end_of(now: Timestamp, ttl: Duration) -> Timestamp {
    now.checked_add(ttl).unwrap_or(Timestamp::MAX)
}
