//! Leases: one row each, taken, compared and replaced in one immediate transaction.

use std::time::Duration;

use rdpctl_contract::store::{Claim, Holder, Holding, Moment};
use rdpctl_model::lease::{LeaseName, Token};

use super::column::time;
use super::fault::Fault;
use super::sql::{Connection, Row};
use super::value::params;
use crate::codec::Garbled;

const COLUMNS: &str = "name, epoch, owner, host, boot, namespace, pid, command, since, renewed, uptime, renewals, ttl";

/// Takes a lease that is free, or that is still held by the one whom the caller judged to be gone.
pub(crate) fn acquire(
    connection: &Connection<'_>,
    lease: &LeaseName,
    claim: &Claim,
    gone: Option<&Holding>,
) -> Result<Token, Fault> {
    if let Some(held) = holder(connection, lease)? {
        let judged =
            gone.is_some_and(|gone| gone.token == held.token && gone.renewals == held.renewals);
        if !judged {
            return Err(Fault::Held(Box::new(held)));
        }
    }
    let Claim { holder, at, ttl } = claim;
    let epoch: u64 = connection
        .prepare_cached(
            "INSERT INTO lease (name, epoch, held, owner, host, boot, namespace, pid, command, since, renewed, uptime, renewals, ttl)
             VALUES (?1, 1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, 0, ?10)
             ON CONFLICT (name) DO UPDATE SET epoch = lease.epoch + 1, held = 1, owner = ?2, host = ?3, boot = ?4,
                 namespace = ?5, pid = ?6, command = ?7, since = ?8, renewed = ?8, uptime = ?9, renewals = 0, ttl = ?10
             RETURNING epoch",
        )?
        .query_row(
            params![
                lease.to_string(),
                holder.owner,
                holder.host,
                holder.boot,
                holder.namespace,
                holder.pid,
                holder.command,
                at.wall.to_string(),
                milliseconds(at.uptime),
                milliseconds(*ttl)
            ],
            |row| row.get(0),
        )?;
    Ok(Token { lease: lease.clone(), epoch })
}

/// Renews what this token holds.
pub(crate) fn renew(connection: &Connection<'_>, token: &Token, at: Moment) -> Result<(), Fault> {
    let renewed = connection
        .prepare_cached(
            "UPDATE lease SET renewed = ?3, uptime = ?4, renewals = renewals + 1
             WHERE name = ?1 AND epoch = ?2 AND held = 1",
        )?
        .execute(params![
            token.lease.to_string(),
            token.epoch,
            at.wall.to_string(),
            milliseconds(at.uptime)
        ])?;
    if renewed == 1 { Ok(()) } else { Err(Fault::LeaseLost) }
}

/// Gives back what this token holds.
pub(crate) fn release(connection: &Connection<'_>, token: &Token) -> Result<(), Fault> {
    let released = connection
        .prepare_cached("UPDATE lease SET held = 0 WHERE name = ?1 AND epoch = ?2 AND held = 1")?
        .execute(params![token.lease.to_string(), token.epoch])?;
    if released == 1 { Ok(()) } else { Err(Fault::LeaseLost) }
}

/// Refuses whoever writes under a token that is not current. The first statement of every write of a run.
pub(crate) fn fence(connection: &Connection<'_>, token: &Token) -> Result<(), Fault> {
    let current: Option<bool> = connection
        .prepare_cached("SELECT held FROM lease WHERE name = ?1 AND epoch = ?2")?
        .query_row_if_any(params![token.lease.to_string(), token.epoch], |row| row.get(0))?;
    if current == Some(true) { Ok(()) } else { Err(Fault::LeaseLost) }
}

/// Who holds a lease.
pub(crate) fn holder(
    connection: &Connection<'_>,
    lease: &LeaseName,
) -> Result<Option<Holding>, Fault> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM lease WHERE name = ?1 AND held = 1"))?;
    let mut rows = statement.query(params![lease.to_string()])?;
    rows.next()?.map(|row| holding(&row)).transpose()
}

/// All leases that are held, by name.
pub(crate) fn holders(connection: &Connection<'_>) -> Result<Vec<Holding>, Fault> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM lease WHERE held = 1 ORDER BY name"))?;
    let mut rows = statement.query(&[])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        held.push(holding(&row)?);
    }
    Ok(held)
}

fn holding(row: &Row<'_>) -> Result<Holding, Fault> {
    let name: String = row.get(0)?;
    let lease = name.parse().map_err(|_| Garbled { what: "the name of a lease" })?;
    Ok(Holding {
        token: Token { lease, epoch: row.get(1)? },
        holder: Holder {
            owner: row.get(2)?,
            host: row.get(3)?,
            boot: row.get(4)?,
            namespace: row.get(5)?,
            pid: row.get(6)?,
            command: row.get(7)?,
        },
        since: time(row, 8)?,
        renewed: Moment { wall: time(row, 9)?, uptime: Duration::from_millis(row.get(10)?) },
        renewals: row.get(11)?,
        ttl: Duration::from_millis(row.get(12)?),
    })
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
