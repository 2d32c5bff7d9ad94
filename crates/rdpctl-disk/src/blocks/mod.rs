//! A disk as bytes: whatever can be read and written at a place is one.

mod file;
mod format;
mod memory;

use std::io;

pub use file::{FileBlocks, Open};
pub use format::{Format, Wrapper};
pub use memory::MemoryBlocks;

use crate::error::{Access, Error};

/// Bytes with addresses. Nothing is buffered: what `flush` has returned from is on the disk.
pub trait Blocks {
    /// How many bytes there are.
    fn size(&self) -> u64;
    /// Fills `into` from `at` on, or fails.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()>;
    /// Writes all of `bytes` at `at`, or fails.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything written is safe from a loss of power.
    fn flush(&mut self) -> io::Result<()>;
}

/// `length` bytes from `at` on. The caller has bounded `length`.
pub(crate) fn read(blocks: &dyn Blocks, at: u64, length: usize) -> Result<Vec<u8>, Error> {
    let end = at.checked_add(u64::try_from(length).unwrap_or(u64::MAX));
    if end.is_none_or(|end| end > blocks.size()) {
        // Said before memory is taken: a number off the disk must not become an allocation.
        return Err(Error::io(Access::Read, at)(io::ErrorKind::UnexpectedEof.into()));
    }
    let mut bytes = vec![0; length];
    blocks.read_at(at, &mut bytes).map_err(Error::io(Access::Read, at))?;
    Ok(bytes)
}

/// A part of a disk, as its table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First byte.
    pub start: u64,
    /// How many.
    pub length: u64,
}

impl Region {
    /// Where a byte of this region lies on the disk; nothing outside of it.
    pub(crate) fn place(&self, at: u64, length: u64) -> Option<u64> {
        (at.checked_add(length)? <= self.length).then(|| self.start.checked_add(at)).flatten()
    }

    /// Reads within the region.
    pub(crate) fn read(
        &self,
        blocks: &dyn Blocks,
        at: u64,
        length: usize,
    ) -> Result<Vec<u8>, Error> {
        let place = self.place(at, u64::try_from(length).unwrap_or(u64::MAX)).ok_or_else(|| {
            Error::io(Access::Read, at.saturating_add(self.start))(
                io::ErrorKind::UnexpectedEof.into(),
            )
        })?;
        read(blocks, place, length)
    }
}
