//! Full surveys, one row an instance; cold, read for the few instances that are looked at.

use std::collections::BTreeMap;

use rdpctl_model::{InstanceName, Survey};
use rusqlite::types::ValueRef;
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
            Some(row) => Some(read(row.get(0)?, row.get_ref(1)?)?),
        });
    }
    Ok(surveys)
}

/// A survey that is pressed already, so that the transaction that writes it is short.
pub(super) struct Ready {
    instance: InstanceName,
    taken_at: String,
    pressed: Pressed,
}

/// Writes surveys.
pub(super) fn save(connection: &Connection, surveys: &[Ready]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO evidence (instance, taken_at, form, survey) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (instance) DO UPDATE SET taken_at = ?2, form = ?3, survey = ?4",
    )?;
    for Ready { instance, taken_at, pressed } in surveys {
        statement.execute(params![instance.as_str(), taken_at, pressed.form, pressed.body])?;
    }
    Ok(())
}

/// Makes surveys ready to be written.
pub(super) fn press(surveys: &[(InstanceName, Survey)]) -> Result<Vec<Ready>, Fault> {
    surveys.iter().map(|(instance, survey)| press_one((instance, survey))).collect()
}

/// Makes one survey ready to be written.
pub(super) fn press_one((instance, survey): (&InstanceName, &Survey)) -> Result<Ready, Fault> {
    Ok(Ready {
        instance: instance.clone(),
        taken_at: survey.taken_at.to_string(),
        pressed: json::encode(survey)?,
    })
}

/// All surveys by name.
pub(super) fn load_all(connection: &Connection) -> Result<BTreeMap<InstanceName, Survey>, Fault> {
    let mut statement = connection.prepare_cached("SELECT instance, form, survey FROM evidence")?;
    let mut rows = statement.query([])?;
    let mut surveys = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let instance = InstanceName::new(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
        surveys.insert(instance, read(row.get(1)?, row.get_ref(2)?)?);
    }
    Ok(surveys)
}

fn read(form: i64, body: ValueRef<'_>) -> Result<Survey, Fault> {
    let body = body.as_blob().map_err(rusqlite::Error::from)?;
    Ok(json::decode(form, body, "the evidence about an instance")?)
}
