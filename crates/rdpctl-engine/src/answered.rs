//! When worlds last answered, as facts keep it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Known, UNSEEN};

/// When those worlds last answered whose last look failed.
pub(crate) fn last_answers(known: &Known) -> BTreeMap<World, Timestamp> {
    World::ALL
        .into_iter()
        .filter(|world| known.looks.failed[*world] != UNSEEN && known.looks.answered[*world] != 0)
        .filter_map(|world| Some((world, second(known.looks.answered[world])?)))
        .collect()
}

/// A moment as facts keep it.
pub(crate) fn second(at: u32) -> Option<Timestamp> {
    Timestamp::from_second(i64::from(at)).ok()
}
