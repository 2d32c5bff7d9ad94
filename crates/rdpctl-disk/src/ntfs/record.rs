//! One record of the file table, with its sector ends put right.

use std::ops::Range;

use super::attribute::Attribute;
use crate::bytes::{index, slice, u16_at, u32_at, u64_at};
use crate::error::{Damage, Structure};

/// A record's number, and which of the files that had it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId {
    /// Its place in the table.
    pub record: u64,
    /// Counts how often the record was reused; 0 for "whichever".
    pub sequence: u16,
}

impl FileId {
    pub(super) fn of(reference: u64) -> Self {
        let sequence = u16::try_from(reference >> 48).unwrap_or(u16::MAX);
        Self { record: reference & 0xffff_ffff_ffff, sequence }
    }
}

/// A record as it is meant, not as it lies on the disk.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) number: u64,
    bytes: Vec<u8>,
}

/// Undoes the protection of multi-sector structures: each sector's last two bytes were replaced by a number, and stand
/// at the front instead. A sector that has another number was not written with the rest.
pub(super) fn unprotect(bytes: &mut [u8]) -> Option<()> {
    let ends = protected(bytes)?;
    let number = u16_at(bytes, ends.start)?.to_le_bytes();
    for sector in 1..=bytes.len() / 512 {
        let end = sector * 512 - 2;
        if slice(bytes, end, 2)? != number {
            return None;
        }
        let kept = [*bytes.get(ends.start + 2 * sector)?, *bytes.get(ends.start + 2 * sector + 1)?];
        bytes.get_mut(end..end + 2)?.copy_from_slice(&kept);
    }
    Some(())
}

/// Puts the protection back, with the next number.
pub(super) fn protect(bytes: &mut [u8]) -> Option<()> {
    let ends = protected(bytes)?;
    // 0 and 0xffff are never used as numbers.
    let next = match u16_at(bytes, ends.start)? {
        number @ 1..=0xfffd => number + 1,
        0 | 0xfffe | 0xffff => 1,
    };
    bytes.get_mut(ends.start..ends.start + 2)?.copy_from_slice(&next.to_le_bytes());
    for sector in 1..=bytes.len() / 512 {
        let end = sector * 512 - 2;
        let kept = [*bytes.get(end)?, *bytes.get(end + 1)?];
        bytes.get_mut(ends.start + 2 * sector..ends.start + 2 * sector + 2)?.copy_from_slice(&kept);
        bytes.get_mut(end..end + 2)?.copy_from_slice(&next.to_le_bytes());
    }
    Some(())
}

/// Where the number and the kept ends stand; nothing where there is not one for each sector, or in a place that a
/// sector's end would overwrite.
fn protected(bytes: &[u8]) -> Option<Range<usize>> {
    let start = usize::from(u16_at(bytes, 4)?);
    let count = usize::from(u16_at(bytes, 6)?);
    let sectors = bytes.len() / 512;
    let end = start + 2 * count;
    (bytes.len().is_multiple_of(512) && count == sectors + 1 && start >= 24 && end <= 510)
        .then_some(start..end)
}

impl Record {
    /// Reads a record off the disk's bytes.
    pub(super) fn read(number: u64, mut bytes: Vec<u8>) -> Result<Self, Damage> {
        let damage = |what| Damage::new(Structure::FileRecord, number, what);
        if !bytes.starts_with(b"FILE") {
            return Err(damage("it has no signature"));
        }
        unprotect(&mut bytes).ok_or_else(|| damage("it was not written whole"))?;
        let record = Self { number, bytes };
        if record.used() > record.bytes.len() {
            return Err(damage("it says that it is longer than it is"));
        }
        Ok(record)
    }

    fn used(&self) -> usize {
        u32_at(&self.bytes, 24).map_or(usize::MAX, index)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn sequence(&self) -> u16 {
        u16_at(&self.bytes, 16).unwrap_or(0)
    }

    pub(super) fn is_in_use(&self) -> bool {
        u16_at(&self.bytes, 22).is_some_and(|flags| flags & 1 != 0)
    }

    /// The record that this one carries on, if it does.
    pub(super) fn base(&self) -> Option<FileId> {
        u64_at(&self.bytes, 32).filter(|reference| *reference != 0).map(FileId::of)
    }

    /// All attributes, with the place of each in the record.
    pub(super) fn attributes(&self) -> Result<Vec<(usize, Attribute<'_>)>, Damage> {
        let damage = |what| Damage::new(Structure::FileRecord, self.number, what);
        let used = &self.bytes[..self.used().min(self.bytes.len())];
        let mut at = usize::from(u16_at(used, 20).ok_or_else(|| damage("it is cut off"))?);
        let mut attributes = Vec::new();
        loop {
            let kind = u32_at(used, at).ok_or_else(|| damage("its attributes have no end"))?;
            if kind == 0xffff_ffff {
                return Ok(attributes);
            }
            let length = u32_at(used, at + 4).map_or(0, index);
            if length < 24 || !length.is_multiple_of(8) {
                return Err(damage("an attribute's length is impossible"));
            }
            let bytes = slice(used, at, length).ok_or_else(|| damage("an attribute is cut off"))?;
            let attribute =
                Attribute::read(bytes).ok_or_else(|| damage("an attribute is cut off"))?;
            attributes.push((at, attribute));
            at += length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector_pair() -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..1024_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        bytes[..4].copy_from_slice(b"FILE");
        bytes[4..8].copy_from_slice(&[48, 0, 3, 0]);
        bytes[48..54].copy_from_slice(&[7, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn protecting_and_unprotecting_gives_the_same_content_under_the_next_number() {
        let mut bytes = sector_pair();
        let before = bytes.clone();
        protect(&mut bytes).unwrap();
        assert_eq!((bytes[510], bytes[511], bytes[48]), (8, 0, 8));
        unprotect(&mut bytes).unwrap();
        assert_eq!(bytes[54..], before[54..]);
    }

    #[test]
    fn a_sector_of_another_write_shows() {
        let mut bytes = sector_pair();
        protect(&mut bytes).unwrap();
        bytes[1022] ^= 1;
        assert_eq!(unprotect(&mut bytes), None);
    }
}
