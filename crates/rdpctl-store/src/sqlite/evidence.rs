//! Full surveys, one row an instance; cold, read for the few instances that are looked at.

use std::collections::BTreeMap;

use rdpctl_model::{InstanceName, Survey};
use rusqlite::{Connection, Row, params};

use super::doors::{self, Known, Places, Pool};
use super::fault::Fault;
use crate::codec::json::{self, Pressed};

/// The survey of each instance, where there is one, in the order asked.
pub(super) fn load(
    connection: &Connection,
    instances: &[InstanceName],
) -> Result<Vec<Option<Survey>>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT doors, form, survey FROM evidence WHERE instance = ?1")?;
    let mut known = Known::default();
    let mut surveys = Vec::with_capacity(instances.len());
    for instance in instances {
        let mut rows = statement.query([instance.as_str()])?;
        surveys.push(match rows.next()? {
            None => None,
            Some(row) => Some(read(connection, &mut known, row)?),
        });
    }
    Ok(surveys)
}

/// All surveys by name.
pub(super) fn load_all(connection: &Connection) -> Result<BTreeMap<InstanceName, Survey>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT doors, form, survey, instance FROM evidence")?;
    let mut known = Known::default();
    let mut rows = statement.query([])?;
    let mut surveys = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let instance = InstanceName::new(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?);
        surveys.insert(instance, read(connection, &mut known, row)?);
    }
    Ok(surveys)
}

fn read(connection: &Connection, known: &mut Known, row: &Row<'_>) -> Result<Survey, Fault> {
    let body = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
    let mut survey: Survey = json::decode(row.get(1)?, body, "the evidence about an instance")?;
    if let Ok(cloud) = &mut survey.cloud {
        let named = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        cloud.doors = known.doors(connection, named)?;
    }
    Ok(survey)
}

/// Surveys that are pressed already, so that the transaction that writes them is short.
#[derive(Default)]
pub(super) struct Batch {
    pool: Pool,
    rows: Vec<Ready>,
}

struct Ready {
    instance: InstanceName,
    taken_at: String,
    doors: Places,
    pressed: Pressed,
}

impl Batch {
    /// Makes a survey ready to be written.
    pub(super) fn add(&mut self, instance: InstanceName, mut survey: Survey) -> Result<(), Fault> {
        let doors = match &mut survey.cloud {
            Ok(cloud) => self.pool.take(&mut cloud.doors)?,
            Err(_) => Places::none(),
        };
        let (taken_at, pressed) = (survey.taken_at.to_string(), json::encode(&survey)?);
        self.rows.push(Ready { instance, taken_at, doors, pressed });
        Ok(())
    }

    /// Writes all of it.
    pub(super) fn save(&self, connection: &Connection) -> Result<(), Fault> {
        let before = doors::count(connection)?;
        let numbers = self.pool.save(connection)?;
        let mut statement = connection.prepare_cached(
            "INSERT INTO evidence (instance, taken_at, doors, form, survey) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (instance) DO UPDATE SET taken_at = ?2, doors = ?3, form = ?4, survey = ?5",
        )?;
        for Ready { instance, taken_at, doors, pressed } in &self.rows {
            let doors = doors::named(doors, &numbers)?;
            statement.execute(params![
                instance.as_str(),
                taken_at,
                doors,
                pressed.form,
                pressed.body
            ])?;
        }
        doors::collect(connection, before)
    }
}
