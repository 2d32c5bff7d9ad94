//! What was done about something and left it as it was. Losing it costs one more try.

use rdpctl_model::facts::{Left, Tried};
use rdpctl_model::{FacetId, InstanceName, RunId};

use super::column::time;
use super::fault::Fault;
use super::sql::Connection;
use super::value::params;
use crate::codec::Garbled;

/// All of it, in the order of instances and facets.
pub(crate) fn all(connection: &Connection<'_>) -> Result<Vec<Tried>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT instance, facet, what, at, run FROM tried")?;
    let mut rows = statement.query(&[])?;
    let mut tried = Vec::new();
    while let Some(row) = rows.next()? {
        let facet: String = row.get(1)?;
        tried.push(Tried {
            instance: InstanceName::new(row.get::<String>(0)?),
            facet: FacetId::from_name(&facet)
                .ok_or(Garbled { what: "the facet of what was tried" })?,
            left: Left {
                what: row.get(2)?,
                at: time(&row, 3)?,
                run: RunId::new(row.get::<String>(4)?),
            },
        });
    }
    tried.sort_by(|one, other| (&one.instance, one.facet).cmp(&(&other.instance, other.facet)));
    Ok(tried)
}

/// Adds what was tried, instead of what was tried before.
pub(crate) fn add(connection: &Connection<'_>, tried: &[Tried]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO tried (instance, facet, what, at, run) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (instance, facet) DO UPDATE SET what = ?3, at = ?4, run = ?5",
    )?;
    for Tried { instance, facet, left } in tried {
        statement.execute(params![
            instance.as_str(),
            facet.name(),
            left.what,
            left.at.to_string(),
            left.run.as_str()
        ])?;
    }
    Ok(())
}

/// These may be tried again.
pub(crate) fn again(
    connection: &Connection<'_>,
    parts: &[(InstanceName, FacetId)],
) -> Result<(), Fault> {
    let mut statement =
        connection.prepare_cached("DELETE FROM tried WHERE instance = ?1 AND facet = ?2")?;
    for (instance, facet) in parts {
        statement.execute(params![instance.as_str(), facet.name()])?;
    }
    Ok(())
}
