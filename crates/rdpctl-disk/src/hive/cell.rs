//! Cells: what bins are made of, and all that an offset in a hive can mean.

use crate::bytes::{i32_at, index, slice};
use crate::error::{Damage, Structure};

/// An offset that points nowhere.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The bins of a hive, read by offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'a>(pub(super) &'a [u8]);

impl<'a> Cells<'a> {
    /// The content of an allocated cell, without its size.
    pub(super) fn get(self, offset: u32) -> Result<&'a [u8], Damage> {
        let damage = |what| Damage::new(Structure::Hive, offset, what);
        let at = index(offset);
        let size = i32_at(self.0, at).ok_or_else(|| damage("an offset leaves the hive"))?;
        if size >= 0 {
            return Err(damage("an offset leads to a free cell"));
        }
        let length = index(size.unsigned_abs());
        if length < 8 || !length.is_multiple_of(8) || !at.is_multiple_of(8) {
            return Err(damage("a cell's size is impossible"));
        }
        slice(self.0, at + 4, length - 4).ok_or_else(|| damage("a cell ends behind the hive"))
    }
}
