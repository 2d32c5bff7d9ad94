//! Full evidence, one row an instance and world; cold, read for the few instances that are looked at.
//!
//! A look writes the worlds that it was about and touches no other row, nor what somebody else saw, or failed to see, who looked later.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::store::{Pressed, PressedSurvey};
use rdpctl_model::evidence::{Answer, Failed, Remembered};
use rdpctl_model::facet::World;
use rdpctl_model::facts::LONGEST_LOOK;
use rdpctl_model::rules::Doors;
use rdpctl_model::{Evidence, Gap, InstanceName};
use serde::de::DeserializeOwned;

use super::column;
use super::doors::{self, Known, Places, Pool};
use super::fault::Fault;
use super::sql::{Connection, Row};
use super::value::{Field as _, Value, params};
use crate::codec::Garbled;
use crate::codec::json;

const WHAT: &str = "the evidence about an instance";

const ANSWERED: &str = "INSERT INTO evidence (instance, world, at, doors, form, answer)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (instance, world)
     DO UPDATE SET at = ?3, doors = ?4, form = ?5, answer = ?6,
     failed = CASE WHEN evidence.failed_at > ?3 AND evidence.failed_at <= ?7 THEN evidence.failed END,
     failed_at = CASE WHEN evidence.failed_at > ?3 AND evidence.failed_at <= ?7 THEN evidence.failed_at END
     WHERE evidence.at IS NULL OR evidence.at <= ?3 OR evidence.at > ?7";

const FAILED: &str =
    "INSERT INTO evidence (instance, world, failed, failed_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (instance, world) DO UPDATE SET failed = ?3, failed_at = ?4
     WHERE (evidence.at IS NULL OR evidence.at <= ?4 OR evidence.at > ?5)
     AND (evidence.failed_at IS NULL OR evidence.failed_at <= ?4 OR evidence.failed_at > ?5)";

/// The evidence about each instance, where there is any, in the order asked.
pub(crate) fn load(
    connection: &Connection<'_>,
    instances: &[InstanceName],
) -> Result<Vec<Option<Evidence>>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT world, at, failed, doors, form, answer FROM evidence WHERE instance = ?1",
    )?;
    let mut known = Known::default();
    let mut all = Vec::with_capacity(instances.len());
    for instance in instances {
        let mut rows = statement.query(params![instance.as_str()])?;
        let mut evidence = None;
        while let Some(row) = rows.next()? {
            read(connection, &mut known, &row, evidence.get_or_insert_default())?;
        }
        all.push(evidence);
    }
    Ok(all)
}

/// All evidence by name.
pub(crate) fn load_all(
    connection: &Connection<'_>,
) -> Result<BTreeMap<InstanceName, Evidence>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT world, at, failed, doors, form, answer, instance FROM evidence")?;
    let mut known = Known::default();
    let mut rows = statement.query(&[])?;
    let mut all: BTreeMap<InstanceName, Evidence> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let instance = InstanceName::new(row.text(6)?);
        read(connection, &mut known, &row, all.entry(instance).or_default())?;
    }
    Ok(all)
}

fn read(
    connection: &Connection<'_>,
    known: &mut Known,
    row: &Row<'_>,
    into: &mut Evidence,
) -> Result<(), Fault> {
    let name = row.text(0)?;
    match World::ALL.into_iter().find(|world| world.name() == name) {
        None => return Err(Fault::Garbled(Garbled { what: WHAT })),
        Some(World::Cloud) => {
            into.cloud = remembered(row)?;
            if let Some(answer) = &mut into.cloud.answer {
                let named = row.text(3)?;
                answer.said.doors = known.doors(connection, named)?;
            }
        }
        Some(World::Guest) => into.guest = remembered(row)?,
        Some(World::Outside) => into.outside = remembered(row)?,
    }
    Ok(())
}

fn remembered<T: DeserializeOwned>(row: &Row<'_>) -> Result<Remembered<T>, Fault> {
    let failed = match row.text_or_null(2)? {
        None => None,
        Some(text) => Some(serde_json::from_str(text).map_err(|_| Garbled { what: WHAT })?),
    };
    let answer = match row.blob_or_null(5)? {
        None => None,
        Some(body) => {
            Some(Answer { at: column::time(row, 1)?, said: json::decode(row.get(4)?, body, WHAT)? })
        }
    };
    Ok(Remembered { answer, failed })
}

/// Answers that are to be written in one transaction, which is short, as they are pressed already.
#[derive(Default)]
pub(crate) struct Batch {
    pool: Pool,
    rows: Vec<Ready>,
}

struct Ready {
    instance: InstanceName,
    world: World,
    what: What,
}

enum What {
    Answer { at: Timestamp, doors: Option<Places>, pressed: Pressed },
    Failed { at: Timestamp, why: String },
}

impl Batch {
    /// Takes what a look brought.
    pub(crate) fn add(
        &mut self,
        instance: &InstanceName,
        survey: PressedSurvey,
    ) -> Result<(), Fault> {
        let at = survey.taken_at;
        match survey.cloud {
            Ok((doors, said)) => self.cloud(instance, at, doors, said)?,
            Err(gap) => self.gap(instance, World::Cloud, at, gap)?,
        }
        match survey.guest {
            Ok(said) => self.answer(instance, World::Guest, at, None, said),
            Err(gap) => self.gap(instance, World::Guest, at, gap)?,
        }
        match survey.outside {
            Ok(said) => self.answer(instance, World::Outside, at, None, said),
            Err(gap) => self.gap(instance, World::Outside, at, gap)?,
        }
        Ok(())
    }

    /// Makes all that is remembered of an instance ready to be written again.
    pub(crate) fn add_all(
        &mut self,
        instance: &InstanceName,
        evidence: &Evidence,
    ) -> Result<(), Fault> {
        if let Some(Answer { at, said }) = &evidence.cloud.answer {
            let mut said = said.clone();
            let unfiltered = said.doors.unfiltered;
            let doors = std::mem::replace(&mut said.doors, Doors::without_stages(unfiltered));
            self.cloud(instance, *at, doors, Pressed::of(&said)?)?;
        }
        if let Some(Answer { at, said }) = &evidence.guest.answer {
            self.answer(instance, World::Guest, *at, None, Pressed::of(said)?);
        }
        if let Some(Answer { at, said }) = &evidence.outside.answer {
            self.answer(instance, World::Outside, *at, None, Pressed::of(said)?);
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
        at: Timestamp,
        doors: Doors,
        said: Pressed,
    ) -> Result<(), Fault> {
        let doors = self.pool.take(doors)?;
        self.answer(instance, World::Cloud, at, Some(doors), said);
        Ok(())
    }

    fn answer(
        &mut self,
        instance: &InstanceName,
        world: World,
        at: Timestamp,
        doors: Option<Places>,
        pressed: Pressed,
    ) {
        let what = What::Answer { at, doors, pressed };
        self.rows.push(Ready { instance: instance.clone(), world, what });
    }

    fn gap(
        &mut self,
        instance: &InstanceName,
        world: World,
        at: Timestamp,
        gap: Gap,
    ) -> Result<(), Fault> {
        if gap.was_looked_for() {
            let what = What::Failed { at, why: serde_json::to_string(&Failed { at, gap })? };
            self.rows.push(Ready { instance: instance.clone(), world, what });
        }
        Ok(())
    }

    /// Writes all of it.
    pub(crate) fn save(&self, connection: &Connection<'_>) -> Result<(), Fault> {
        let before = doors::count(connection)?;
        let numbers = self.pool.save(connection)?;
        let mut all = Vec::with_capacity(self.rows.len());
        for Ready { instance, world, what } in &self.rows {
            let (instance, world) = (instance.as_str().value(), Value::Text(world.name().into()));
            all.push(match what {
                What::Answer { at, doors, pressed } => {
                    let doors =
                        doors.as_ref().map(|doors| doors::named(doors, &numbers)).transpose()?;
                    let doors = doors.map_or(Value::Null, |doors| Value::Text(doors.into()));
                    let (form, body) = (pressed.form.value(), pressed.body.value());
                    let [at, last] = until(*at);
                    (ANSWERED, vec![instance, world, at, doors, form, body, last])
                }
                What::Failed { at, why } => {
                    let [at, last] = until(*at);
                    (FAILED, vec![instance, world, why.value(), at, last])
                }
            });
        }
        connection.execute_all(&all)?;
        doors::collect(connection, before)
    }
}

/// A moment, and the last from which a later answer can be, as texts that sort as they follow each other.
fn until(at: Timestamp) -> [Value<'static>; 2] {
    let longest = SignedDuration::from_secs(i64::from(LONGEST_LOOK));
    [at, at.saturating_add(longest).unwrap_or(Timestamp::MAX)]
        .map(|at| Value::Text(format!("{at:.9}").into()))
}
