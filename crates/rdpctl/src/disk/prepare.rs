//! What would be done to a disk, made whole before anything is written.

use jiff::Timestamp;
use rdpctl_disk::change::Change;
use rdpctl_disk::windows::{Disk, Whole};
use rdpctl_model::step::{Deed, Guarded};
use rdpctl_model::{Action, FacetId, GuestAction};
use rdpctl_offline::{Made, Took, Wanted, mend};

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
    Refused {
        /// Why.
        why: String,
        /// What can be done instead, where there is something.
        way_out: Option<String>,
    },
}

/// All of it.
#[derive(Default)]
pub(crate) struct Work {
    /// In the facets' order.
    pub(crate) steps: Vec<Planned>,
    /// How many bytes of the disk are written.
    pub(crate) bytes: usize,
    /// The change; none where nothing is to be written, or where it is made elsewhere.
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

/// What is wished of a disk, and what of it may be done.
pub(crate) struct Wishes {
    all: Vec<Wish>,
    installation: usize,
}

impl Wishes {
    /// Those that what was judged comes to.
    pub(crate) fn of(judged: &Judged) -> Result<Self, CliError> {
        Ok(Self { all: wishes(judged)?, installation: judged.installation })
    }

    /// What is to be done, where these guards are allowed; nothing where that is nothing.
    pub(crate) fn wanted(&self, allowed: &[Guarded]) -> Option<Wanted> {
        let free = self.all.iter().filter(|wish| wish.is_free(allowed));
        let actions: Vec<GuestAction> = free.map(|wish| wish.action.clone()).collect();
        let wanted = Wanted { installation: self.installation, now: now(), actions };
        (!wanted.actions.is_empty()).then_some(wanted)
    }

    /// What became of them.
    pub(crate) fn ended(self, allowed: &[Guarded], took: Vec<Took>) -> Vec<Planned> {
        let mut took = took.into_iter();
        let ended = self.all.into_iter().map(|wish| {
            let fate = if wish.is_free(allowed) {
                match took.next() {
                    Some(Took::Edited) => Fate::Edited,
                    Some(Took::AtStart) => Fate::AtStart,
                    Some(Took::Refused { why, way_out }) => Fate::Refused { why, way_out },
                    None => Fate::Refused { why: "nobody said".to_owned(), way_out: None },
                }
            } else {
                Fate::Held(wish.guard.unwrap_or(Guarded::OfflineRepair))
            };
            Planned { facet: wish.facet, what: wish.words(), fate }
        });
        ended.collect()
    }
}

/// All that is wished, as one change. What cannot be done this way is left out and told.
pub(crate) fn prepare(
    disk: &Disk<'_>,
    judged: &Judged,
    allowed: &[Guarded],
) -> Result<Work, CliError> {
    let wishes = Wishes::of(judged)?;
    let made = match wishes.wanted(allowed) {
        Some(wanted) => mend(disk, &wanted).map_err(|error| CliError::from_error(&error))?,
        None => Made::default(),
    };
    let steps = wishes.ended(allowed, made.took);
    let bytes = made.change.as_ref().map_or(0, Change::bytes);
    Ok(Work { steps, bytes, change: made.change, touched: made.touched })
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
    fn is_free(&self, allowed: &[Guarded]) -> bool {
        self.guard.is_none_or(|guard| allowed.contains(&guard))
    }

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
