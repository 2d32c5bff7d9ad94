//! When worlds last answered, as facts keep it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Known, UNSEEN};

/// When those worlds last answered whose last look failed.
pub(crate) fn last_answers(known: &Known) -> BTreeMap<World, Timestamp> {
    World::ALL
        .into_iter()
        .filter(|world| {
            known.looks.failed[*world] != UNSEEN && !known.looks.answered[*world].is_never()
        })
        .filter_map(|world| Some((world, known.looks.answered[world].second()?)))
        .collect()
}
