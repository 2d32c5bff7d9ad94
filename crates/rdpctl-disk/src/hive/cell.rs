//! Cells: what bins are made of, and all that an offset in a hive can mean.

use super::absent::Absent;
use super::base::LENGTH;
use crate::bytes::{i32_at, index, slice};
use crate::error::{Damage, Structure};

/// An offset that points nowhere.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The bins of a hive, read by offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'a> {
    bins: &'a [u8],
    /// What of them was not read yet, where not all was.
    absent: Option<&'a Absent>,
}

impl<'a> Cells<'a> {
    pub(super) fn of(bins: &'a [u8], absent: Option<&'a Absent>) -> Self {
        Self { bins, absent }
    }

    /// How many bytes the bins have.
    pub(super) fn len(self) -> usize {
        self.bins.len()
    }

    /// Whether only some of the bins were read.
    pub(super) fn is_in_parts(self) -> bool {
        self.absent.is_some()
    }

    fn is_there(self, at: usize, length: usize) -> bool {
        // Bins stand behind the file's first block.
        self.absent.is_none_or(|absent| absent.has(at.saturating_add(LENGTH), length))
    }

    /// The content of an allocated cell, without its size.
    pub(super) fn get(self, offset: u32) -> Result<&'a [u8], Damage> {
        let damage = |what| Damage::new(Structure::Hive, offset, what);
        let at = index(offset);
        if at.saturating_add(4) <= self.bins.len() && !self.is_there(at, 4) {
            return Err(damage("this part of it was not read"));
        }
        let size = i32_at(self.bins, at).ok_or_else(|| damage("an offset leaves the hive"))?;
        if size >= 0 {
            return Err(damage("an offset leads to a free cell"));
        }
        let length = index(size.unsigned_abs());
        if length < 8 || !length.is_multiple_of(8) || !at.is_multiple_of(8) {
            return Err(damage("a cell's size is impossible"));
        }
        let content = slice(self.bins, at + 4, length - 4);
        let content = content.ok_or_else(|| damage("a cell ends behind the hive"))?;
        if self.is_there(at, length) {
            Ok(content)
        } else {
            Err(damage("this part of it was not read"))
        }
    }
}
