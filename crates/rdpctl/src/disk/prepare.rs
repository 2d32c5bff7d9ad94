//! What would be done to a disk, made whole before anything is written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_disk::Error;
use rdpctl_disk::change::Change;
use rdpctl_disk::windows::{Disk, Whole};
use rdpctl_model::step::{Deed, Guarded};
use rdpctl_model::{Action, FacetId, GuestAction};
use rdpctl_providers::offline::{Done, Repair};

use super::{Judged, Policy};
use crate::error::CliError;
use crate::report::words;

/// One thing that is to be done.
pub(crate) struct Planned {
    /// For which facet.
    pub(crate) facet: FacetId,
    /// In words.
    pub(crate) what: String,
    /// What becomes of it.
    pub(crate) fate: Fate,
}

/// What becomes of something that is to be done.
pub(crate) enum Fate {
    /// It is part of the change.
    Edited,
    /// The next start does it by itself.
    AtStart,
    /// A guard says no, unless it is allowed on the command line.
    Held(Guarded),
    /// It is not done to a disk, or not to this one.
    Refused(Error),
}

/// All of it.
pub(crate) struct Work {
    /// In the facets' order.
    pub(crate) steps: Vec<Planned>,
    /// The change; none where nothing is to be written.
    pub(crate) change: Option<Change>,
    /// The files that it edits, as they are before.
    pub(crate) touched: Vec<Whole>,
}

/// Something that is wished of the disk.
struct Wish {
    facet: FacetId,
    action: GuestAction,
    /// What it needs leave for besides the repair itself.
    guard: Option<Guarded>,
}

/// All that is wished, as one change. What cannot be done this way is left out and told.
pub(crate) fn prepare(
    disk: &Disk<'_>,
    judged: &Judged,
    allowed: &[Guarded],
) -> Result<Work, CliError> {
    let wishes = wishes(judged)?;
    if wishes.is_empty() {
        return Ok(Work { steps: Vec::new(), change: None, touched: Vec::new() });
    }
    let mut refused: BTreeMap<usize, Error> = BTreeMap::new();
    // An edit that stopped in the middle leaves its hive in pieces: then all is made anew without it.
    let (dones, made) = loop {
        let before = refused.len();
        match attempt(disk, judged, &wishes, allowed, &mut refused) {
            Ok(made) if refused.len() == before => break made,
            Ok(_) => {}
            Err(Error::Refused(refusal)) => {
                let all = wishes.iter().map(|wish| Planned {
                    facet: wish.facet,
                    what: wish.words(),
                    fate: Fate::Refused((*refusal).clone().into()),
                });
                return Ok(Work { steps: all.collect(), change: None, touched: Vec::new() });
            }
            Err(error) => return Err(CliError::from_error(&error)),
        }
    };
    let steps = wishes.iter().enumerate().map(|(place, wish)| {
        let fate = match (refused.remove(&place), dones.get(&place)) {
            (Some(error), _) => Fate::Refused(error),
            (None, Some(Done::Edited)) => Fate::Edited,
            (None, Some(Done::AtStart)) => Fate::AtStart,
            (None, None) => Fate::Held(wish.guard.unwrap_or(Guarded::OfflineRepair)),
        };
        Planned { facet: wish.facet, what: wish.words(), fate }
    });
    let steps: Vec<Planned> = steps.collect();
    let (change, touched) = made.unzip();
    let change = change.filter(|change| !change.is_empty());
    Ok(Work { steps, change, touched: touched.unwrap_or_default() })
}

type Made = (BTreeMap<usize, Done>, Option<(Change, Vec<Whole>)>);

/// One attempt, up to the first wish that is refused.
fn attempt(
    disk: &Disk<'_>,
    judged: &Judged,
    wishes: &[Wish],
    allowed: &[Guarded],
    refused: &mut BTreeMap<usize, Error>,
) -> Result<Made, Error> {
    let mut repair = Repair::open(disk, &judged.installation, now())?;
    let mut dones = BTreeMap::new();
    for (place, wish) in wishes.iter().enumerate() {
        let is_held = wish.guard.is_some_and(|guard| !allowed.contains(&guard));
        if is_held || refused.contains_key(&place) {
            continue;
        }
        match repair.take(&wish.action) {
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

/// What the facets ask for, by any control set, each thing once.
fn wishes(judged: &Judged) -> Result<Vec<Wish>, CliError> {
    let mut all: Vec<Wish> = Vec::new();
    let sets =
        std::iter::once(&judged.facets).chain(judged.others.iter().map(|(_, facets)| facets));
    for facets in sets {
        let assessed = FacetId::ALL.into_iter().filter_map(|facet| facets[facet].as_ref());
        for step in assessed.flat_map(|assessed| &assessed.steps) {
            let deed = step.deed(&judged.binds).map_err(|unbound| {
                CliError::new(unbound.to_string()).hint("`doctor --disk` says what the disk shows")
            })?;
            if let Deed::Guest { action, .. } = deed
                && !all.iter().any(|other| other.action == action)
            {
                let guard =
                    step.guards.contains(&Guarded::DiskIdentity).then_some(Guarded::DiskIdentity);
                all.push(Wish { facet: step.facet, action, guard });
            }
        }
    }
    if judged.policy == Policy::Held {
        all.retain(|wish| wish.facet != FacetId::GroupPolicy);
        if !judged.is_policy_held() {
            let action = GuestAction::HoldGroupPolicy;
            all.push(Wish { facet: FacetId::GroupPolicy, action, guard: None });
        }
    }
    all.sort_by_key(|wish| wish.facet);
    Ok(all)
}

impl Wish {
    fn words(&self) -> String {
        words::action(&Action::Guest(self.action.clone()))
    }
}

/// In 100 ns since 1601, as Windows counts.
pub(super) fn now() -> u64 {
    const FROM_1601: i64 = 11_644_473_600;
    let seconds = Timestamp::now().as_second().saturating_add(FROM_1601);
    u64::try_from(seconds).unwrap_or(0).saturating_mul(10_000_000)
}
