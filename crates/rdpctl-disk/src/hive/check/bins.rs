//! Bins tile the hive, cells tile the bins; and a map of which cells there are and which of them are spoken for.

use super::Report;
use crate::bytes::{i32_at, index, u32_at};

/// A bit for each eight bytes of the bins: that is how cells are aligned.
pub(super) struct Map {
    allocated: Vec<u64>,
    claimed: Vec<u64>,
}

impl Map {
    /// Walks all bins; nothing where they do not tile, for then no cell is certain.
    pub(super) fn of(bins: &[u8], report: &mut Report) -> Option<Self> {
        let words = bins.len().div_ceil(8 * 64);
        let mut map = Self { allocated: vec![0; words], claimed: vec![0; words] };
        let mut start = 0;
        while start < bins.len() {
            let at = u32::try_from(start).ok()?;
            if bins.get(start..start + 4) != Some(b"hbin") || u32_at(bins, start + 4) != Some(at) {
                report.error(at, "a bin does not start where the one before ends");
                return None;
            }
            let length = u32_at(bins, start + 8).map_or(0, index);
            let end = start.checked_add(length).filter(|end| *end <= bins.len());
            let Some(end) = end.filter(|_| length >= 4096 && length.is_multiple_of(4096)) else {
                report.error(at, "a bin's size is impossible");
                return None;
            };
            let mut here = start + 32;
            while here < end {
                let offset = u32::try_from(here).ok()?;
                let size = i32_at(bins, here).unwrap_or(0);
                let length = index(size.unsigned_abs());
                if length < 8 || !length.is_multiple_of(8) || here + length > end {
                    report.error(offset, "the cells of a bin do not fill it");
                    return None;
                }
                if size < 0 {
                    set(&mut map.allocated, offset);
                }
                here += length;
            }
            start = end;
        }
        Some(map)
    }

    /// Takes a cell for one owner. Two owners, or an offset into the middle of something, are errors.
    pub(super) fn claim(&mut self, offset: u32, report: &mut Report) -> bool {
        if !offset.is_multiple_of(8) || !get(&self.allocated, offset) {
            report.error(offset, "an offset leads to no cell in use");
            return false;
        }
        if get(&self.claimed, offset) {
            report.error(offset, "a cell belongs to two owners");
            return false;
        }
        set(&mut self.claimed, offset);
        true
    }

    /// Whether some key or other claimed it.
    pub(super) fn is_claimed(&self, offset: u32) -> bool {
        offset.is_multiple_of(8) && get(&self.claimed, offset)
    }

    /// Cells in use that nothing leads to are room lost, no harm done.
    pub(super) fn unreached(&self, report: &mut Report) {
        for (word, (allocated, claimed)) in self.allocated.iter().zip(&self.claimed).enumerate() {
            let lost = allocated & !claimed;
            for bit in (0..64).filter(|bit| lost & (1 << bit) != 0) {
                let offset = (word * 64 + bit) * 8;
                report.remark(
                    u32::try_from(offset).unwrap_or(u32::MAX),
                    "a cell is in use and nothing leads to it",
                );
            }
        }
    }
}

fn set(bits: &mut [u64], offset: u32) {
    let bit = index(offset / 8);
    if let Some(word) = bits.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}

fn get(bits: &[u64], offset: u32) -> bool {
    let bit = index(offset / 8);
    bits.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0)
}
