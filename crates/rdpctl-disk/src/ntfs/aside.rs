//! A file set aside: the last letter of its name becomes another one, where the name stands in its record and in its
//! folder. Nothing moves and nothing grows.
//!
//! Names in a folder are in order. The new one stays in its place, for no other name begins as these two do.

use super::attribute::{Content, kind};
use super::folder::Branch;
use super::record::{FileId, protect};
use super::volume::{File, Volume};
use crate::Refusal;
use crate::blocks::Region;
use crate::bytes::{array, put, slice, u32_at, units};
use crate::error::{Damage, Error, Structure};
use crate::name::upper;

/// Where a file name's letters begin, in the form that records and folders share.
const LETTERS: usize = 66;

/// A structure that changed, and where it lies.
pub(crate) struct Rewritten {
    pub(crate) regions: Vec<Region>,
    pub(crate) after: Vec<u8>,
}

/// The entry of a folder: in which block it stands, or in the record itself, and how far in.
struct Place {
    block: Option<u64>,
    at: usize,
}

/// Structures that change, each read once: names of one folder stand in the same block.
#[derive(Default)]
struct Drafts(Vec<Rewritten>);

impl Drafts {
    /// The content so far of the structure that lies in these regions; `read` is what the disk says of it.
    fn of(&mut self, regions: Vec<Region>, read: impl FnOnce() -> Vec<u8>) -> Option<&mut Vec<u8>> {
        if !self.0.iter().any(|draft| draft.regions == regions) {
            self.0.push(Rewritten { regions: regions.clone(), after: read() });
        }
        let draft = self.0.iter_mut().find(|draft| draft.regions == regions);
        draft.map(|draft| &mut draft.after)
    }
}

impl Volume<'_> {
    /// What is to be written so that files of a folder are found by their names no more.
    pub(crate) fn set_aside(&self, folder: &File, names: &[&str]) -> Result<Vec<Rewritten>, Error> {
        let refused = || Error::from(Refusal::NameStays);
        let mut drafts = Drafts::default();
        for name in names {
            let mut stem = (*name).to_owned();
            let last = stem.pop().filter(|_| name.is_ascii()).ok_or_else(refused)?;
            let alike = self.entries(folder, &stem)?;
            let [only] = alike.as_slice() else { return Err(refused()) };
            if !only.name.eq_ignore_ascii_case(name) {
                return Err(refused());
            }
            let letter = u16::from(if last.eq_ignore_ascii_case(&'x') { b'y' } else { b'x' });
            let file = self.file(only.file)?;
            self.rename_record(&file, &only.name, letter, &mut drafts)?;
            self.rename_entry(folder, only.file, &only.name, letter, &mut drafts)?;
        }
        for Rewritten { after, .. } in &mut drafts.0 {
            protect(after).ok_or_else(refused)?;
        }
        Ok(drafts.0)
    }

    fn rename_record(
        &self,
        file: &File,
        name: &str,
        letter: u16,
        drafts: &mut Drafts,
    ) -> Result<(), Error> {
        let number = file.id().record;
        let refused = || Error::from(Refusal::NameStays);
        let mut place = None;
        for (start, attribute) in file.base.attributes()? {
            if attribute.kind == kind::ATTRIBUTE_LIST {
                return Err(refused());
            }
            if let Content::Resident { at, value } = attribute.content
                && attribute.kind == kind::FILE_NAME
                && is_named(value, name)
                && place.replace(start + at + last_letter(name)).is_some()
            {
                // A second link to the same file, in another folder.
                return Err(refused());
            }
        }
        if number >= self.records() {
            return Err(
                Damage::new(Structure::FileRecord, number, "there is no such record").into()
            );
        }
        let content = drafts.of(self.record_place(number)?, || file.base.bytes().to_vec());
        let written =
            place.zip(content).and_then(|(at, content)| put(content, at, &letter.to_le_bytes()));
        written.ok_or_else(refused)
    }

    fn rename_entry(
        &self,
        folder: &File,
        file: FileId,
        name: &str,
        letter: u16,
        drafts: &mut Drafts,
    ) -> Result<(), Error> {
        let refused = || Error::from(Refusal::NameStays);
        let mut found = None;
        self.walk(folder, "$I30", |entry| {
            if FileId::of(entry.reference) == file
                && entry.key.is_some_and(|key| is_named(key, name))
            {
                found = Some(Place { block: entry.block, at: entry.at });
                return Branch::Done;
            }
            Branch::Both
        })?;
        // The key stands behind the entry's own 16 bytes.
        let Place { block, at } = found.ok_or_else(refused)?;
        let at = at + 16 + last_letter(name);
        let Some(vcn) = block else {
            let own =
                folder.base.attributes()?.into_iter().find_map(
                    |(start, attribute)| match attribute.content {
                        Content::Resident { at, .. } if attribute.is(kind::INDEX_ROOT, "$I30") => {
                            Some(start + at + 16)
                        }
                        Content::Resident { .. } | Content::Clusters { .. } => None,
                    },
                );
            let place = self.record_place(folder.id().record)?;
            let content = drafts.of(place, || folder.base.bytes().to_vec());
            let written = own
                .zip(content)
                .and_then(|(root, content)| put(content, root + at, &letter.to_le_bytes()));
            return written.ok_or_else(refused);
        };
        let root = self.stream(folder, kind::INDEX_ROOT, "$I30")?.ok_or_else(refused)?;
        let size = u32_at(&root.read(self, 0, 12)?, 8).map_or(0, crate::bytes::index);
        let stream = self.stream(folder, kind::INDEX_ALLOCATION, "$I30")?.ok_or_else(refused)?;
        let block = self.index_block(&stream, vcn, size, folder.id().record)?;
        let start = self.block_start(vcn, size).ok_or_else(refused)?;
        let length = u64::try_from(size).unwrap_or(u64::MAX);
        let content = drafts.of(stream.locate(self, start, length)?, || block);
        let written = content.and_then(|content| put(content, 24 + at, &letter.to_le_bytes()));
        written.ok_or_else(refused)
    }
}

/// Where the last letter stands in a file name's value.
fn last_letter(name: &str) -> usize {
    LETTERS + 2 * name.len().saturating_sub(1)
}

/// Whether a file name's value is this name, be it of the long kind or of both.
fn is_named(value: &[u8], name: &str) -> bool {
    let Some([length, space]) = array::<2>(value, 64) else { return false };
    let stored = slice(value, LETTERS, 2 * usize::from(length)).map(units).unwrap_or_default();
    space != 2 && stored.into_iter().map(upper).eq(name.encode_utf16().map(upper))
}
