//! The compact form of what was last seen, from which a warm plan of a hundred thousand is made.
//!
//! Instances that look alike share their evidence: each distinct observation of a facet is kept once, and an
//! instance is a row of small numbers. What differs between healthy instances (ids, addresses) lies cold beside it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::facet::{FacetId, FacetMap};
use crate::id::ProviderName;

/// The place of an observation in its facet's dictionary.
pub type Slot = u32;

/// What was last seen of every instance.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Distinct observations by facet, encoded by the facet that made them.
    pub seen: FacetMap<Dictionary>,
    /// The instances, in chunks so that one change does not rewrite all.
    pub chunks: Vec<Chunk>,
}

/// Distinct observations of one facet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dictionary {
    texts: Vec<Box<str>>,
    /// Built when somebody first asks for the place of a text: who only reads does not pay for it.
    #[serde(skip)]
    places: HashMap<Box<str>, Slot>,
    /// How many of the texts `places` knows.
    #[serde(skip)]
    placed: usize,
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
    /// When each was surveyed, in seconds since 1970.
    pub taken_at: Vec<u32>,
    /// One slot per instance and facet, instance by instance.
    pub slots: Vec<Slot>,
}

/// Many short texts in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arena {
    text: String,
    ends: Vec<u32>,
}

/// One instance as a chunk holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The vendor's id.
    pub id: &'a str,
    /// The vendor's display name.
    pub name: &'a str,
    /// When it was surveyed, in seconds since 1970.
    pub taken_at: u32,
    /// One slot per facet.
    pub slots: [Slot; FacetId::COUNT],
}

impl Dictionary {
    /// Rebuilds a dictionary from its texts in order.
    #[must_use]
    pub fn from_texts(texts: Vec<Box<str>>) -> Self {
        Self { texts, places: HashMap::new(), placed: 0 }
    }

    /// The place of a text, which is added when it is new.
    pub fn intern(&mut self, text: &str) -> Slot {
        self.place_all();
        if let Some(slot) = self.places.get(text) {
            return *slot;
        }
        let slot = Slot::try_from(self.texts.len()).unwrap_or(Slot::MAX);
        self.texts.push(text.into());
        self.places.insert(text.into(), slot);
        self.placed = self.texts.len();
        slot
    }

    fn place_all(&mut self) {
        for (slot, text) in (0..).zip(&self.texts).skip(self.placed) {
            self.places.entry(text.clone()).or_insert(slot);
        }
        self.placed = self.texts.len();
    }

    /// The text at a place.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&str> {
        self.texts.get(slot as usize).map(AsRef::as_ref)
    }

    /// All texts in order.
    #[must_use]
    pub fn texts(&self) -> &[Box<str>] {
        &self.texts
    }
}

impl Arena {
    /// Rebuilds an arena from its texts in one piece and the length of each; none when they do not fit together.
    #[must_use]
    pub fn from_lengths(text: String, lengths: impl ExactSizeIterator<Item = u32>) -> Option<Self> {
        let mut ends = Vec::with_capacity(lengths.len());
        let mut end = 0_u32;
        for length in lengths {
            end = end.checked_add(length)?;
            if !text.is_char_boundary(end as usize) {
                return None;
            }
            ends.push(end);
        }
        (end as usize == text.len()).then_some(Self { text, ends })
    }

    /// All texts in one piece.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The length of each text in bytes.
    #[must_use]
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        let mut start = 0;
        self.ends.iter().map(move |end| end.saturating_sub(std::mem::replace(&mut start, *end)))
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// The text at a place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
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

    /// Adds an instance.
    pub fn push(&mut self, row: Row<'_>) {
        self.ids.push(row.id);
        self.names.push(row.name);
        self.taken_at.push(row.taken_at);
        self.slots.extend_from_slice(&row.slots);
    }

    /// The instance at a place.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let slots = self.slots.get(index * FacetId::COUNT..(index + 1) * FacetId::COUNT)?;
        Some(Row {
            id: self.ids.get(index)?,
            name: self.names.get(index)?,
            taken_at: *self.taken_at.get(index)?,
            slots: slots.try_into().ok()?,
        })
    }

    /// All instances.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|index| self.row(index))
    }
}

impl Facts {
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
