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
enum Wish {
    /// What a facet asks for.
    Action(GuestAction),
    /// The boot store is to name this disk.
    Identity,
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
                let all = wishes.iter().map(|(facet, wish)| Planned {
                    facet: *facet,
                    what: wish.words(),
                    fate: Fate::Refused((*refusal).clone().into()),
                });
                return Ok(Work { steps: all.collect(), change: None, touched: Vec::new() });
            }
            Err(error) => return Err(CliError::from_error(&error)),
        }
    };
    let steps = wishes.iter().enumerate().map(|(place, (facet, wish))| {
        let fate = match (refused.remove(&place), dones.get(&place)) {
            (Some(error), _) => Fate::Refused(error),
            (None, Some(Done::Edited)) => Fate::Edited,
            (None, Some(Done::AtStart)) => Fate::AtStart,
            (None, None) => Fate::Held(Guarded::DiskIdentity),
        };
        Planned { facet: *facet, what: wish.words(), fate }
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
    wishes: &[(FacetId, Wish)],
    allowed: &[Guarded],
    refused: &mut BTreeMap<usize, Error>,
) -> Result<Made, Error> {
    let mut repair = Repair::open(disk, &judged.installation, now())?;
    let mut dones = BTreeMap::new();
    for (place, (_, wish)) in wishes.iter().enumerate() {
        if refused.contains_key(&place) {
            continue;
        }
        let done = match wish {
            Wish::Action(action) => repair.take(action),
            Wish::Identity if allowed.contains(&Guarded::DiskIdentity) => {
                repair.name_this_disk().map(|()| Done::Edited)
            }
            Wish::Identity => continue,
        };
        match done {
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

/// What the facets ask for, by any control set, each thing once; then what keeps the machine from starting.
fn wishes(judged: &Judged) -> Result<Vec<(FacetId, Wish)>, CliError> {
    let mut all: Vec<(FacetId, GuestAction)> = Vec::new();
    let sets =
        std::iter::once(&judged.facets).chain(judged.others.iter().map(|(_, facets)| facets));
    for facets in sets {
        let assessed = FacetId::ALL.into_iter().filter_map(|facet| facets[facet].as_ref());
        for step in assessed.flat_map(|assessed| &assessed.steps) {
            let deed = step.deed(&judged.binds).map_err(|unbound| {
                CliError::new(unbound.to_string()).hint("`doctor --disk` says what the disk shows")
            })?;
            if let Deed::Guest { action, .. } = deed
                && !all.iter().any(|(_, other)| *other == action)
            {
                all.push((step.facet, action));
            }
        }
    }
    if judged.policy == Policy::Held {
        all.retain(|(facet, _)| *facet != FacetId::GroupPolicy);
        if !judged.is_policy_held() {
            all.push((FacetId::GroupPolicy, GuestAction::HoldGroupPolicy));
        }
    }
    all.sort_by_key(|(facet, _)| *facet);
    let mut wishes: Vec<(FacetId, Wish)> =
        all.into_iter().map(|(facet, action)| (facet, Wish::Action(action))).collect();
    if judged.is_taken_for_another() {
        wishes.insert(0, (FacetId::Boot, Wish::Identity));
    }
    Ok(wishes)
}

impl Wish {
    fn words(&self) -> String {
        match self {
            Self::Action(action) => words::action(&Action::Guest(action.clone())),
            Self::Identity => "make the boot store name this disk".to_owned(),
        }
    }
}

/// In 100 ns since 1601, as Windows counts.
pub(super) fn now() -> u64 {
    const FROM_1601: i64 = 11_644_473_600;
    let seconds = Timestamp::now().as_second().saturating_add(FROM_1601);
    u64::try_from(seconds).unwrap_or(0).saturating_mul(10_000_000)
}
