//! Actions made into one change of a disk. What cannot be done this way is left out and told, and the rest is done.

use std::collections::BTreeMap;

use rdpctl_disk::change::Change;
use rdpctl_disk::windows::{Disk, Whole};
use rdpctl_disk::{Error, Refusal};
use rdpctl_model::GuestAction;
use serde::{Deserialize, Serialize};

use crate::repair::{Done, Repair};

/// What is wanted of one Windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Which of the installations, counted from 1.
    pub installation: usize,
    /// What changed keys get as their time, in 100 ns since 1601.
    pub now: u64,
    /// What is to be done.
    pub actions: Vec<GuestAction>,
}

/// What became of one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "took")]
pub enum Took {
    /// It is part of the change.
    Edited,
    /// The next start does it by itself.
    AtStart,
    /// It is not done to a disk, or not to this one.
    Refused {
        /// Why.
        why: String,
        /// What can be done instead, where there is something.
        way_out: Option<String>,
    },
}

impl Took {
    fn refused(error: &Error) -> Self {
        Self::Refused { why: error.to_string(), way_out: error.way_out().map(str::to_owned) }
    }
}

/// What became of all of them, for somebody who is far away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mended {
    /// What became of each, in their order.
    pub took: Vec<Took>,
    /// How many bytes of the disk are others.
    pub bytes: usize,
}

/// What was made of them.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// What became of each, in their order.
    pub took: Vec<Took>,
    /// The change, with nothing of it done yet; none where nothing is to be written.
    pub change: Option<Change>,
    /// The files that it edits, as they are before.
    pub touched: Vec<Whole>,
}

/// Makes one change of what is wanted.
pub fn mend(disk: &Disk<'_>, wanted: &Wanted) -> Result<Made, Error> {
    let mut refused: BTreeMap<usize, Error> = BTreeMap::new();
    // An edit that stopped in the middle leaves its hive in pieces: then all is made anew without it.
    let (dones, made) = loop {
        let before = refused.len();
        match attempt(disk, wanted, &mut refused) {
            Ok(made) if refused.len() == before => break made,
            Ok(_) => {}
            Err(error @ Error::Refused(_)) => {
                let took = wanted.actions.iter().map(|_| Took::refused(&error)).collect();
                return Ok(Made { took, ..Made::default() });
            }
            Err(error) => return Err(error),
        }
    };
    let took =
        (0..wanted.actions.len()).map(|place| match (refused.get(&place), dones.get(&place)) {
            (Some(error), _) => Took::refused(error),
            (None, Some(Done::Edited)) => Took::Edited,
            (None, Some(Done::AtStart)) => Took::AtStart,
            (None, None) => Took::refused(&Refusal::NoWindows.into()),
        });
    let took = took.collect();
    let (change, touched) = made.unzip();
    let change = change.filter(|change| !change.is_empty());
    Ok(Made { took, change, touched: touched.unwrap_or_default() })
}

type Attempt = (BTreeMap<usize, Done>, Option<(Change, Vec<Whole>)>);

/// One attempt, up to the first action that is refused.
fn attempt(
    disk: &Disk<'_>,
    wanted: &Wanted,
    refused: &mut BTreeMap<usize, Error>,
) -> Result<Attempt, Error> {
    let installation = disk.installation(Some(wanted.installation))?;
    let mut repair = Repair::open(disk, &installation, wanted.now)?;
    let mut dones = BTreeMap::new();
    for (place, action) in wanted.actions.iter().enumerate() {
        if refused.contains_key(&place) {
            continue;
        }
        match repair.take(action) {
            Ok(done) => {
                dones.insert(place, done);
            }
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(error @ (Error::Damaged(_) | Error::Refused(_))) => {
                refused.insert(place, error);
                return Ok((dones, None));
            }
        }
    }
    if !dones.values().any(|done| *done == Done::Edited) {
        return Ok((dones, None));
    }
    let touched = repair.touched()?;
    Ok((dones, Some((repair.change()?, touched))))
}
