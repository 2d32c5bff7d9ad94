//! Distinct texts, each named by its place: what instances share is kept once.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Slot;
use crate::facet::FacetId;

/// Distinct texts, each named by its place.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dictionary {
    texts: Vec<Box<str>>,
    /// Built when somebody first asks for the place of a text: who only reads does not pay for it.
    #[serde(skip)]
    places: HashMap<Box<str>, Slot>,
    /// How many of the texts `places` knows.
    #[serde(skip)]
    placed: usize,
    /// How many of them whoever remembers had already, at the same places.
    #[serde(skip)]
    kept: usize,
}

/// What a dictionary's texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Topic {
    /// A facet's evidence.
    Facet(FacetId),
    /// On what looks into guests stood.
    Ground,
    /// Why looks failed.
    Gaps,
}

impl From<Topic> for &'static str {
    fn from(topic: Topic) -> Self {
        topic.name()
    }
}

impl TryFrom<String> for Topic {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::from_name(&name).ok_or_else(|| format!("`{name}` is no facet"))
    }
}

impl Topic {
    /// The name under which it is kept.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Facet(facet) => facet.name(),
            Self::Ground => "ground",
            Self::Gaps => "gaps",
        }
    }

    /// The topic of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|topic| topic.name() == name)
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        FacetId::ALL.into_iter().map(Self::Facet).chain([Self::Ground, Self::Gaps])
    }
}

impl Dictionary {
    /// Rebuilds a dictionary from the texts that are remembered, in order.
    #[must_use]
    pub fn remembered(texts: Vec<Box<str>>) -> Self {
        let kept = texts.len();
        Self { texts, places: HashMap::new(), placed: 0, kept }
    }

    /// How many of its texts are remembered already.
    #[must_use]
    pub const fn kept(&self) -> usize {
        self.kept
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
