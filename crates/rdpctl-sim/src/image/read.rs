//! Registry hives, read back into a tree of keys: what a loader sees of a disk that others had in their hands.
//!
//! A hive that was cut off in mid-write is not read before its logs were replayed (`replay`): Windows stops there.

use super::hive::{Data, HiveKey};

/// Keys below keys; Windows allows 512.
const DEEPEST: usize = 64;
const NOWHERE: u32 = u32::MAX;

/// Reads a hive that was closed.
#[must_use]
pub fn read_hive(file: &[u8]) -> Option<HiveKey> {
    let base = file.get(..4096).filter(|base| base.starts_with(b"regf"))?;
    let sum = base[..508].chunks(4).try_fold(0, |sum, at| Some(sum ^ word(at, 0)?))?;
    if word(base, 508)? != sum || word(base, 4)? != word(base, 8)? {
        return None;
    }
    let length = place(word(base, 40)?)?;
    let cells = Cells { bins: file.get(4096..4096 + length)? };
    cells.key(word(base, 36)?, 0)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn place(offset: u32) -> Option<usize> {
    usize::try_from(offset).ok()
}

/// Latin-1 or UTF-16, as a flag says.
fn name(bytes: &[u8], latin: bool) -> String {
    if latin {
        return bytes.iter().copied().map(char::from).collect();
    }
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

#[derive(Clone, Copy)]
struct Cells<'a> {
    bins: &'a [u8],
}

impl<'a> Cells<'a> {
    /// A cell in use, without its length.
    fn get(self, offset: u32) -> Option<&'a [u8]> {
        let at = place(offset)?;
        let length = place(0_u32.wrapping_sub(word(self.bins, at)?))?;
        self.bins.get(at + 4..at.checked_add(length)?)
    }

    fn key(self, offset: u32, depth: usize) -> Option<HiveKey> {
        let cell = self.get(offset).filter(|cell| cell.starts_with(b"nk") && depth < DEEPEST)?;
        let latin = half(cell, 2)? & 0x20 != 0;
        let own = name(cell.get(76..76 + half(cell, 72)?)?, latin);
        let mut key = HiveKey { name: own, ..HiveKey::default() };
        if word(cell, 36)? > 0 {
            let list = self.get(word(cell, 40)?)?;
            for at in 0..place(word(cell, 36)?)? {
                key.values.push(self.value(word(list, at * 4)?)?);
            }
        }
        let children = word(cell, 28)?;
        if word(cell, 20)? > 0 && children != NOWHERE {
            for child in self.list(children)? {
                key.keys.push(self.key(child, depth + 1)?);
            }
        }
        Some(key)
    }

    /// The keys of a list, or of a list of lists.
    fn list(self, offset: u32) -> Option<Vec<u32>> {
        let cell = self.get(offset)?;
        let count = half(cell, 2)?;
        let every = |size: usize| (0..count).map(|at| word(cell, 4 + at * size)).collect();
        match cell.get(..2)? {
            b"lf" | b"lh" => every(8),
            b"li" => every(4),
            b"ri" => {
                let leaves: Vec<u32> = every(4)?;
                let mut all = Vec::new();
                for leaf in leaves {
                    // A list of lists of lists is none.
                    if self.get(leaf)?.starts_with(b"ri") {
                        return None;
                    }
                    all.extend(self.list(leaf)?);
                }
                Some(all)
            }
            _ => None,
        }
    }

    fn value(self, offset: u32) -> Option<(String, Data)> {
        let cell = self.get(offset).filter(|cell| cell.starts_with(b"vk"))?;
        let own = name(cell.get(20..20 + half(cell, 2)?)?, half(cell, 16)? & 1 != 0);
        let length = word(cell, 4)?;
        let short = place(length & 0x7fff_ffff)?;
        let bytes = if length & 0x8000_0000 != 0 {
            cell.get(8..8 + short)?.to_vec()
        } else if length == 0 {
            Vec::new()
        } else {
            self.data(word(cell, 8)?, short)?
        };
        Some((own, Data::Raw(word(cell, 12)?, bytes)))
    }

    /// Data in one cell, or in pieces.
    fn data(self, offset: u32, length: usize) -> Option<Vec<u8>> {
        let cell = self.get(offset)?;
        if !(cell.starts_with(b"db") && length > 16_344) {
            return cell.get(..length).map(<[u8]>::to_vec);
        }
        let list = self.get(word(cell, 4)?)?;
        let mut whole = Vec::new();
        for at in 0..half(cell, 2)? {
            let piece = self.get(word(list, at * 4)?)?;
            whole.extend_from_slice(&piece[..piece.len().min(16_344)]);
        }
        whole.get(..length).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::super::hive::{HiveShape, hive};
    use super::super::log::with_numbers;
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_an_open_hive_is_not() {
        let mut root = HiveKey::new("ROOT");
        root.set("b\\c", "long", Data::Raw(3, vec![7; 40_000]));
        root.set("b", "short", Data::Raw(4, vec![1, 0, 0, 0]));
        for number in 0..1200 {
            root.set(&format!("many\\key{number:04}"), "n", Data::Raw(1, vec![65, 0, 0, 0]));
        }
        root.keys.sort_by(|one, other| one.name.cmp(&other.name));
        let file = hive(&root, HiveShape::new(1 << 20));
        assert_eq!(read_hive(&file), Some(root));
        assert_eq!(read_hive(&with_numbers(file, 9, 8)), None);
    }
}
