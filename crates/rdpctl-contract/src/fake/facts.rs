//! Facts in memory, each row with its own texts: dictionaries are made anew whenever somebody asks.

use std::collections::BTreeMap;

use rdpctl_model::facet::World;
use rdpctl_model::facts::{Chunk, Dictionary, Facts, Row, Topic, UNSEEN};
use rdpctl_model::{FacetId, InstanceName, ProviderName};

/// What was last seen, by source.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered(BTreeMap<String, Vec<Line>>);

#[derive(Clone, Debug)]
struct Line {
    provider: Option<ProviderName>,
    /// The row that says the rest, alone in a chunk.
    alone: Chunk,
    texts: Vec<Option<String>>,
    /// Why a look at a world failed, where it did.
    failed: Vec<(World, String)>,
}

impl Line {
    fn id(&self) -> &str {
        self.alone.row(0).map_or("", |row| row.id)
    }
}

impl Remembered {
    pub(super) fn told(&self) -> Facts {
        let mut facts = Facts::default();
        for (source, lines) in &self.0 {
            for line in lines {
                let Some(mut row) = line.alone.row(0) else { continue };
                row.known.slots = std::array::from_fn(|index| match &line.texts[index] {
                    Some(text) => facts.seen[FacetId::ALL[index]].intern(text),
                    None => UNSEEN,
                });
                for (world, why) in &line.failed {
                    row.known.looks.failed[*world] = facts.gaps.intern(why);
                }
                let fits = facts.chunks.last().is_some_and(|last| {
                    last.source == *source
                        && last.provider == line.provider
                        && last.len() < Chunk::CAPACITY
                });
                if !fits {
                    let (provider, source) = (line.provider.clone(), source.clone());
                    facts.chunks.push(Chunk { provider, source, ..Chunk::default() });
                }
                if let Some(last) = facts.chunks.last_mut() {
                    last.push(row);
                }
            }
        }
        facts
    }

    pub(super) fn forget_sources(&mut self, sources: &[String]) {
        for source in sources {
            self.0.remove(source);
        }
    }

    /// Adds a chunk's rows to what its source has.
    pub(super) fn add(&mut self, dictionaries: &[(Topic, Dictionary)], chunk: &Chunk) {
        let lines = chunk.rows().map(|row| line(dictionaries, chunk, row));
        self.0.entry(chunk.source.clone()).or_default().extend(lines);
    }

    /// Replaces a chunk's rows by their ids, or adds them.
    pub(super) fn replace(&mut self, dictionaries: &[(Topic, Dictionary)], chunk: &Chunk) {
        let known = self.0.entry(chunk.source.clone()).or_default();
        for row in chunk.rows() {
            let line = line(dictionaries, chunk, row);
            match known.iter_mut().find(|known| known.id() == line.id()) {
                Some(known) => *known = line,
                None => known.push(line),
            }
        }
    }

    /// Forgets one instance; says whether anything was known of it.
    pub(super) fn forget(&mut self, name: &InstanceName) -> bool {
        let Some((fleet, id)) = name.as_str().split_once('/') else {
            return self.0.remove(&format!("instance.{name}")).is_some();
        };
        let plain = format!("fleet.{fleet}");
        let mut forgotten = false;
        for (source, lines) in &mut self.0 {
            if source.split('#').next() == Some(plain.as_str()) {
                let before = lines.len();
                lines.retain(|line| line.id() != id);
                forgotten |= lines.len() < before;
            }
        }
        forgotten
    }
}

fn line(dictionaries: &[(Topic, Dictionary)], chunk: &Chunk, row: Row<'_>) -> Line {
    let mut texts = vec![None; FacetId::COUNT];
    let mut failed = Vec::new();
    for (topic, dictionary) in dictionaries {
        match topic {
            Topic::Facet(facet) => {
                let slot = row.known.slots[*facet as usize];
                texts[*facet as usize] = dictionary.get(slot).map(str::to_owned);
            }
            Topic::Gaps => {
                let why =
                    |(world, slot): (World, &u32)| Some((world, dictionary.get(*slot)?.to_owned()));
                failed.extend(row.known.looks.failed.iter().filter_map(why));
            }
        }
    }
    let mut alone = Chunk::default();
    alone.push(row);
    Line { provider: chunk.provider.clone(), alone, texts, failed }
}
