//! Rule sets of clouds, kept once however many instances they guard.
//!
//! They are most of what a cloud says about an instance, and a fleet shares a handful of them: apart from the surveys
//! they cost nothing to write again, and surveys that are read together share them in memory too.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rdpctl_contract::store::Pressed;
use rdpctl_model::rules::{Doors, RuleAction, RuleSet, Stage};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::sql::Connection;
use super::value::params;
use crate::codec::Garbled;
use crate::codec::json;

/// Below so many, rule sets that nobody refers to any more are left where they are.
const SMALL: u64 = 256;

const WHAT: &str = "the rule sets of an instance";

/// The distinct rule sets of the surveys that are about to be written.
#[derive(Default)]
pub(crate) struct Pool {
    distinct: Vec<Distinct>,
    places: HashMap<*const RuleSet, usize>,
}

struct Distinct {
    /// Keeps the address that `places` knows it by from being used again.
    _set: Arc<RuleSet>,
    digest: [u8; 32],
    pressed: Pressed,
}

/// Which rule sets of a pool are an instance's doors.
pub(crate) struct Places {
    stages: Vec<Vec<usize>>,
    unfiltered: RuleAction,
}

/// Doors as they stand beside a survey: rule sets by number, stage by stage.
#[derive(Serialize, Deserialize)]
struct Numbered {
    stages: Vec<Vec<i64>>,
    unfiltered: RuleAction,
}

impl Pool {
    /// Takes doors into the pool.
    pub(crate) fn take(&mut self, doors: Doors) -> Result<Places, Fault> {
        let unfiltered = doors.unfiltered;
        let stages = doors
            .stages
            .into_iter()
            .map(|stage| stage.sets.into_iter().map(|set| self.place(set)).collect())
            .collect::<Result<_, Fault>>()?;
        Ok(Places { stages, unfiltered })
    }

    fn place(&mut self, set: Arc<RuleSet>) -> Result<usize, Fault> {
        if let Some(place) = self.places.get(&Arc::as_ptr(&set)) {
            return Ok(*place);
        }
        let place = self.distinct.len();
        self.places.insert(Arc::as_ptr(&set), place);
        let plain = serde_json::to_vec(&*set)?;
        let digest = Sha256::digest(&plain).into();
        self.distinct.push(Distinct { digest, pressed: Pressed::press(plain), _set: set });
        Ok(place)
    }

    /// Writes what is not there yet, and says under which number each place is.
    pub(crate) fn save(&self, connection: &Connection<'_>) -> Result<Vec<i64>, Fault> {
        let mut find = connection.prepare_cached("SELECT id FROM rule_set WHERE digest = ?1")?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO rule_set (digest, form, body) VALUES (?1, ?2, ?3) RETURNING id",
        )?;
        let mut numbers = Vec::with_capacity(self.distinct.len());
        for Distinct { digest, pressed, .. } in &self.distinct {
            let known: Option<i64> = find.query_row_if_any(params![digest], |row| row.get(0))?;
            numbers.push(match known {
                Some(number) => number,
                None => insert
                    .query_row(params![digest, pressed.form, pressed.body], |row| row.get(0))?,
            });
        }
        Ok(numbers)
    }
}

/// Doors as they stand beside a survey.
pub(crate) fn named(places: &Places, numbers: &[i64]) -> Result<String, Fault> {
    let stages = places
        .stages
        .iter()
        .map(|stage| stage.iter().filter_map(|place| numbers.get(*place).copied()).collect())
        .collect();
    Ok(serde_json::to_string(&Numbered { stages, unfiltered: places.unfiltered })?)
}

/// The rule sets that were read so far.
#[derive(Default)]
pub(crate) struct Known {
    sets: HashMap<i64, Arc<RuleSet>>,
}

impl Known {
    /// The doors that stand beside a survey under that name.
    pub(crate) fn doors(
        &mut self,
        connection: &Connection<'_>,
        named: &str,
    ) -> Result<Doors, Fault> {
        let numbered: Numbered = serde_json::from_str(named).map_err(|_| Garbled { what: WHAT })?;
        let mut stages = Vec::with_capacity(numbered.stages.len());
        for numbers in numbered.stages {
            let sets: Result<Vec<_>, Fault> =
                numbers.into_iter().map(|number| self.set(connection, number)).collect();
            stages.push(Stage { sets: sets? });
        }
        Ok(Doors { stages, unfiltered: numbered.unfiltered })
    }

    fn set(&mut self, connection: &Connection<'_>, number: i64) -> Result<Arc<RuleSet>, Fault> {
        if let Some(set) = self.sets.get(&number) {
            return Ok(Arc::clone(set));
        }
        let mut statement =
            connection.prepare_cached("SELECT form, body FROM rule_set WHERE id = ?1")?;
        let mut rows = statement.query(params![number])?;
        let row = rows.next()?.ok_or(Garbled { what: WHAT })?;
        let body = row.blob(1)?;
        let set: Arc<RuleSet> = Arc::new(json::decode(row.get(0)?, body, WHAT)?);
        self.sets.insert(number, Arc::clone(&set));
        Ok(set)
    }
}

/// How many rule sets there are.
pub(crate) fn count(connection: &Connection<'_>) -> Result<u64, Fault> {
    connection.prepare_cached("SELECT count(*) FROM rule_set")?.query_row(&[], |row| row.get(0))
}

/// Throws out rule sets that no survey refers to, each time their number has doubled since it was so many.
pub(crate) fn collect(connection: &Connection<'_>, before: u64) -> Result<(), Fault> {
    let now = count(connection)?;
    if now < SMALL || before.checked_ilog2() == now.checked_ilog2() {
        return Ok(());
    }
    let mut used: HashSet<i64> = HashSet::new();
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT doors FROM evidence WHERE doors IS NOT NULL")?;
    let mut rows = statement.query(&[])?;
    while let Some(row) = rows.next()? {
        let named = row.text(0)?;
        let numbered: Numbered = serde_json::from_str(named).map_err(|_| Garbled { what: WHAT })?;
        used.extend(numbered.stages.into_iter().flatten());
    }
    let all: Vec<i64> =
        connection.prepare_cached("SELECT id FROM rule_set")?.query_all(&[], |row| row.get(0))?;
    let mut delete = connection.prepare_cached("DELETE FROM rule_set WHERE id = ?1")?;
    for number in all.into_iter().filter(|number| !used.contains(number)) {
        delete.execute(params![number])?;
    }
    Ok(())
}
