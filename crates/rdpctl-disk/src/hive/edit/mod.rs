//! Editing in place: values set and deleted, keys made and deleted, within the file as long as it is.

mod keys;
mod space;
mod values;

use super::image::Hive;
use super::key::Key;
use crate::error::{Damage, Error, Structure};
use space::Space;

/// A hive that passed the check, and is being changed.
///
/// Nothing is on the disk before [`Hive::changed`] was written; a change that fails leaves the editor's hive in
/// pieces, so that it takes the hive and gives it back only when all went well.
pub struct Editor {
    hive: Hive,
    space: Space,
    /// The time that changed keys get, in 100 ns since 1601.
    now: u64,
}

impl Hive {
    /// Checks the hive, and opens it for changes if there is nothing wrong with it.
    pub fn edit(self, now: u64) -> Result<Editor, Error> {
        if self.is_in_parts() {
            return Err(Damage::new(Structure::Hive, 0_u64, "only some of it was read").into());
        }
        self.check().refuse()?;
        let space = Space::of(&self)?;
        Ok(Editor { hive: self, space, now })
    }
}

impl Editor {
    /// The hive with all that was changed.
    #[must_use]
    pub fn finish(self) -> Hive {
        self.hive
    }

    /// The hive as it is now.
    #[must_use]
    pub fn hive(&self) -> &Hive {
        &self.hive
    }

    fn find(&self, path: &str) -> Result<Option<u32>, Error> {
        Ok(self.hive.key(path)?.map(|key| key.offset))
    }

    fn key(&self, offset: u32) -> Result<Key<'_>, Damage> {
        Key::read(self.hive.cells(), offset)
    }

    fn cell(&self, offset: u32) -> Result<&[u8], Damage> {
        self.hive.cells().get(offset)
    }

    /// Writes into a cell's content.
    fn put(&mut self, offset: u32, at: usize, bytes: &[u8]) -> Result<(), Damage> {
        let room = self.cell(offset)?.len();
        if at.checked_add(bytes.len()).is_none_or(|end| end > room) {
            return Err(Damage::new(Structure::Hive, offset, "a change lies outside of its cell"));
        }
        self.hive.put(crate::bytes::index(offset) + 4 + at, bytes)
    }

    fn put_word(&mut self, offset: u32, at: usize, word: u32) -> Result<(), Damage> {
        self.put(offset, at, &word.to_le_bytes())
    }

    /// Raises a number of a cell to at least `least`, keeping the bits of `mask` that are not part of it.
    fn raise(&mut self, offset: u32, at: usize, least: usize, mask: u32) -> Result<(), Damage> {
        let word = crate::bytes::u32_at(self.cell(offset)?, at).unwrap_or(0);
        let least = u32::try_from(least).unwrap_or(mask).min(mask);
        if word & mask < least {
            self.put_word(offset, at, (word & !mask) | least)?;
        }
        Ok(())
    }

    /// Marks a key as written now.
    fn stamp(&mut self, key: u32) -> Result<(), Damage> {
        let now = self.now.to_le_bytes();
        self.put(key, super::key::at::WRITTEN, &now)
    }

    /// A new cell with this content.
    fn allocate(&mut self, content: &[u8]) -> Result<u32, Error> {
        let offset = self.space.take(&mut self.hive, content.len())?;
        let room = self.cell(offset)?.len();
        let mut whole = content.to_vec();
        whole.resize(room, 0);
        self.put(offset, 0, &whole)?;
        Ok(offset)
    }

    fn free(&mut self, offset: u32) -> Result<(), Error> {
        self.space.give(&mut self.hive, offset)
    }
}
