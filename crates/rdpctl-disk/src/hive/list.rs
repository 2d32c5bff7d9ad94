//! Lists of subkeys: leaves, and roots that name leaves.

use super::cell::Cells;
use crate::bytes::{array, index, slice, u16_at, u32_at};
use crate::error::{Damage, Structure};

/// How a leaf is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// Offsets alone.
    Plain,
    /// With the first four letters of each name.
    Hints,
    /// With a sum over each name.
    Sums,
}

impl Leaf {
    pub(super) fn of(signature: [u8; 2]) -> Option<Self> {
        match &signature {
            b"li" => Some(Self::Plain),
            b"lf" => Some(Self::Hints),
            b"lh" => Some(Self::Sums),
            _ => None,
        }
    }

    pub(super) fn signature(self) -> [u8; 2] {
        *match self {
            Self::Plain => b"li",
            Self::Hints => b"lf",
            Self::Sums => b"lh",
        }
    }

    /// Bytes of an element.
    pub(super) fn step(self) -> usize {
        match self {
            Self::Plain => 4,
            Self::Hints | Self::Sums => 8,
        }
    }
}

/// A list's cell, read as far as its kind and length.
#[derive(Clone, Copy, Debug)]
pub(super) enum List<'a> {
    Leaf(Leaf, &'a [u8]),
    /// Offsets of leaves.
    Root(&'a [u8]),
}

impl<'a> List<'a> {
    pub(super) fn read(cells: Cells<'a>, offset: u32) -> Result<Self, Damage> {
        let damage = |what| Damage::new(Structure::Hive, offset, what);
        let cell = cells.get(offset)?;
        let short = || damage("a list of keys is cut off");
        let signature: [u8; 2] = array(cell, 0).ok_or_else(short)?;
        let count = usize::from(u16_at(cell, 2).ok_or_else(short)?);
        if &signature == b"ri" {
            return Ok(Self::Root(slice(cell, 4, 4 * count).ok_or_else(short)?));
        }
        let leaf = Leaf::of(signature).ok_or_else(|| damage("a list of keys is none"))?;
        Ok(Self::Leaf(leaf, slice(cell, 4, leaf.step() * count).ok_or_else(short)?))
    }
}

/// The offsets of all keys in a list that says it has `count` of them.
pub(super) fn keys(cells: Cells<'_>, offset: u32, count: u32) -> Result<Vec<u32>, Damage> {
    some(cells, offset, count, |_, _| true)
}

/// The offsets of those keys that may have this name, by what the list itself says of names.
pub(super) fn called(
    cells: Cells<'_>,
    offset: u32,
    count: u32,
    upper: &[u16],
) -> Result<Vec<u32>, Damage> {
    let (sum, hint) = (sum(upper), hint(upper));
    some(cells, offset, count, |leaf, element| match leaf {
        Leaf::Plain => true,
        Leaf::Sums => u32_at(element, 4) == Some(sum),
        Leaf::Hints => {
            let stored: [u8; 4] = array(element, 4).unwrap_or_default();
            let same = |(one, other): (u8, u8)| {
                !one.is_ascii() || !other.is_ascii() || one.eq_ignore_ascii_case(&other)
            };
            stored.into_iter().zip(hint).all(same)
        }
    })
}

/// The offsets of those elements that are wanted, in a list that says it has `count` of them.
fn some(
    cells: Cells<'_>,
    offset: u32,
    count: u32,
    is_wanted: impl Fn(Leaf, &[u8]) -> bool,
) -> Result<Vec<u32>, Damage> {
    let damage = |what| Damage::new(Structure::Hive, offset, what);
    let count = index(count);
    // A key has eighty bytes at least: no list holds more of them than the hive has room for.
    if count > cells.len() / 80 {
        return Err(damage("a list claims more keys than the hive has room for"));
    }
    let mut all = Vec::new();
    let mut seen = 0_usize;
    let mut take = |leaf: Leaf, elements: &[u8]| {
        for element in elements.chunks_exact(leaf.step()).take((count + 1).saturating_sub(seen)) {
            seen += 1;
            if is_wanted(leaf, element) {
                all.extend(u32_at(element, 0));
            }
        }
    };
    match List::read(cells, offset)? {
        List::Leaf(leaf, elements) => take(leaf, elements),
        List::Root(leaves) => {
            for leaf in leaves.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)) {
                match List::read(cells, leaf)? {
                    List::Leaf(leaf, elements) => take(leaf, elements),
                    List::Root(_) => return Err(damage("a root of lists names another one")),
                }
            }
        }
    }
    if seen == count {
        Ok(all)
    } else {
        Err(damage("a list holds another number of keys than it says"))
    }
}

/// The sum of a name in a list of them.
pub(super) fn sum(upper: &[u16]) -> u32 {
    upper.iter().fold(0_u32, |sum, unit| sum.wrapping_mul(37).wrapping_add(u32::from(*unit)))
}

/// The first four letters of a name, where they are Latin-1; what is not makes the hint empty from there on.
pub(super) fn hint(name: &[u16]) -> [u8; 4] {
    let mut hint = [0; 4];
    for (place, unit) in hint.iter_mut().zip(name) {
        match u8::try_from(*unit) {
            Ok(byte) => *place = byte,
            Err(_) => break,
        }
    }
    hint
}
