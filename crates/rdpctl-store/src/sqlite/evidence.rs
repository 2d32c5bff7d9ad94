//! Full surveys, one row an instance; cold, read for the few instances that are looked at.

use rdpctl_model::{InstanceName, Survey};
use rusqlite::{Connection, params};

use super::fault::Fault;
use crate::codec::json::{self, Pressed};

/// The survey of each instance, where there is one, in the order asked.
pub(super) fn load(
    connection: &Connection,
    instances: &[InstanceName],
) -> Result<Vec<Option<Survey>>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT form, survey FROM evidence WHERE instance = ?1")?;
    let mut surveys = Vec::with_capacity(instances.len());
    for instance in instances {
        let mut rows = statement.query([instance.as_str()])?;
        surveys.push(match rows.next()? {
            None => None,
            Some(row) => {
                let body = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                Some(json::decode(row.get(0)?, body, "the evidence about an instance")?)
            }
        });
    }
    Ok(surveys)
}

/// Writes surveys that were pressed before, so that the transaction is short.
pub(super) fn save(
    connection: &Connection,
    surveys: &[(InstanceName, String, Pressed)],
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO evidence (instance, taken_at, form, survey) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (instance) DO UPDATE SET taken_at = ?2, form = ?3, survey = ?4",
    )?;
    for (instance, taken_at, pressed) in surveys {
        statement.execute(params![instance.as_str(), taken_at, pressed.form, pressed.body])?;
    }
    Ok(())
}

/// Makes surveys ready to be written.
pub(super) fn press(
    surveys: Vec<(InstanceName, Survey)>,
) -> Result<Vec<(InstanceName, String, Pressed)>, Fault> {
    surveys
        .into_iter()
        .map(|(instance, survey)| {
            Ok((instance, survey.taken_at.to_string(), json::encode(&survey)?))
        })
        .collect()
}
