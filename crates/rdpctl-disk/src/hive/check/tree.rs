//! Keys below keys: parents, lists, names, values and their data.

use std::collections::BTreeMap;

use super::Report;
use super::bins::Map;
use crate::bytes::{index, u16_at, u32_at};
use crate::error::Damage;
use crate::hive::cell::{Cells, NOWHERE};
use crate::hive::image::Hive;
use crate::hive::key::{Key, PREDEFINED, at};
use crate::hive::list::{self, Leaf, List};
use crate::hive::value::{self, Place, Value};
use crate::name::upper;

/// Windows makes no deeper trees.
const MOST_DEPTH: u16 = 512;

/// Walks all keys. Returns how many of them name each security.
pub(super) fn check(hive: &Hive, map: &mut Map, report: &mut Report) -> BTreeMap<u32, u32> {
    let mut walk = Walk { cells: hive.cells(), map, report, securities: BTreeMap::new() };
    let mut open = vec![(hive.base.root, None, 0)];
    while let Some((offset, parent, depth)) = open.pop() {
        if depth > MOST_DEPTH {
            walk.report.error(offset, "keys lie deeper than Windows makes them");
            break;
        }
        if !walk.map.claim(offset, walk.report) {
            continue;
        }
        match walk.key(offset, parent) {
            Ok(children) => {
                open.extend(children.into_iter().map(|child| (child, Some(offset), depth + 1)));
            }
            Err(damage) => walk.report.damage(&damage),
        }
    }
    walk.securities
}

struct Walk<'a, 'b> {
    cells: Cells<'a>,
    map: &'b mut Map,
    report: &'b mut Report,
    securities: BTreeMap<u32, u32>,
}

/// The longest names and data of what lies below a key.
#[derive(Default)]
struct Longest {
    name: usize,
    value_name: usize,
    data: usize,
}

impl Walk<'_, '_> {
    /// Checks a key itself; returns the keys below it.
    fn key(&mut self, offset: u32, parent: Option<u32>) -> Result<Vec<u32>, Damage> {
        let key = Key::read(self.cells, offset)?;
        self.report.keys += 1;
        if parent.is_some_and(|parent| key.word(at::PARENT) != parent) {
            self.report.error(offset, "a key does not name the key above it");
        }
        let class = u16_at(key.data, at::CLASS_LENGTH).unwrap_or(0);
        if class > 0 && key.word(at::CLASS) != NOWHERE {
            self.cell(key.word(at::CLASS), usize::from(class))?;
        }
        *self.securities.entry(key.word(at::SECURITY)).or_default() += 1;
        let mut longest = Longest::default();
        let children = self.children(&key, &mut longest)?;
        if key.flags() & PREDEFINED == 0 {
            self.values(&key, &mut longest)?;
        }
        let most_name = index(key.word(at::MOST_NAME) & 0xffff);
        if most_name < longest.name
            || index(key.word(at::MOST_VALUE_NAME)) < longest.value_name
            || index(key.word(at::MOST_DATA)) < longest.data
        {
            // Enumeration cuts names short by it; nothing is lost.
            self.report.remark(offset, "a key's longest names and values are longer than it says");
        }
        Ok(children)
    }

    /// Takes a cell that must have room for so many bytes.
    fn cell(&mut self, offset: u32, room: usize) -> Result<(), Damage> {
        if self.map.claim(offset, self.report) && self.cells.get(offset)?.len() < room {
            self.report.error(offset, "a cell is shorter than what it holds");
        }
        Ok(())
    }

    fn children(&mut self, key: &Key<'_>, longest: &mut Longest) -> Result<Vec<u32>, Damage> {
        let (count, offset) = (key.word(at::SUBKEYS), key.word(at::LIST));
        if count == 0 {
            // The list of a key that lost its last child may stay named.
            return Ok(Vec::new());
        }
        let children = list::keys(self.cells, offset, count)?;
        if !self.map.claim(offset, self.report) {
            return Ok(Vec::new());
        }
        let mut last: Vec<u16> = Vec::new();
        let leaves = match List::read(self.cells, offset)? {
            leaf @ List::Leaf(..) => vec![leaf],
            List::Root(offsets) => {
                let mut leaves = Vec::new();
                for leaf in
                    offsets.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
                {
                    if self.map.claim(leaf, self.report) {
                        leaves.push(List::read(self.cells, leaf)?);
                    }
                }
                leaves
            }
        };
        for leaf in leaves {
            let List::Leaf(leaf, elements) = leaf else { continue };
            for element in elements.chunks_exact(leaf.step()) {
                self.element(leaf, element, &mut last, longest)?;
            }
        }
        Ok(children)
    }

    fn element(
        &mut self,
        leaf: Leaf,
        element: &[u8],
        last: &mut Vec<u16>,
        longest: &mut Longest,
    ) -> Result<(), Damage> {
        let child = u32_at(element, 0).unwrap_or(NOWHERE);
        let name = Key::read(self.cells, child)?.name_units();
        let upper_cased: Vec<u16> = name.iter().copied().map(upper).collect();
        longest.name = longest.name.max(2 * name.len());
        let is_right = match leaf {
            Leaf::Plain => true,
            Leaf::Hints => is_hint(element.get(4..8).unwrap_or_default(), &name),
            Leaf::Sums => u32_at(element, 4) == Some(list::sum(&upper_cased)),
        };
        // What letters outside of ASCII become in upper case is Windows' table's affair.
        if !is_right && name.iter().all(|unit| *unit < 0x80) {
            self.report.error(child, "a list of keys does not match a name in it");
        }
        if !last.is_empty() && *last >= upper_cased {
            self.report.remark(child, "a list of keys is not in order");
        }
        *last = upper_cased;
        Ok(())
    }

    fn values(&mut self, key: &Key<'_>, longest: &mut Longest) -> Result<(), Damage> {
        if key.word(at::VALUES) == 0 {
            return Ok(());
        }
        let offsets = key.value_offsets()?;
        if offsets.is_empty() {
            self.report.error(key.offset, "a key has values and no list of them");
            return Ok(());
        }
        if !self.map.claim(key.word(at::VALUE_LIST), self.report) {
            return Ok(());
        }
        for offset in offsets {
            if !self.map.claim(offset, self.report) {
                continue;
            }
            let value = Value::read(self.cells, offset)?;
            self.report.values += 1;
            longest.value_name = longest.value_name.max(2 * value.name_units().len());
            match value.place()? {
                Place::Inline(length) => longest.data = longest.data.max(length),
                Place::Cell { offset, length } => {
                    longest.data = longest.data.max(length);
                    self.data(offset, length)?;
                }
            }
        }
        Ok(())
    }

    fn data(&mut self, offset: u32, length: usize) -> Result<(), Damage> {
        if !self.map.claim(offset, self.report) || self.cells.get(offset)?.len() >= length {
            return Ok(());
        }
        let pieces = value::pieces(self.cells, offset, length)?;
        let list = self.cells.get(offset)?;
        self.cell(u32_at(list, 4).unwrap_or(NOWHERE), 4 * pieces.len())?;
        let mut rest = length;
        for piece in pieces {
            let part = rest.min(value::MOST_CELL);
            self.cell(piece, part)?;
            rest -= part;
        }
        Ok(())
    }
}

/// Windows 2000 upper-cased hints, later ones do not.
fn is_hint(stored: &[u8], name: &[u16]) -> bool {
    let hint = list::hint(name);
    stored == hint || stored.eq_ignore_ascii_case(&hint)
}
