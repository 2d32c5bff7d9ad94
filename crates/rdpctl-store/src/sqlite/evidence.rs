//! Full evidence, one row an instance and world; cold, read for the few instances that are looked at.
//!
//! A look writes the worlds that it was about and touches no other row.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_model::evidence::{Answer, Failed, Remembered};
use rdpctl_model::facet::World;
use rdpctl_model::{Evidence, Gap, InstanceName, Survey};
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::column;
use super::doors::{self, Known, Places, Pool};
use super::fault::Fault;
use crate::codec::Garbled;
use crate::codec::json::{self, Pressed};

const WHAT: &str = "the evidence about an instance";

/// The evidence about each instance, where there is any, in the order asked.
pub(super) fn load(
    connection: &Connection,
    instances: &[InstanceName],
) -> Result<Vec<Option<Evidence>>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT world, at, failed, doors, form, answer FROM evidence WHERE instance = ?1",
    )?;
    let mut known = Known::default();
    let mut all = Vec::with_capacity(instances.len());
    for instance in instances {
        let mut rows = statement.query([instance.as_str()])?;
        let mut evidence = None;
        while let Some(row) = rows.next()? {
            read(connection, &mut known, row, evidence.get_or_insert_default())?;
        }
        all.push(evidence);
    }
    Ok(all)
}

/// All evidence by name.
pub(super) fn load_all(connection: &Connection) -> Result<BTreeMap<InstanceName, Evidence>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT world, at, failed, doors, form, answer, instance FROM evidence")?;
    let mut known = Known::default();
    let mut rows = statement.query([])?;
    let mut all: BTreeMap<InstanceName, Evidence> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let instance = InstanceName::new(row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?);
        read(connection, &mut known, row, all.entry(instance).or_default())?;
    }
    Ok(all)
}

fn read(
    connection: &Connection,
    known: &mut Known,
    row: &Row<'_>,
    into: &mut Evidence,
) -> Result<(), Fault> {
    let name = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
    match World::ALL.into_iter().find(|world| world.name() == name) {
        None => return Err(Fault::Garbled(Garbled { what: WHAT })),
        Some(World::Cloud) => {
            into.cloud = remembered(row)?;
            if let Some(answer) = &mut into.cloud.answer {
                let named = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
                answer.said.doors = known.doors(connection, named)?;
            }
        }
        Some(World::Guest) => into.guest = remembered(row)?,
        Some(World::Outside) => into.outside = remembered(row)?,
    }
    Ok(())
}

fn remembered<T: DeserializeOwned>(row: &Row<'_>) -> Result<Remembered<T>, Fault> {
    let failed = match row.get_ref(2)?.as_str_or_null().map_err(rusqlite::Error::from)? {
        None => None,
        Some(text) => Some(serde_json::from_str(text).map_err(|_| Garbled { what: WHAT })?),
    };
    let answer = match row.get_ref(5)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
        None => None,
        Some(body) => {
            Some(Answer { at: column::time(row, 1)?, said: json::decode(row.get(4)?, body, WHAT)? })
        }
    };
    Ok(Remembered { answer, failed })
}

/// Answers that are pressed already, so that the transaction that writes them is short.
#[derive(Default)]
pub(super) struct Batch {
    pool: Pool,
    rows: Vec<Ready>,
}

struct Ready {
    instance: InstanceName,
    world: World,
    what: What,
}

enum What {
    Answer { at: String, doors: Option<Places>, pressed: Pressed },
    Failed(String),
}

impl Batch {
    /// Makes what a look brought ready to be written.
    pub(super) fn add(&mut self, instance: &InstanceName, survey: Survey) -> Result<(), Fault> {
        let at = survey.taken_at;
        match survey.cloud {
            Ok(said) => self.cloud(instance, Answer { at, said })?,
            Err(gap) => self.gap(instance, World::Cloud, at, gap)?,
        }
        match survey.guest {
            Ok(said) => self.answer(instance, World::Guest, None, &Answer { at, said })?,
            Err(gap) => self.gap(instance, World::Guest, at, gap)?,
        }
        match survey.outside {
            Ok(said) => self.answer(instance, World::Outside, None, &Answer { at, said }),
            Err(gap) => self.gap(instance, World::Outside, at, gap),
        }
    }

    /// Makes all that is remembered of an instance ready to be written again.
    pub(super) fn add_all(
        &mut self,
        instance: &InstanceName,
        evidence: &Evidence,
    ) -> Result<(), Fault> {
        if let Some(answer) = &evidence.cloud.answer {
            self.cloud(instance, answer.clone())?;
        }
        if let Some(answer) = &evidence.guest.answer {
            self.answer(instance, World::Guest, None, answer)?;
        }
        if let Some(answer) = &evidence.outside.answer {
            self.answer(instance, World::Outside, None, answer)?;
        }
        // After the answers, which would take them back.
        let failed = [
            (World::Cloud, &evidence.cloud.failed),
            (World::Guest, &evidence.guest.failed),
            (World::Outside, &evidence.outside.failed),
        ];
        for (world, failed) in failed {
            if let Some(failed) = failed {
                self.gap(instance, world, failed.at, failed.gap.clone())?;
            }
        }
        Ok(())
    }

    fn cloud(
        &mut self,
        instance: &InstanceName,
        mut answer: Answer<rdpctl_model::cloud::CloudSurvey>,
    ) -> Result<(), Fault> {
        let doors = self.pool.take(&mut answer.said.doors)?;
        self.answer(instance, World::Cloud, Some(doors), &answer)
    }

    fn answer<T: Serialize>(
        &mut self,
        instance: &InstanceName,
        world: World,
        doors: Option<Places>,
        answer: &Answer<T>,
    ) -> Result<(), Fault> {
        let (at, pressed) = (answer.at.to_string(), json::encode(&answer.said)?);
        let what = What::Answer { at, doors, pressed };
        self.rows.push(Ready { instance: instance.clone(), world, what });
        Ok(())
    }

    fn gap(
        &mut self,
        instance: &InstanceName,
        world: World,
        at: Timestamp,
        gap: Gap,
    ) -> Result<(), Fault> {
        if gap.was_looked_for() {
            let what = What::Failed(serde_json::to_string(&Failed { at, gap })?);
            self.rows.push(Ready { instance: instance.clone(), world, what });
        }
        Ok(())
    }

    /// Writes all of it.
    pub(super) fn save(&self, connection: &Connection) -> Result<(), Fault> {
        let before = doors::count(connection)?;
        let numbers = self.pool.save(connection)?;
        let mut answered = connection.prepare_cached(
            "INSERT INTO evidence (instance, world, at, failed, doors, form, answer)
             VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6)
             ON CONFLICT (instance, world)
             DO UPDATE SET at = ?3, failed = NULL, doors = ?4, form = ?5, answer = ?6",
        )?;
        let mut failed = connection.prepare_cached(
            "INSERT INTO evidence (instance, world, failed) VALUES (?1, ?2, ?3)
             ON CONFLICT (instance, world) DO UPDATE SET failed = ?3",
        )?;
        for Ready { instance, world, what } in &self.rows {
            let (instance, world) = (instance.as_str(), world.name());
            match what {
                What::Answer { at, doors, pressed } => {
                    let doors =
                        doors.as_ref().map(|doors| doors::named(doors, &numbers)).transpose()?;
                    answered.execute(params![
                        instance,
                        world,
                        at,
                        doors,
                        pressed.form,
                        pressed.body
                    ])?;
                }
                What::Failed(why) => {
                    failed.execute(params![instance, world, why])?;
                }
            }
        }
        doors::collect(connection, before)
    }
}
