//! On what a plan rests: how old its evidence is, and what nobody could see.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Facts, Stamp, UNSEEN};
use rdpctl_model::plan::{Basis, Reached, Span, UnseenFleet};
use rdpctl_model::{SourceKey, WorldMap};

use crate::assess::Filter;
use crate::estate::{Estate, Who};

/// How many instances are declared: those that were seen, and those that were declared one by one and never seen.
fn declared(estate: &Estate, facts: &Facts) -> usize {
    let mut seen: BTreeMap<&SourceKey, usize> = BTreeMap::new();
    for chunk in &facts.chunks {
        *seen.entry(&chunk.source).or_default() += chunk.rows().count();
    }
    let sources = estate.sources().map(|source| {
        let rows = seen.get(&source.key).copied().unwrap_or_default();
        match source.who {
            Who::One(_) => rows.max(1),
            Who::Fleet(_) => rows,
        }
    });
    sources.sum()
}

/// On what a plan from these facts rests. `looked` says what a look brought beside them; none where nobody looked.
#[must_use]
pub fn basis(
    estate: &Estate,
    facts: &Facts,
    filter: &Filter,
    looked: Option<&[UnseenFleet]>,
    now: Timestamp,
) -> Basis {
    let meant: BTreeSet<SourceKey> =
        estate.sources().filter(|source| filter.touches(source)).map(|source| source.key).collect();
    let (mut rows, mut answering) = (0_usize, 0_usize);
    let mut spans: WorldMap<Option<(Stamp, Stamp)>> = WorldMap::default();
    for chunk in facts.chunks.iter().filter(|chunk| meant.contains(&chunk.source)) {
        for looks in &chunk.looks {
            for (world, at) in looks.answered.iter().filter(|(_, at)| !at.is_never()) {
                let (oldest, newest) = spans[world].unwrap_or((*at, *at));
                spans[world] = Some((oldest.min(*at), newest.max(*at)));
            }
            let answers =
                |world| looks.failed[world] == UNSEEN && !looks.answered[world].is_never();
            rows += 1;
            answering += usize::from(World::ALL.into_iter().any(answers));
        }
    }
    let span = |ends: Option<(Stamp, Stamp)>| {
        let (oldest, newest) = ends?;
        Some(Span { oldest: oldest.second()?, newest: newest.second()? })
    };
    let answered = spans.iter().filter_map(|(world, ends)| Some((world, span(*ends)?))).collect();
    let reached = match looked {
        None => Reached::NotTried,
        Some(unseen) if answering == 0 && !(rows == 0 && unseen.is_empty()) => Reached::Nothing,
        Some(_) => Reached::Something,
    };
    let unseen = looked.unwrap_or_default().to_vec();
    let of = (!filter.is_open()).then(|| declared(estate, facts));
    Basis { at: Some(now), reached, answered, unseen, of, granted: Vec::new() }
}
