//! What a file has: a name, a descriptor's number, its data; inside the record or elsewhere.

use crate::bytes::{array, index, slice, u16_at, u32_at, u64_at, units};

/// The kinds that are read here, by their numbers.
pub(super) mod kind {
    pub(in crate::ntfs) const STANDARD_INFORMATION: u32 = 0x10;
    pub(in crate::ntfs) const ATTRIBUTE_LIST: u32 = 0x20;
    pub(in crate::ntfs) const FILE_NAME: u32 = 0x30;
    pub(in crate::ntfs) const SECURITY_DESCRIPTOR: u32 = 0x50;
    pub(in crate::ntfs) const VOLUME_INFORMATION: u32 = 0x70;
    pub(in crate::ntfs) const DATA: u32 = 0x80;
    pub(in crate::ntfs) const INDEX_ROOT: u32 = 0x90;
    pub(in crate::ntfs) const INDEX_ALLOCATION: u32 = 0xa0;
}

/// One attribute of a record.
#[derive(Clone, Debug)]
pub(super) struct Attribute<'a> {
    pub(super) kind: u32,
    pub(super) name: Vec<u16>,
    pub(super) flags: u16,
    pub(super) id: u16,
    pub(super) content: Content<'a>,
}

/// Where its content is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    /// In the record, so many bytes from the attribute's start.
    Resident { at: usize, value: &'a [u8] },
    /// In clusters.
    Clusters { first: u64, runs: &'a [u8], size: u64, initialized: u64 },
}

impl<'a> Attribute<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let [elsewhere, name_length] = array::<2>(bytes, 8)?;
        let name = slice(bytes, usize::from(u16_at(bytes, 10)?), 2 * usize::from(name_length));
        let content = if elsewhere == 0 {
            let at = usize::from(u16_at(bytes, 20)?);
            Content::Resident { at, value: slice(bytes, at, index(u32_at(bytes, 16)?))? }
        } else {
            Content::Clusters {
                first: u64_at(bytes, 16)?,
                runs: bytes.get(usize::from(u16_at(bytes, 32)?)..)?,
                size: u64_at(bytes, 48)?,
                initialized: u64_at(bytes, 56)?,
            }
        };
        Some(Self {
            kind: u32_at(bytes, 0)?,
            name: units(name?),
            flags: u16_at(bytes, 12)?,
            id: u16_at(bytes, 14)?,
            content,
        })
    }

    pub(super) fn is(&self, kind: u32, name: &str) -> bool {
        self.kind == kind && self.name.iter().copied().eq(name.encode_utf16())
    }
}

/// An entry of the list that says in which records a file's attributes stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    pub(super) kind: u32,
    pub(super) first: u64,
    pub(super) record: u64,
    pub(super) id: u16,
}

/// Reads the list; nothing where it is cut off.
pub(super) fn list(mut bytes: &[u8]) -> Option<Vec<Listed>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let length = usize::from(u16_at(bytes, 4)?);
        if length < 26 {
            return None;
        }
        entries.push(Listed {
            kind: u32_at(bytes, 0)?,
            first: u64_at(bytes, 8)?,
            record: u64_at(bytes, 16)?,
            id: u16_at(bytes, 24)?,
        });
        bytes = bytes.get(length..)?;
    }
    Some(entries)
}
