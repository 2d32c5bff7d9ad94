//! Keys: made below others, and deleted with all that is below them.

use super::Editor;
use crate::Refusal;
use crate::bytes::{u16_at, u32_at};
use crate::error::{Damage, Error, Structure};
use crate::hive::cell::NOWHERE;
use crate::hive::key::{LATIN, LINK, at};
use crate::hive::list::{self, Leaf, List};
use crate::name::upper;
use crate::refusal::NotEdited;

/// Elements of a leaf, from which on Windows would split it.
const MOST_ELEMENTS: usize = 1012;
/// The flag that flags go on to new keys, and the flags that do.
const RECURSE: u32 = 0x8_0000;
const VIRTUALIZATION: u32 = 0xf_0000;

/// A leaf's elements, taken apart.
struct Elements {
    kind: Leaf,
    /// The leaf's cell.
    offset: u32,
    /// Whole elements, in order.
    all: Vec<Vec<u8>>,
}

impl Editor {
    /// Makes the key at a path, with all above it that are missing. Where it exists, nothing changes.
    pub fn create(&mut self, path: &str) -> Result<(), Error> {
        let mut key = self.hive.base.root;
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            let child = self.key(key)?.child(name)?.map(|child| child.offset);
            key = match child {
                Some(child) => child,
                None => self.create_below(key, name)?,
            };
        }
        Ok(())
    }

    fn create_below(&mut self, parent: u32, name: &str) -> Result<u32, Error> {
        if !name.is_ascii() || name.is_empty() || name.len() > 255 {
            return Err(Refusal::HiveEdit(NotEdited::Name).into());
        }
        let above = self.key(parent)?;
        if above.flags() & LINK != 0 {
            return Err(Refusal::HiveEdit(NotEdited::Link).into());
        }
        let security = above.word(at::SECURITY);
        let flags = above.word(at::MOST_NAME);
        let inherited = if flags & RECURSE == 0 { 0 } else { flags & VIRTUALIZATION };
        let mut cell = vec![0; at::NAME];
        cell[..2].copy_from_slice(b"nk");
        let mut place = |at: usize, bytes: &[u8]| cell[at..at + bytes.len()].copy_from_slice(bytes);
        place(at::FLAGS, &LATIN.to_le_bytes());
        place(at::WRITTEN, &self.now.to_le_bytes());
        place(at::PARENT, &parent.to_le_bytes());
        place(at::LIST, &NOWHERE.to_le_bytes());
        // The list of volatile keys, which means nothing on a disk.
        place(32, &NOWHERE.to_le_bytes());
        place(at::VALUE_LIST, &NOWHERE.to_le_bytes());
        place(at::SECURITY, &security.to_le_bytes());
        place(at::CLASS, &NOWHERE.to_le_bytes());
        place(at::MOST_NAME, &inherited.to_le_bytes());
        place(at::NAME_LENGTH, &u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
        cell.extend_from_slice(name.as_bytes());
        let child = self.allocate(&cell)?;
        self.enlist(parent, child, name)?;
        self.count_security(security, 1)?;
        self.raise(parent, at::MOST_NAME, 2 * name.len(), 0xffff)?;
        self.stamp(parent)?;
        Ok(child)
    }

    /// Puts a key into its parent's list, at the place of its name.
    fn enlist(&mut self, parent: u32, child: u32, name: &str) -> Result<(), Error> {
        let units: Vec<u16> = name.encode_utf16().collect();
        let upper_cased: Vec<u16> = units.iter().copied().map(upper).collect();
        let count = self.key(parent)?.word(at::SUBKEYS);
        let list = self.key(parent)?.word(at::LIST);
        if count == 0 || list == NOWHERE {
            // Windows 2000 and boot stores have hints, all later hives sums.
            let kind = if self.hive.base.minor > 4 { Leaf::Sums } else { Leaf::Hints };
            let element = element(kind, child, &units, &upper_cased);
            let new = self.allocate(&leaf(kind, &[element]))?;
            self.put_word(parent, at::LIST, new)?;
            self.put_word(parent, at::SUBKEYS, 1)?;
            return Ok(());
        }
        let mut leaves = self.leaves(list)?;
        let (which, place) = self.place(&leaves, &upper_cased)?;
        let target = leaves.get_mut(which).ok_or(Refusal::HiveEdit(NotEdited::UnsortedList))?;
        if target.all.len() >= MOST_ELEMENTS {
            return Err(Refusal::HiveEdit(NotEdited::FullList).into());
        }
        let new = element(target.kind, child, &units, &upper_cased);
        target.all.insert(place, new);
        let (bytes, old) = (leaf(target.kind, &target.all), target.offset);
        self.rewrite_leaf(parent, list, which, old, &bytes)?;
        self.put_word(parent, at::SUBKEYS, count + 1)?;
        Ok(())
    }

    fn leaves(&self, list: u32) -> Result<Vec<Elements>, Error> {
        let cells = self.hive.cells();
        let offsets = match List::read(cells, list)? {
            List::Leaf(..) => vec![list],
            List::Root(leaves) => {
                leaves.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect()
            }
        };
        let mut all = Vec::new();
        for offset in offsets {
            let List::Leaf(kind, elements) = List::read(cells, offset)? else {
                return Err(Damage::new(
                    Structure::Hive,
                    offset,
                    "a root of lists names another one",
                )
                .into());
            };
            let elements = elements.chunks_exact(kind.step()).map(<[u8]>::to_vec).collect();
            all.push(Elements { kind, offset, all: elements });
        }
        Ok(all)
    }

    /// The leaf and the place in it before the first greater name. The whole list must be in order: a search of
    /// Windows' finds nothing in one that is not.
    fn place(&self, leaves: &[Elements], name: &[u16]) -> Result<(usize, usize), Error> {
        let mut last: Option<Vec<u16>> = None;
        let mut found = None;
        let mut end = (0, 0);
        for (which, elements) in leaves.iter().enumerate() {
            for (place, element) in elements.all.iter().enumerate() {
                let key = self.key(u32_at(element, 0).unwrap_or(NOWHERE))?;
                let own: Vec<u16> = key.name_units().into_iter().map(upper).collect();
                if last.as_ref().is_some_and(|last| *last >= own) || own == name {
                    return Err(Refusal::HiveEdit(NotEdited::UnsortedList).into());
                }
                if found.is_none() && own.as_slice() > name {
                    found = Some((which, place));
                }
                last = Some(own);
                end = (which, place + 1);
            }
        }
        Ok(found.unwrap_or(end))
    }

    /// Writes a leaf where it lies, or anew where it no longer fits, and names its place above.
    fn rewrite_leaf(
        &mut self,
        parent: u32,
        list: u32,
        which: usize,
        old: u32,
        bytes: &[u8],
    ) -> Result<(), Error> {
        if self.cell(old)?.len() >= bytes.len() {
            self.put(old, 0, bytes)?;
            return Ok(());
        }
        let new = self.allocate(bytes)?;
        if list == old {
            self.put_word(parent, at::LIST, new)?;
        } else {
            self.put_word(list, 4 + 4 * which, new)?;
        }
        self.free(old)
    }

    /// Deletes a key with all keys and values below it. Where there is none, nothing changes; the root stays.
    pub fn delete_key(&mut self, path: &str) -> Result<(), Error> {
        let Some((above, _)) = split(path) else { return Ok(()) };
        let Some(key) = self.find(path)? else { return Ok(()) };
        let Some(parent) = self.find(above)? else { return Ok(()) };
        self.unlist(parent, key)?;
        self.stamp(parent)?;
        // The keys below, each before the ones that are above it.
        let mut open = vec![key];
        let mut all = Vec::new();
        while let Some(offset) = open.pop() {
            open.extend(self.key(offset)?.keys()?.iter().map(|key| key.offset));
            all.push(offset);
        }
        for offset in all.into_iter().rev() {
            self.free_key(offset)?;
        }
        Ok(())
    }

    /// Takes a key out of its parent's list.
    fn unlist(&mut self, parent: u32, child: u32) -> Result<(), Error> {
        let list = self.key(parent)?.word(at::LIST);
        let count = self.key(parent)?.word(at::SUBKEYS);
        let leaves = self.leaves(list)?;
        let is_child = |element: &Vec<u8>| u32_at(element, 0) == Some(child);
        let damage = || Damage::new(Structure::Hive, child, "a key is not in its parent's list");
        let which =
            leaves.iter().position(|leaf| leaf.all.iter().any(is_child)).ok_or_else(damage)?;
        let target = &leaves[which];
        let rest: Vec<Vec<u8>> =
            target.all.iter().filter(|element| !is_child(element)).cloned().collect();
        let left = count.checked_sub(1).ok_or_else(damage)?;
        if left == 0 {
            self.put_word(parent, at::LIST, NOWHERE)?;
            self.free(target.offset)?;
            if list != target.offset {
                self.free(list)?;
            }
        } else if rest.is_empty() {
            let offsets: Vec<u8> = leaves
                .iter()
                .filter(|leaf| leaf.offset != target.offset)
                .flat_map(|leaf| leaf.offset.to_le_bytes())
                .collect();
            let length = u16::try_from(offsets.len() / 4).unwrap_or(0);
            self.put(list, 2, &[&length.to_le_bytes()[..], &offsets].concat())?;
            self.free(target.offset)?;
        } else {
            self.put(target.offset, 0, &leaf(target.kind, &rest))?;
        }
        self.put_word(parent, at::SUBKEYS, left)?;
        Ok(())
    }

    /// Frees a key that nothing lists any more, with its values, lists, class and share of a security.
    fn free_key(&mut self, offset: u32) -> Result<(), Error> {
        let key = self.key(offset)?;
        let (security, class, values) =
            (key.word(at::SECURITY), key.word(at::CLASS), key.value_offsets()?);
        let has_class = u16_at(key.data, at::CLASS_LENGTH).is_some_and(|length| length > 0);
        let value_list = key.word(at::VALUE_LIST);
        let list = if key.word(at::SUBKEYS) > 0 { key.word(at::LIST) } else { NOWHERE };
        if list != NOWHERE {
            for leaf in
                self.leaves(list)?.iter().map(|leaf| leaf.offset).filter(|leaf| *leaf != list)
            {
                self.free(leaf)?;
            }
            self.free(list)?;
        }
        if !values.is_empty() {
            for value in values {
                self.free_value(value)?;
            }
            self.free(value_list)?;
        }
        if has_class && class != NOWHERE {
            self.free(class)?;
        }
        self.free(offset)?;
        self.count_security(security, -1)
    }

    /// Counts a key that names a security in or out. The last one takes it out of the ring.
    fn count_security(&mut self, offset: u32, by: i32) -> Result<(), Error> {
        let damage = || Damage::new(Structure::Hive, offset, "a security's count is impossible");
        let cell = self.cell(offset)?;
        let (next, before) =
            (u32_at(cell, 4).ok_or_else(damage)?, u32_at(cell, 8).ok_or_else(damage)?);
        let count =
            u32_at(cell, 12).and_then(|count| count.checked_add_signed(by)).ok_or_else(damage)?;
        if count > 0 || next == offset {
            self.put_word(offset, 12, count)?;
            return Ok(());
        }
        self.put_word(before, 4, next)?;
        self.put_word(next, 8, before)?;
        self.free(offset)
    }
}

fn element(kind: Leaf, child: u32, name: &[u16], upper_cased: &[u16]) -> Vec<u8> {
    let mut element = child.to_le_bytes().to_vec();
    match kind {
        Leaf::Plain => {}
        Leaf::Hints => element.extend_from_slice(&list::hint(name)),
        Leaf::Sums => element.extend_from_slice(&list::sum(upper_cased).to_le_bytes()),
    }
    element
}

fn leaf(kind: Leaf, elements: &[Vec<u8>]) -> Vec<u8> {
    let count = u16::try_from(elements.len()).unwrap_or(u16::MAX);
    let mut bytes = kind.signature().to_vec();
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend(elements.iter().flatten());
    bytes
}

/// A path's last name, and what is above it; nothing for the root.
fn split(path: &str) -> Option<(&str, &str)> {
    let path = path.trim_matches('\\');
    if path.is_empty() {
        return None;
    }
    Some(path.rsplit_once('\\').unwrap_or(("", path)))
}
