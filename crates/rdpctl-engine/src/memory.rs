//! What is known of everything that is declared, held in memory while somebody looks; the store is told what came of it.
//!
//! A look replaces what answered, marks what did not, and leaves the rest as it was known. The store is told no more
//! than that, so that whoever looks at the same time keeps what is his.

use std::collections::HashMap;

use rdpctl_contract::store::PressedSurvey;
use rdpctl_contract::{Author, Memory as Remembers, StoreError};
use rdpctl_facets::Teller;
use rdpctl_model::facts::{Change, Chunk, Facts, Known, News, Row, Stamp, Touched, Which};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{Gap, InstanceName, ResourceId, SourceKey, Survey};

use crate::look::{Aim, Expected, Learned, Target};

/// Evidence is written in batches of so many.
pub(crate) const EVIDENCE_BATCH: usize = 500;

/// Facts with the store from which they came and to which they go.
pub(crate) struct Memory<'a> {
    store: &'a dyn Remembers,
    by: &'a Author,
    facts: Facts,
    began: Stamp,
    sources: HashMap<SourceKey, Source>,
    evidence: Vec<(InstanceName, PressedSurvey)>,
}

/// A source that is being looked at.
#[derive(Default)]
struct Source {
    before: Vec<Chunk>,
    places: HashMap<Box<str>, (usize, usize)>,
    after: Vec<Chunk>,
    /// What of each row of `after` is new.
    touched: Vec<Touched>,
}

/// How much of the sources was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of each: who was not seen is gone.
    Whole,
    /// Some members: the others are as they were.
    Members,
}

impl<'a> Memory<'a> {
    /// All that the store remembers, for a look that began then.
    pub(crate) async fn load(
        store: &'a dyn Remembers,
        by: &'a Author,
        began: Stamp,
    ) -> Result<Self, StoreError> {
        let facts = store.facts().await?;
        Ok(Self { store, by, facts, began, sources: HashMap::new(), evidence: Vec::new() })
    }

    /// Gets ready for news of these.
    pub(crate) fn expect(&mut self, targets: &[Target]) {
        for target in targets {
            self.sources.entry(target.look.key.clone()).or_default();
        }
        let (known, left): (Vec<Chunk>, Vec<Chunk>) = std::mem::take(&mut self.facts.chunks)
            .into_iter()
            .partition(|chunk| self.sources.contains_key(&chunk.source));
        self.facts.chunks = left;
        for chunk in known {
            let Some(source) = self.sources.get_mut(&chunk.source) else { continue };
            let number = source.before.len();
            for (place, row) in chunk.rows().enumerate() {
                source.places.insert(row.id.into(), (number, place));
            }
            source.before.push(chunk);
        }
    }

    /// Takes what was learned of one instance.
    pub(crate) async fn take(&mut self, one: Kept) -> Result<(), StoreError> {
        self.add(&one.note);
        self.evidence.push((one.note.name, one.evidence?));
        if self.evidence.len() >= EVIDENCE_BATCH {
            self.save_evidence().await?;
        }
        Ok(())
    }

    /// Puts news together with what was known, and says what is known now.
    pub(crate) fn add(&mut self, note: &Note) -> Known {
        self.update(
            &note.look.key,
            &note.look.provider,
            &note.id,
            note.display.as_deref(),
            &note.news,
        )
    }

    /// Marks all that was expected and did not come, because its provider does not answer. Says of whom nothing is
    /// known at all, not even who they are.
    pub(crate) fn fail(&mut self, targets: Vec<Target>, gap: &Gap, at: Stamp) -> Vec<SourceKey> {
        let mut strangers = Vec::new();
        for Target { look, who } in targets {
            let news = rdpctl_facets::failure(gap, look.worlds, at);
            let ids: Vec<ResourceId> = match who {
                Expected::One(id) if self.is_known_now(&look.key, &id) => Vec::new(),
                Expected::One(id) => vec![id],
                Expected::Whoever => {
                    let source = self.sources.get(&look.key);
                    let ids: Vec<ResourceId> = source
                        .into_iter()
                        .flat_map(|source| source.places.keys().map(|id| ResourceId::new(&**id)))
                        .collect();
                    if ids.is_empty() && source.is_none_or(|source| source.after.is_empty()) {
                        strangers.push(look.key.clone());
                    }
                    ids
                }
            };
            for id in ids {
                self.update(&look.key, &look.provider, &id, None, &news);
            }
        }
        strangers
    }

    fn is_known_now(&self, key: &SourceKey, id: &ResourceId) -> bool {
        self.sources.get(key).is_some_and(|source| {
            source.after.iter().flat_map(Chunk::rows).any(|row| row.id == id.as_str())
        })
    }

    fn update(
        &mut self,
        key: &SourceKey,
        provider: &rdpctl_model::ProviderName,
        id: &ResourceId,
        name: Option<&str>,
        news: &News,
    ) -> Known {
        let (look, touched) = self.facts.learn(news);
        let source = self.sources.entry(key.clone()).or_default();
        let place = source.places.remove(id.as_str());
        let before =
            place.and_then(|(chunk, row)| source.before.get(chunk).and_then(|it| it.row(row)));
        let known = before.map_or_else(Known::default, |row| row.known).with(&look, &touched);
        let name = name.or(before.map(|row| row.name)).unwrap_or_default();
        let empty = Chunk::new(key.clone(), Some(provider.clone()));
        Chunk::push_to(&mut source.after, &empty, Row { id: id.as_str(), name, known });
        source.touched.push(touched);
        known
    }

    async fn save_evidence(&mut self) -> Result<(), StoreError> {
        self.store.save_evidence(self.by, std::mem::take(&mut self.evidence)).await
    }

    /// Writes what came of it, and hands back all that is known now.
    pub(crate) async fn save(mut self, extent: Extent) -> Result<Facts, StoreError> {
        self.save_evidence().await?;
        let news = |this: &Self, which| this.facts.update(this.changes(extent), which);
        match self.store.learn(self.by, news(&self, Which::New)).await {
            Err(StoreError::Renumbered) => {
                self.store.learn(self.by, news(&self, Which::All)).await?;
            }
            done => done?,
        }
        for source in self.sources.values_mut() {
            self.facts.chunks.append(&mut source.after);
            match extent {
                Extent::Whole => {}
                Extent::Members => self.facts.chunks.extend(source.untouched()),
            }
        }
        Ok(self.facts)
    }

    /// What the look changes, by source.
    fn changes(&self, extent: Extent) -> Vec<Change> {
        let of = |source: &Source| source.change(extent, self.began);
        self.sources.values().filter_map(of).collect()
    }
}

/// What a look brought of one instance, small enough to be kept until all of it is put together with what was known.
pub(crate) struct Note {
    pub(crate) look: crate::look::Look,
    pub(crate) id: ResourceId,
    pub(crate) name: InstanceName,
    display: Option<Box<str>>,
    news: News,
}

/// What is kept of one instance that was looked at.
pub(crate) struct Kept {
    pub(crate) note: Note,
    pub(crate) evidence: Result<PressedSurvey, StoreError>,
    /// Its guest was asked, and did not answer.
    pub(crate) is_silent: bool,
    /// Channels into its guest that gave no answer before one did.
    pub(crate) passed_over: Vec<(ChannelKind, Gap)>,
}

impl Kept {
    /// Takes the news out of what was learned in such a look, and presses the evidence.
    pub(crate) fn by(aim: Aim) -> impl Fn(&mut Teller, Learned) -> Self {
        move |teller, mut one| {
            let news = one.news(teller, aim.worlds);
            // The cloud alone knows an instance's display name.
            let display = one.survey.cloud.as_ref().ok().map(|cloud| cloud.name.as_str().into());
            let passed_over = match &mut one.survey.guest {
                Ok(guest) => guest.passed_over.clone(),
                Err(_) => Vec::new(),
            };
            let evidence = pressed(&one.name, one.survey);
            let note = Note { look: one.look, id: one.id, name: one.name, display, news };
            Self { note, evidence, is_silent: one.is_silent, passed_over }
        }
    }
}

/// Evidence as it is written down.
pub(crate) fn pressed(name: &InstanceName, survey: Survey) -> Result<PressedSurvey, StoreError> {
    PressedSurvey::of(survey).map_err(|source| StoreError::Write {
        place: format!("what was seen of {name}"),
        source: Box::new(source),
    })
}

impl Source {
    /// What the look changes of it.
    fn change(&self, extent: Extent, began: Stamp) -> Option<Change> {
        let known = self.after.first().or(self.before.first())?;
        let mut rows = Chunk::new(known.source.clone(), known.provider.clone());
        self.after.iter().flat_map(Chunk::rows).for_each(|row| rows.push(row));
        let gone = match extent {
            Extent::Whole => self.places.keys().map(|id| ResourceId::new(&**id)).collect(),
            Extent::Members => Vec::new(),
        };
        Some(Change { rows, touched: self.touched.clone(), gone, began })
    }

    /// The rows of which nothing new came in.
    fn untouched(&mut self) -> Vec<Chunk> {
        let mut kept: Vec<Chunk> = self
            .before
            .iter()
            .map(|chunk| Chunk::new(chunk.source.clone(), chunk.provider.clone()))
            .collect();
        let mut places: Vec<(usize, usize)> = self.places.drain().map(|(_, place)| place).collect();
        places.sort_unstable();
        for (number, place) in places {
            if let Some(row) = self.before.get(number).and_then(|chunk| chunk.row(place)) {
                kept[number].push(row);
            }
        }
        kept.retain(|chunk| !chunk.is_empty());
        kept
    }
}

/// Facts about what was seen in one look, and about nothing else: whatever was not part of it is not known.
pub(crate) fn facts_of(seen: impl IntoIterator<Item = Learned>) -> (Facts, Vec<Survey>) {
    let mut facts = Facts::default();
    let mut sources: HashMap<SourceKey, Vec<Chunk>> = HashMap::new();
    let mut surveys = Vec::new();
    let mut teller = Teller::default();
    for one in seen {
        // Of one moment: a world that was not looked at is not known, and nothing older stands in for it.
        let known = facts.take(Known::default(), &one.news(&mut teller, rdpctl_model::Worlds::ALL));
        let chunks = sources.entry(one.look.key.clone()).or_default();
        let name = one.survey.cloud.as_ref().map_or("", |cloud| cloud.name.as_str());
        let empty = Chunk::new(one.look.key.clone(), Some(one.look.provider.clone()));
        Chunk::push_to(chunks, &empty, Row { id: one.id.as_str(), name, known });
        surveys.push(one.survey);
    }
    facts.chunks = sources.into_values().flatten().collect();
    (facts, surveys)
}
