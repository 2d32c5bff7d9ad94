//! A hive's logs, of both kinds: what was about to be written when the power went.

use super::base::{Base, SECTOR};
use super::marvin;
use crate::bytes::{index, slice, u32_at, u64_at};

/// A log that can be told from an empty or foreign file.
#[derive(Clone, Debug)]
pub(super) struct Log<'a> {
    pub(super) base: Base,
    /// Its copy of the hive's first sector.
    pub(super) sector: &'a [u8],
    pub(super) content: Content<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    /// A map of sectors, and the sectors.
    Old(&'a [u8]),
    /// Entries that carry on one another.
    New(&'a [u8]),
}

/// Some bytes of the bins, and what they are to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    pub(super) at: usize,
    pub(super) bytes: &'a [u8],
}

impl<'a> Log<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let base = Base::read(bytes).filter(|base| base.is_plausible)?;
        let content = match base.kind {
            1 | 2 => Content::Old(bytes),
            6 => Content::New(bytes.get(SECTOR..)?),
            _ => return None,
        };
        Some(Self { base, sector: slice(bytes, 0, SECTOR)?, content })
    }
}

/// An entry of a new log.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogEntry<'a> {
    pub(super) sequence: u32,
    pub(super) flags: u32,
    pub(super) bins: u32,
    bytes: &'a [u8],
}

/// The entries one behind the other, whether their sums are right or not.
pub(super) fn entries(mut bytes: &[u8]) -> impl Iterator<Item = LogEntry<'_>> {
    std::iter::from_fn(move || {
        if !bytes.starts_with(b"HvLE") {
            return None;
        }
        let size = index(u32_at(bytes, 4)?);
        if size < SECTOR || !size.is_multiple_of(SECTOR) {
            return None;
        }
        let own = slice(bytes, 0, size)?;
        bytes = bytes.get(size..)?;
        Some(LogEntry {
            sequence: u32_at(own, 12)?,
            flags: u32_at(own, 8)?,
            bins: u32_at(own, 16)?,
            bytes: own,
        })
    })
}

impl<'a> LogEntry<'a> {
    /// Its pages, if it is whole: sums, sizes and all places right.
    pub(super) fn pages(&self) -> Option<Vec<Page<'a>>> {
        let bytes = self.bytes;
        let head = slice(bytes, 0, 32)?;
        if u64_at(bytes, 32)? != marvin::sum(head)
            || u64_at(bytes, 24)? != marvin::sum(bytes.get(40..)?)
        {
            return None;
        }
        if self.bins == 0 || !self.bins.is_multiple_of(4096) {
            return None;
        }
        let count = index(u32_at(bytes, 20)?);
        let references = slice(bytes, 40, count.checked_mul(8)?)?;
        let mut at = 40 + references.len();
        let mut pages = Vec::with_capacity(count);
        for reference in references.as_chunks::<8>().0 {
            let (place, length) = (index(u32_at(reference, 0)?), index(u32_at(reference, 4)?));
            let page = Page { at: place, bytes: slice(bytes, at, length)? };
            if place.checked_add(length)? > index(self.bins) {
                return None;
            }
            at += length;
            pages.push(page);
        }
        Some(pages)
    }
}

/// The pages of an old log, if all of them are there.
pub(super) fn old_pages<'a>(base: &Base, bytes: &'a [u8]) -> Option<Vec<Page<'a>>> {
    let sector = SECTOR * index(base.clustering);
    if !matches!(base.clustering, 1 | 8) || slice(bytes, sector, 4)? != b"DIRT" {
        return None;
    }
    let map = slice(bytes, sector + 4, base.bins() / SECTOR / 8)?;
    let mut at = (sector + 4 + map.len()).next_multiple_of(sector);
    let mut pages = Vec::new();
    for (eight, bits) in map.iter().enumerate() {
        for bit in 0..8 {
            if bits & (1 << bit) != 0 {
                pages.push(Page {
                    at: (8 * eight + bit) * SECTOR,
                    bytes: slice(bytes, at, SECTOR)?,
                });
                at += SECTOR;
            }
        }
    }
    Some(pages)
}
