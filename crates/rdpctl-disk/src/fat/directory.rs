//! Entries of a folder: short names, and long ones in pieces before them.

use crate::bytes::{array, slice, u16_at, u32_at, units};
use crate::name::upper;

/// What an entry leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) cluster: u32,
    pub(super) size: u32,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

/// Looks a name up in a folder's bytes.
pub(super) fn find(folder: &[u8], name: &str) -> Option<Found> {
    let wanted: Vec<u16> = name.encode_utf16().map(upper).collect();
    let mut long = Long::default();
    for entry in folder.chunks_exact(32) {
        match entry.first()? {
            0 => return None,
            0xe5 => {
                long = Long::default();
                continue;
            }
            _ => {}
        }
        let attributes = *entry.get(11)?;
        if attributes & 0x3f == 0x0f {
            long.take(entry);
            continue;
        }
        let name = std::mem::take(&mut long).of(short_sum(entry));
        // A volume's label is an entry, too.
        if attributes & 8 != 0 {
            continue;
        }
        let upper_cased = |units: &[u16]| units.iter().copied().map(upper).collect::<Vec<_>>();
        if name.is_some_and(|name| upper_cased(&name) == wanted)
            || upper_cased(&short(entry)) == wanted
        {
            let high = u32::from(u16_at(entry, 20)?);
            let low = u32::from(u16_at(entry, 26)?);
            let kind = if attributes & 0x10 == 0 { Kind::File } else { Kind::Folder };
            return Some(Found { cluster: (high << 16) | low, size: u32_at(entry, 28)?, kind });
        }
    }
    None
}

/// `BCD        ` is `BCD`, `BCD     LOG` is `BCD.LOG`.
fn short(entry: &[u8]) -> Vec<u16> {
    let part = |bytes: &[u8]| {
        let end = bytes.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
        bytes[..end].iter().map(|byte| u16::from(*byte)).collect::<Vec<_>>()
    };
    let (name, extension) = entry[..11].split_at(8);
    let mut whole = part(name);
    let extension = part(extension);
    if !extension.is_empty() {
        whole.push(u16::from(b'.'));
        whole.extend(extension);
    }
    whole
}

fn short_sum(entry: &[u8]) -> u8 {
    entry[..11].iter().fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// The pieces of a long name, last piece first.
#[derive(Default)]
struct Long {
    pieces: Vec<Vec<u16>>,
    next: u8,
    sum: u8,
}

impl Long {
    fn take(&mut self, entry: &[u8]) {
        let order = entry[0];
        let Some([sum]) = array::<1>(entry, 13) else { return };
        if order & 0x40 != 0 {
            *self = Self { pieces: Vec::new(), next: order & 0x3f, sum };
        }
        if self.next == 0 || order & 0x3f != self.next || sum != self.sum {
            *self = Self::default();
            return;
        }
        self.next -= 1;
        let part = |at, length| slice(entry, at, length).map(units).unwrap_or_default();
        self.pieces.push([part(1, 10), part(14, 12), part(28, 4)].concat());
    }

    fn of(self, sum: u8) -> Option<Vec<u16>> {
        if self.pieces.is_empty() || self.next != 0 || self.sum != sum {
            return None;
        }
        let mut name: Vec<u16> = self.pieces.into_iter().rev().flatten().collect();
        let end = name.iter().position(|unit| *unit == 0).unwrap_or(name.len());
        name.truncate(end);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &[u8; 11], attributes: u8, cluster: u16) -> Vec<u8> {
        let mut entry = vec![0; 32];
        entry[..11].copy_from_slice(name);
        entry[11] = attributes;
        entry[26..28].copy_from_slice(&cluster.to_le_bytes());
        entry
    }

    fn long(name: &str, short: &[u8; 11]) -> Vec<u8> {
        let mut units: Vec<u16> = name.encode_utf16().chain([0]).collect();
        units.resize(13, 0xffff);
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let mut piece = vec![0; 32];
        piece[0] = 0x41;
        piece[1..11].copy_from_slice(&bytes[..10]);
        piece[11] = 0x0f;
        piece[13] = short_sum(&entry(short, 0, 0));
        piece[14..26].copy_from_slice(&bytes[10..22]);
        piece[28..32].copy_from_slice(&bytes[22..]);
        piece
    }

    #[test]
    fn names_are_found_short_and_long_whatever_their_case() {
        let folder = [
            entry(b"BCD        ", 0x28, 1),
            entry(b"\xe5CD        ", 0x20, 2),
            long("Microsoft", b"MICROS~1   "),
            entry(b"MICROS~1   ", 0x10, 3),
            entry(b"BCD     LOG", 0x20, 4),
            entry(b"BCD        ", 0x20, 5),
        ]
        .concat();
        let cluster = |name| find(&folder, name).map(|found| found.cluster);
        assert_eq!(cluster("microsoft"), Some(3));
        assert_eq!(cluster("micros~1"), Some(3));
        assert_eq!(cluster("Bcd.Log"), Some(4));
        assert_eq!(cluster("BCD"), Some(5));
        assert_eq!(cluster("EFI"), None);
    }

    #[test]
    fn a_long_name_of_another_short_one_counts_for_nothing() {
        let folder = [long("Microsoft", b"OTHER      "), entry(b"MICROS~1   ", 0x10, 3)].concat();
        assert_eq!(find(&folder, "Microsoft"), None);
    }
}
