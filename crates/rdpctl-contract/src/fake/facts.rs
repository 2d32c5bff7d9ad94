//! Facts in memory: texts are numbered anew with every change, so that whoever counts on their places has to say all.

use rdpctl_model::InstanceName;
use rdpctl_model::facts::{Chunk, Dictionary, Facts, Merge, Slot, Topic, UNSEEN, Update};

use crate::store::StoreError;

/// What was last seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered(Facts);

impl Remembered {
    /// All of it, ordered by source.
    pub(super) fn told(&self) -> Facts {
        let mut facts = Facts { edition: self.0.edition, ..Facts::default() };
        let mut chunks: Vec<&Chunk> = self.0.chunks.iter().collect();
        chunks.sort_by_key(|chunk| &chunk.source);
        for chunk in chunks {
            let mut chunk = chunk.clone();
            for topic in Topic::all() {
                for slot in chunk.slots_of(topic) {
                    *slot = match self.0.dictionary(topic).get(*slot) {
                        Some(text) => facts.dictionary_mut(topic).intern(text),
                        None => UNSEEN,
                    };
                }
            }
            facts.chunks.push(chunk);
        }
        for topic in Topic::all() {
            let texts = facts.dictionary(topic).texts().to_vec();
            *facts.dictionary_mut(topic) = Dictionary::remembered(texts);
        }
        facts
    }

    /// Adds what looks brought.
    pub(super) fn learn(&mut self, update: Update) -> Result<(), StoreError> {
        let mut facts = self.told();
        let counts = update.texts.iter().any(|new| new.from > 0);
        if counts && update.edition != facts.edition {
            return Err(StoreError::Renumbered);
        }
        for mut change in update.changes {
            for new in &update.texts {
                for slot in change.rows.slots_of(new.topic) {
                    let place = |slot: Slot| slot.checked_sub(new.from).map(|it| it as usize);
                    if let Some(text) = place(*slot).and_then(|place| new.texts.get(place)) {
                        *slot = facts.dictionary_mut(new.topic).intern(text);
                    }
                }
            }
            let mut merge = Merge::new(&change);
            for chunk in &mut facts.chunks {
                if chunk.source == change.rows.source {
                    *chunk = merge.onto(chunk);
                }
            }
            let rest = merge.rest();
            let mut added = Vec::new();
            for row in rest.rows() {
                Chunk::push_to(&mut added, &rest, row);
            }
            facts.chunks.extend(added);
            facts.chunks.retain(|chunk| !chunk.is_empty());
        }
        facts.edition += 1;
        self.0 = facts;
        Ok(())
    }

    /// Forgets one instance; says whether anything was known of it.
    pub(super) fn forget(&mut self, name: &InstanceName) -> bool {
        let before = self.0.len();
        for chunk in &mut self.0.chunks {
            let mut left = Chunk::new(chunk.source.clone(), chunk.provider.clone());
            chunk
                .rows()
                .filter(|row| chunk.source.member(row.id) != *name)
                .for_each(|row| left.push(row));
            *chunk = left;
        }
        self.0.chunks.retain(|chunk| !chunk.is_empty());
        self.0.edition += 1;
        self.0.len() < before
    }
}
