//! What a look changes of what is known, told apart from what it merely carries along: so that looks that go on side by
//! side take nothing from each other, whoever writes last.

use std::collections::{HashMap, HashSet};

use super::{Arena, Chunk, Known, Row, Slot, Stamp, Topic, UNSEEN};
use crate::facet::{FacetId, World};
use crate::id::ResourceId;
use crate::world::Worlds;

/// No look takes longer, in seconds. An answer from further ahead was dated by a clock that was wrong since.
pub const LONGEST_LOOK: u32 = 3600;

/// Whether an answer came to somebody else after that moment, while a look that began then was still under way.
const fn is_later(answered: Stamp, than: Stamp) -> bool {
    answered.is_after(than, LONGEST_LOOK)
}

/// The parts of a row that a look is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// When it looked.
    pub at: Stamp,
    /// The worlds that answered it, or failed to.
    pub heard: Worlds,
    /// The facets of which it brought evidence, one bit each in their order.
    pub seen: u32,
    /// Those whose evidence it missed.
    pub missed: u32,
}

impl Touched {
    pub(super) const fn see(&mut self, facet: FacetId) {
        self.seen |= 1 << facet as u32;
    }

    pub(super) const fn miss(&mut self, facet: FacetId) {
        self.missed |= 1 << facet as u32;
    }

    const fn has(bits: u32, facet: FacetId) -> bool {
        bits & (1 << facet as u32) != 0
    }
}

impl Known {
    /// What is known once a look is added. What it brought replaces, what it missed is marked as old, and the rest
    /// stays; so does what a world said to somebody else who looked later, and the mark of a failure that came later.
    #[must_use]
    pub fn with(self, look: &Self, touched: &Touched) -> Self {
        let was_later = |world: World| is_later(self.looks.answered[world], touched.at);
        // A failure that somebody met later says more than an answer of before it.
        let failed_later = |world: World| is_later(self.looks.failed_at[world], touched.at);
        let still_old = World::ALL.into_iter().any(|it| touched.heard.has(it) && failed_later(it));
        let mut known = self;
        for world in World::ALL {
            if !touched.heard.has(world) || was_later(world) {
                continue;
            }
            if !failed_later(world) {
                known.looks.failed[world] = look.looks.failed[world];
                known.looks.failed_at[world] = look.looks.failed_at[world];
            }
            if look.looks.failed[world] == UNSEEN {
                known.looks.answered[world] = look.looks.answered[world];
                if world == World::Guest {
                    known.ground = look.ground;
                }
            }
        }
        for facet in FacetId::ALL {
            if was_later(facet.world()) {
                continue;
            }
            if Touched::has(touched.seen, facet) {
                known.slots[facet as usize] = look.slots[facet as usize];
                if !still_old {
                    known.looks.stale &= !(1 << facet as u32);
                }
            } else if Touched::has(touched.missed, facet) {
                known.looks.stale |= 1 << facet as u32;
            }
        }
        known
    }
}

/// What looks change of one source.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who was looked at, as whoever looked knows them now.
    pub rows: Chunk,
    /// What of each row is new.
    pub touched: Vec<Touched>,
    /// Those that were known and that the cloud does not name any more.
    pub gone: Vec<ResourceId>,
    /// When the look began: who answered anybody since then is not gone.
    pub began: Stamp,
}

impl Change {
    /// Rows of which everything is new, as of one moment.
    #[must_use]
    pub fn whole(rows: Chunk, at: Stamp) -> Self {
        let all = FacetId::ALL.into_iter().fold(0, |bits, facet| bits | 1 << facet as u32);
        let of = |known: Known| Touched {
            at,
            heard: Worlds::ALL,
            seen: all & !known.looks.stale,
            missed: known.looks.stale,
        };
        let touched = rows.rows().map(|row| of(row.known)).collect();
        Self { rows, touched, gone: Vec::new(), began: at }
    }
}

/// What looks change of what is remembered.
#[derive(Clone, Debug)]
pub struct Update {
    /// By which numbering of the texts the places count.
    pub edition: u64,
    /// The texts that are new, by what they are of.
    pub texts: Vec<NewTexts>,
    /// What is new, by source.
    pub changes: Vec<Change>,
}

/// Texts behind those that are remembered.
#[derive(Clone, Debug)]
pub struct NewTexts {
    /// Of what they are.
    pub topic: Topic,
    /// The place of the first: those before it are remembered at their places.
    pub from: Slot,
    /// They, in order.
    pub texts: Vec<Box<str>>,
}

/// A change while it is put together with what is remembered, chunk by chunk.
#[derive(Debug)]
pub struct Merge<'a> {
    change: &'a Change,
    /// Rows that were not met yet, by id.
    left: HashMap<&'a str, usize>,
    gone: HashSet<&'a str>,
}

impl<'a> Merge<'a> {
    /// Of a change of which nothing was put anywhere yet.
    #[must_use]
    pub fn new(change: &'a Change) -> Self {
        Self {
            change,
            left: change.rows.rows().enumerate().map(|(place, row)| (row.id, place)).collect(),
            gone: change.gone.iter().map(ResourceId::as_str).collect(),
        }
    }

    /// Whether it changes anything of a chunk with these ids.
    #[must_use]
    pub fn touches(&self, ids: &Arena) -> bool {
        (0..ids.len())
            .filter_map(|place| ids.get(place))
            .any(|id| self.left.contains_key(id) || self.gone.contains(id))
    }

    /// What becomes of remembered rows.
    #[must_use]
    pub fn onto(&mut self, remembered: &Chunk) -> Chunk {
        let mut chunk = Chunk::new(remembered.source.clone(), remembered.provider.clone());
        for row in remembered.rows() {
            let met = self.left.remove(row.id).and_then(|place| self.row(place));
            match met {
                Some((new, touched)) => chunk.push(Row {
                    id: row.id,
                    name: if new.name.is_empty() { row.name } else { new.name },
                    known: row.known.with(&new.known, touched),
                }),
                None if self.gone.contains(row.id) && !self.answered_since(&row) => {}
                None => chunk.push(row),
            }
        }
        chunk
    }

    /// The rows that were not remembered, in their order, with what the look brought of them.
    #[must_use]
    pub fn rest(self) -> Chunk {
        let mut places: Vec<usize> = self.left.values().copied().collect();
        places.sort_unstable();
        let mut chunk =
            Chunk::new(self.change.rows.source.clone(), self.change.rows.provider.clone());
        for (row, touched) in places.into_iter().filter_map(|place| self.row(place)) {
            chunk.push(Row { known: Known::default().with(&row.known, touched), ..row });
        }
        chunk
    }

    fn row(&self, place: usize) -> Option<(Row<'a>, &'a Touched)> {
        let change: &'a Change = self.change;
        Some((change.rows.row(place)?, change.touched.get(place)?))
    }

    fn answered_since(&self, row: &Row<'_>) -> bool {
        row.known.looks.answered.iter().any(|(_, at)| is_later(*at, self.change.began))
    }
}

#[cfg(test)]
mod tests;
