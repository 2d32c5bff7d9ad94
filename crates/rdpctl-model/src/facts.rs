//! The compact form of what was last seen, from which a warm plan of a hundred thousand is made.
//!
//! Instances that look alike share their evidence: each distinct observation of a facet is kept once, and an
//! instance is a row of small numbers. What differs between healthy instances (ids, addresses) lies cold beside it.

mod arena;
mod dictionary;
mod known;
mod news;
mod stamp;
mod touched;
mod tried;

use crate::facet::{FacetId, FacetMap, World};
use crate::id::ProviderName;
use crate::source::SourceKey;
use crate::world::Worlds;
pub use arena::Arena;
pub use dictionary::{Dictionary, Topic};
pub use known::{Known, Looks};
pub use news::{Heard, News, Told};
pub use stamp::Stamp;
pub use touched::{Change, LONGEST_LOOK, Merge, NewTexts, Touched, Update};
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
    /// On what looks into guests stood, each distinct ground once, encoded as evidence is.
    pub grounds: Dictionary,
    /// Distinct reasons why a look failed, encoded as evidence is.
    pub gaps: Dictionary,
    /// By which numbering of the remembered texts the places count: it changes when texts are thrown out.
    pub edition: u64,
    /// The instances, in chunks so that one change does not rewrite all.
    pub chunks: Vec<Chunk>,
    /// What was done about something and left it as it was; at most one of each facet of each instance.
    pub tried: Vec<Tried>,
}

/// Which texts go along with an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that are not remembered yet.
    New,
    /// All: whoever remembers numbered them anew meanwhile.
    All,
}

/// Some instances of one declared instance or fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The declared instance or fleet that they belong to.
    pub source: SourceKey,
    /// The provider.
    pub provider: Option<ProviderName>,
    /// Their ids, one after another.
    pub ids: Arena,
    /// Their display names.
    pub names: Arena,
    /// When each was looked at, and what came of it.
    pub looks: Vec<Looks>,
    /// One slot per instance and facet, instance by instance.
    pub slots: Vec<Slot>,
    /// On what the last look into each guest stood.
    pub grounds: Vec<Slot>,
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

    /// A chunk without instances.
    #[must_use]
    pub fn new(source: SourceKey, provider: Option<ProviderName>) -> Self {
        Self {
            source,
            provider,
            ids: Arena::default(),
            names: Arena::default(),
            looks: Vec::new(),
            slots: Vec::new(),
            grounds: Vec::new(),
        }
    }

    /// Adds an instance to the last of some chunks of one source, or to a new one where that is full.
    pub fn push_to(chunks: &mut Vec<Self>, of: &Self, row: Row<'_>) {
        if chunks.last().is_none_or(|chunk| chunk.len() >= Self::CAPACITY) {
            chunks.push(Self::new(of.source.clone(), of.provider.clone()));
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(row);
        }
    }

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
            Topic::Ground => Box::new(self.grounds.iter_mut()),
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
        self.grounds.push(row.known.ground);
    }

    /// The instance at a place.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let slots = self.slots.get(index * FacetId::COUNT..(index + 1) * FacetId::COUNT)?;
        Some(Row {
            id: self.ids.get(index)?,
            name: self.names.get(index)?,
            known: Known {
                slots: slots.try_into().ok()?,
                ground: *self.grounds.get(index)?,
                looks: *self.looks.get(index)?,
            },
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
        let (look, touched) = self.learn(news);
        before.with(&look, &touched)
    }

    /// What a look brought by itself, and what of a row it is about.
    pub fn learn(&mut self, news: &News) -> (Known, Touched) {
        let (mut look, mut touched) =
            (Known::default(), Touched { at: news.at, ..Touched::default() });
        let mut heard = Vec::new();
        for (world, said) in news.worlds.iter() {
            match said {
                Heard::Nothing => continue,
                Heard::Answered => look.looks.answered[world] = news.at,
                Heard::Failed(why) => {
                    look.looks.failed[world] = self.gaps.intern(why);
                    look.looks.failed_at[world] = news.at;
                }
            }
            heard.push(world);
        }
        touched.heard = Worlds::of(&heard);
        if let Some(ground) = &news.ground {
            look.ground = self.grounds.intern(ground);
        }
        for (facet, told) in news.facets.iter() {
            match told {
                Told::Seen(text) => {
                    look.slots[facet as usize] = self.seen[facet].intern(text);
                    touched.see(facet);
                }
                Told::Failed => touched.miss(facet),
                Told::Nothing => {}
            }
        }
        (look, touched)
    }

    /// Where on what the last look into a guest stood is written, where that look brought anything.
    #[must_use]
    pub fn ground(&self, known: &Known) -> Option<&str> {
        if known.looks.failed[World::Guest] == UNSEEN {
            self.grounds.get(known.ground)
        } else {
            None
        }
    }

    /// These changes with the texts that are not remembered yet.
    #[must_use]
    pub fn update(&self, changes: Vec<Change>, which: Which) -> Update {
        let texts = self.dictionaries().filter_map(|(topic, dictionary)| {
            let from = match which {
                Which::New => dictionary.kept(),
                Which::All => 0,
            };
            let texts = dictionary.texts().get(from..).filter(|texts| !texts.is_empty())?.to_vec();
            Some(NewTexts { topic, from: Slot::try_from(from).ok()?, texts })
        });
        Update { edition: self.edition, texts: texts.collect(), changes }
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
            Topic::Ground => &self.grounds,
            Topic::Gaps => &self.gaps,
        }
    }

    /// The dictionary of a topic, to change it.
    pub fn dictionary_mut(&mut self, topic: Topic) -> &mut Dictionary {
        match topic {
            Topic::Facet(facet) => &mut self.seen[facet],
            Topic::Ground => &mut self.grounds,
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
