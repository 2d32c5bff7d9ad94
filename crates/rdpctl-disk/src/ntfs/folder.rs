//! Folders: names in the order of a tree, whose nodes lie in blocks of their own.
//!
//! The tree is walked whole but for branches that cannot hold the name. Names are compared with what is certain alone:
//! where an entry's letter is outside of ASCII, both sides are searched, so that no table of the volume has to be
//! trusted to find names that are all ASCII.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::attribute::kind;
use super::record::{FileId, unprotect};
use super::stream::Stream;
use super::volume::{File, Volume};
use crate::bytes::{array, index, slice, u16_at, u32_at, u64_at, units};
use crate::error::{Damage, Error, Structure};
use crate::name::upper;

/// Blocks of one folder that are read; half a million names.
const MOST_BLOCKS: usize = 16_384;

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it is stored; what is no Unicode shows as such.
    pub name: String,
    /// The file behind it.
    pub file: FileId,
}

/// Which names are looked for.
enum Wanted<'a> {
    Name(&'a [u16]),
    Prefix(&'a [u16]),
}

impl Volume<'_> {
    /// The file at a path of ASCII names below the root; nothing where there is none.
    pub fn find(&self, path: &[&str]) -> Result<Option<File>, Error> {
        let mut file = self.file(FileId { record: 5, sequence: 0 })?;
        for name in path {
            let Some(entry) = self.child(&file, name)? else { return Ok(None) };
            file = self.file(entry.file)?;
        }
        Ok(Some(file))
    }

    fn child(&self, folder: &File, name: &str) -> Result<Option<Entry>, Error> {
        let name: Vec<u16> = name.encode_utf16().map(upper).collect();
        Ok(self.search(folder, &Wanted::Name(&name))?.into_iter().next())
    }

    /// The entries of a folder whose names start so, whatever the case of their letters. Short names of the DOS kind
    /// are left out.
    pub fn entries(&self, folder: &File, prefix: &str) -> Result<Vec<Entry>, Error> {
        let prefix: Vec<u16> = prefix.encode_utf16().map(upper).collect();
        self.search(folder, &Wanted::Prefix(&prefix))
    }

    fn search(&self, folder: &File, wanted: &Wanted<'_>) -> Result<Vec<Entry>, Error> {
        let mut found = Vec::new();
        let keep = |entry: &IndexEntry<'_>| {
            let Some(name) = entry.key.and_then(FileName::read) else { return Branch::Both };
            let upper: Vec<u16> = name.units.iter().copied().map(upper).collect();
            let hit = match wanted {
                Wanted::Name(wanted) => upper == *wanted,
                Wanted::Prefix(prefix) => upper.starts_with(prefix) && !name.is_short,
            };
            if hit {
                found.push(Entry {
                    name: String::from_utf16_lossy(&name.units),
                    file: FileId::of(entry.reference),
                });
            }
            match wanted {
                Wanted::Name(_) if hit => Branch::Done,
                Wanted::Name(wanted) => certain(wanted, &upper),
                // Nothing is left out of a listing by an order that is not checked.
                Wanted::Prefix(_) => Branch::Both,
            }
        };
        self.walk(folder, "$I30", keep)?;
        Ok(found)
    }

    /// Walks an index. `visit` sees the entries and says where to go on.
    pub(super) fn walk(
        &self,
        folder: &File,
        name: &str,
        mut visit: impl FnMut(&IndexEntry<'_>) -> Branch,
    ) -> Result<(), Error> {
        let number = folder.id().record;
        let damage = |what| Error::from(Damage::new(Structure::Folder, number, what));
        let root = self
            .stream(folder, kind::INDEX_ROOT, name)?
            .ok_or_else(|| damage("it is no folder"))?
            .read_all(self, 64 << 10)?;
        let block = u32_at(&root, 8).map_or(0, index);
        if !(512..=65_536).contains(&block) || !block.is_power_of_two() {
            return Err(damage("its block size is impossible"));
        }
        let node = root.get(16..).ok_or_else(|| damage("it is cut off"))?;
        let mut blocks = Vec::new();
        if visit_node(node, None, &mut visit, &mut blocks).ok_or_else(|| damage("it is cut off"))?
            == End::Done
        {
            return Ok(());
        }
        if blocks.is_empty() {
            return Ok(());
        }
        let stream = self
            .stream(folder, kind::INDEX_ALLOCATION, name)?
            .ok_or_else(|| damage("its blocks are missing"))?;
        let mut seen = BTreeSet::new();
        while let Some(vcn) = blocks.pop() {
            if !seen.insert(vcn) || seen.len() > MOST_BLOCKS {
                return Err(damage("its blocks go round in circles"));
            }
            let bytes = self.index_block(&stream, vcn, block, number)?;
            let node = bytes.get(24..).ok_or_else(|| damage("a block is cut off"))?;
            let end = visit_node(node, Some(vcn), &mut visit, &mut blocks)
                .ok_or_else(|| damage("a block is cut off"))?;
            if end == End::Done {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Where a block starts in the folder's blocks; those smaller than a cluster are counted in sectors.
    pub(super) fn block_start(&self, vcn: u64, size: usize) -> Option<u64> {
        let wide = u64::try_from(size).unwrap_or(u64::MAX) >= self.cluster();
        vcn.checked_mul(if wide { self.cluster() } else { 512 })
    }

    pub(super) fn index_block(
        &self,
        stream: &Stream,
        vcn: u64,
        size: usize,
        number: u64,
    ) -> Result<Vec<u8>, Error> {
        let damage = |what| Error::from(Damage::new(Structure::Folder, number, what));
        let at = self.block_start(vcn, size).ok_or_else(|| damage("a block lies nowhere"))?;
        let mut bytes = stream.read(self, at, size)?;
        if !bytes.starts_with(b"INDX") || u64_at(&bytes, 16) != Some(vcn) {
            return Err(damage("a block is not where it belongs"));
        }
        unprotect(&mut bytes).ok_or_else(|| damage("a block was not written whole"))?;
        Ok(bytes)
    }
}

/// Where a search goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// Below this entry, and no further in this node.
    Below,
    /// Behind this entry.
    Behind,
    /// Both.
    Both,
    /// Nowhere: it was found.
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    GoOn,
}

/// One entry of a node.
pub(super) struct IndexEntry<'a> {
    /// A folder's file; the first bytes of an index by number mean something else.
    pub(super) reference: u64,
    /// All of the entry.
    pub(super) bytes: &'a [u8],
    /// What it is sorted by; none in the last one.
    pub(super) key: Option<&'a [u8]>,
    /// The block that it stands in; none where it stands in the record.
    pub(super) block: Option<u64>,
    /// How far in its node it stands.
    pub(super) at: usize,
}

fn visit_node(
    node: &[u8],
    block: Option<u64>,
    visit: &mut impl FnMut(&IndexEntry<'_>) -> Branch,
    blocks: &mut Vec<u64>,
) -> Option<End> {
    let mut at = index(u32_at(node, 0)?);
    let used = node.get(..index(u32_at(node, 4)?))?;
    loop {
        let length = usize::from(u16_at(used, at.checked_add(8)?)?);
        let flags = u16_at(used, at + 12)?;
        let bytes = slice(used, at, length).filter(|_| length >= 16)?;
        let last = flags & 2 != 0;
        let key =
            if last { None } else { Some(slice(bytes, 16, usize::from(u16_at(bytes, 10)?))?) };
        let below =
            if flags & 1 == 0 { None } else { Some(u64_at(bytes, length.checked_sub(8)?)?) };
        let entry = IndexEntry { reference: u64_at(bytes, 0)?, bytes, key, block, at };
        let branch = if last { Branch::Below } else { visit(&entry) };
        match branch {
            Branch::Done => return Some(End::Done),
            Branch::Below => {
                blocks.extend(below);
                return Some(End::GoOn);
            }
            Branch::Both => blocks.extend(below),
            Branch::Behind => {}
        }
        at = at.checked_add(length)?;
    }
}

/// Where the name must stand relative to an entry, as far as that is beyond doubt.
fn certain(wanted: &[u16], entry: &[u16]) -> Branch {
    for (wanted, entry) in wanted.iter().zip(entry) {
        if *entry >= 0x80 || *wanted >= 0x80 {
            return Branch::Both;
        }
        match wanted.cmp(entry) {
            Ordering::Less => return Branch::Below,
            Ordering::Greater => return Branch::Behind,
            Ordering::Equal => {}
        }
    }
    if wanted.len() < entry.len() { Branch::Below } else { Branch::Behind }
}

struct FileName {
    units: Vec<u16>,
    is_short: bool,
}

impl FileName {
    fn read(key: &[u8]) -> Option<Self> {
        let [length, space] = array::<2>(key, 64)?;
        let units = units(slice(key, 66, 2 * usize::from(length))?);
        Some(Self { units, is_short: space == 2 })
    }
}
