//! Free cells: where a new one fits, and how the hive grows inside of its file.

use std::collections::BTreeMap;

use crate::Refusal;
use crate::bytes::{i32_at, index, u32_at};
use crate::error::{Damage, Error, Structure};
use crate::hive::base::LENGTH;
use crate::hive::image::Hive;

/// The free cells of a checked hive, by offset.
pub(super) struct Space {
    free: BTreeMap<u32, u32>,
    /// Where bins start.
    bins: Vec<u32>,
}

fn damage(at: u32) -> Damage {
    Damage::new(Structure::Hive, at, "its cells do not fill it")
}

impl Space {
    pub(super) fn of(hive: &Hive) -> Result<Self, Damage> {
        let bytes = hive.bins();
        let mut space = Self { free: BTreeMap::new(), bins: Vec::new() };
        let mut start = 0;
        while start < bytes.len() {
            let at = u32::try_from(start).map_err(|_| damage(0))?;
            space.bins.push(at);
            let end = start + u32_at(bytes, start + 8).map_or(0, index);
            if end <= start || end > bytes.len() {
                return Err(damage(at));
            }
            let mut here = start + 32;
            while here < end {
                let offset = u32::try_from(here).map_err(|_| damage(at))?;
                let size = i32_at(bytes, here).ok_or_else(|| damage(offset))?;
                if size > 0 {
                    space.free.insert(offset, size.unsigned_abs());
                }
                if size.unsigned_abs() < 8 {
                    return Err(damage(offset));
                }
                here += index(size.unsigned_abs());
            }
            start = end;
        }
        Ok(space)
    }

    /// A cell with room for `length` bytes, marked as used: the smallest that fits, the first of them.
    pub(super) fn take(&mut self, hive: &mut Hive, length: usize) -> Result<u32, Error> {
        let needed = (length + 4).next_multiple_of(8).max(8);
        let needed = u32::try_from(needed).map_err(|_| Refusal::HiveMustGrow)?;
        let fit = |space: &Self| {
            let fits = space.free.iter().filter(|(_, size)| **size >= needed);
            fits.min_by_key(|(_, size)| **size).map(|(offset, size)| (*offset, *size))
        };
        let (offset, size) = if let Some(found) = fit(self) {
            found
        } else {
            self.grow(hive, needed)?;
            fit(self).ok_or(Refusal::HiveMustGrow)?
        };
        self.free.remove(&offset);
        let rest = size - needed;
        // The rest is a multiple of eight, and eight is enough for a cell.
        let used = if rest >= 8 {
            self.mark_free(hive, offset + needed, rest)?;
            needed
        } else {
            size
        };
        let size = i32::try_from(used).map_err(|_| damage(offset))?;
        hive.put(index(offset), &(-size).to_le_bytes())?;
        Ok(offset)
    }

    /// Marks a cell as free, together with free neighbours in its bin.
    pub(super) fn give(&mut self, hive: &mut Hive, offset: u32) -> Result<(), Error> {
        let size = i32_at(hive.bins(), index(offset)).filter(|size| *size < 0);
        let size = size.ok_or_else(|| damage(offset))?.unsigned_abs();
        let next_bin = self.bins.get(self.bins.partition_point(|bin| *bin <= offset)).copied();
        let mut start = offset;
        let mut end = offset.checked_add(size).ok_or_else(|| damage(offset))?;
        if next_bin != Some(end)
            && let Some(behind) = self.free.remove(&end)
        {
            end += behind;
        }
        if let Some((before, length)) =
            self.free.range(..offset).next_back().map(|(at, size)| (*at, *size))
            && before + length == offset
        {
            // A bin's header lies between the cells of two bins, so that these are of one.
            self.free.remove(&before);
            start = before;
        }
        self.mark_free(hive, start, end - start)
    }

    fn mark_free(&mut self, hive: &mut Hive, offset: u32, size: u32) -> Result<(), Error> {
        let signed = i32::try_from(size).map_err(|_| damage(offset))?;
        hive.put(index(offset), &signed.to_le_bytes())?;
        self.free.insert(offset, size);
        Ok(())
    }

    /// A new bin behind the last, where the file has room: what lay there is a remnant, and is cleared.
    fn grow(&mut self, hive: &mut Hive, needed: u32) -> Result<(), Error> {
        let start = hive.base.bins;
        let size = needed.checked_add(32).and_then(|size| size.checked_next_multiple_of(4096));
        let size = size.ok_or(Refusal::HiveMustGrow)?;
        let end = start.checked_add(size).ok_or(Refusal::HiveMustGrow)?;
        if LENGTH.saturating_add(index(end)) > hive.file {
            return Err(Refusal::HiveMustGrow.into());
        }
        let mut bin = vec![0; index(size)];
        bin[..4].copy_from_slice(b"hbin");
        bin[4..8].copy_from_slice(&start.to_le_bytes());
        bin[8..12].copy_from_slice(&size.to_le_bytes());
        hive.put(index(start), &bin)?;
        hive.set_bins(end)?;
        self.bins.push(start);
        self.mark_free(hive, start + 32, size - 32)
    }
}
