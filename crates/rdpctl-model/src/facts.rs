//! The compact form of what was last seen, from which a warm plan of a hundred thousand is made.
//!
//! Instances that look alike share their evidence: each distinct observation of a facet is kept once, and an
//! instance is a row of small numbers. What differs between healthy instances (ids, addresses) lies cold beside it.

mod arena;
mod dictionary;
mod known;
mod news;
mod tried;

use serde::{Deserialize, Serialize};

use crate::facet::{FacetId, FacetMap};
use crate::id::ProviderName;
pub use arena::Arena;
pub use dictionary::{Dictionary, Topic};
use known::Age;
pub use known::{Known, Looks};
pub use news::{Heard, News, Told};
pub use tried::{Left, Tried};

/// The place of a text in its dictionary.
pub type Slot = u32;

/// The slot of what was never seen: no dictionary reaches so far.
pub const UNSEEN: Slot = Slot::MAX;

/// What was last seen of every instance.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Distinct observations by facet, encoded by the facet that made them.
    pub seen: FacetMap<Dictionary>,
    /// Distinct reasons why a look failed, encoded as evidence is.
    pub gaps: Dictionary,
    /// The instances, in chunks so that one change does not rewrite all.
    pub chunks: Vec<Chunk>,
    /// What was done about something and left it as it was; at most one of each facet of each instance.
    pub tried: Vec<Tried>,
}

/// Some instances of one declared instance or fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The provider.
    pub provider: Option<ProviderName>,
    /// The declared instance or fleet that they belong to: `instance.web-01`, `fleet.kiosks#DIGEST`.
    pub source: String,
    /// Their ids, one after another.
    pub ids: Arena,
    /// Their display names.
    pub names: Arena,
    /// When each was looked at, and what came of it.
    pub looks: Vec<Looks>,
    /// One slot per instance and facet, instance by instance.
    pub slots: Vec<Slot>,
}

/// One instance as a chunk holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The vendor's id.
    pub id: &'a str,
    /// The vendor's display name.
    pub name: &'a str,
    /// What is known of it.
    pub known: Known,
}

impl Chunk {
    /// How many instances a chunk holds at most.
    pub const CAPACITY: usize = 1024;

    /// How many instances.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Every slot that points into the dictionary of a topic, to change where it points.
    pub fn slots_of(&mut self, topic: Topic) -> Box<dyn Iterator<Item = &mut Slot> + '_> {
        match topic {
            Topic::Facet(facet) => {
                Box::new(self.slots.iter_mut().skip(facet as usize).step_by(FacetId::COUNT))
            }
            Topic::Gaps => {
                Box::new(self.looks.iter_mut().flat_map(|looks| looks.failed.values_mut()))
            }
        }
    }

    /// Adds an instance.
    pub fn push(&mut self, row: Row<'_>) {
        self.ids.push(row.id);
        self.names.push(row.name);
        self.looks.push(row.known.looks);
        self.slots.extend_from_slice(&row.known.slots);
    }

    /// The instance at a place.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let slots = self.slots.get(index * FacetId::COUNT..(index + 1) * FacetId::COUNT)?;
        Some(Row {
            id: self.ids.get(index)?,
            name: self.names.get(index)?,
            known: Known { slots: slots.try_into().ok()?, looks: *self.looks.get(index)? },
        })
    }

    /// All instances.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|index| self.row(index))
    }
}

impl Facts {
    /// What is known of an instance after a look at it. What answered is replaced; what failed is marked, and what was
    /// known of it stays; what was not looked at stays as it was.
    pub fn take(&mut self, before: Known, news: &News) -> Known {
        let mut known = before;
        for (world, heard) in news.worlds.iter() {
            match heard {
                Heard::Nothing => {}
                Heard::Answered => {
                    known.looks.answered[world] = news.at;
                    known.looks.failed[world] = UNSEEN;
                }
                Heard::Failed(why) => known.looks.failed[world] = self.gaps.intern(why),
            }
        }
        for (facet, told) in news.facets.iter() {
            match told {
                Told::Seen(text) => {
                    known.slots[facet as usize] = self.seen[facet].intern(text);
                    known.looks.mark(facet, Age::Fresh);
                }
                Told::Failed => known.looks.mark(facet, Age::Stale),
                Told::Nothing => {}
            }
        }
        known
    }

    /// Its dictionaries by what they are of.
    pub fn dictionaries(&self) -> impl Iterator<Item = (Topic, &Dictionary)> {
        Topic::all().map(|topic| (topic, self.dictionary(topic)))
    }

    /// The dictionary of a topic.
    #[must_use]
    pub fn dictionary(&self, topic: Topic) -> &Dictionary {
        match topic {
            Topic::Facet(facet) => &self.seen[facet],
            Topic::Gaps => &self.gaps,
        }
    }

    /// The dictionary of a topic, to change it.
    pub fn dictionary_mut(&mut self, topic: Topic) -> &mut Dictionary {
        match topic {
            Topic::Facet(facet) => &mut self.seen[facet],
            Topic::Gaps => &mut self.gaps,
        }
    }

    /// How many instances.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.iter().all(Chunk::is_empty)
    }
}
