//! A disk that is an array.

use std::io;

use super::Blocks;

/// Bytes in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryBlocks(Vec<u8>);

impl MemoryBlocks {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes as they are now.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Gives the bytes back.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn range(&self, at: u64, length: usize) -> io::Result<std::ops::Range<usize>> {
        let start = usize::try_from(at).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let end = start.checked_add(length).filter(|end| *end <= self.0.len());
        Ok(start..end.ok_or(io::ErrorKind::UnexpectedEof)?)
    }
}

impl Blocks for MemoryBlocks {
    fn size(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let range = self.range(at, into.len())?;
        into.copy_from_slice(&self.0[range]);
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let range = self.range(at, bytes.len())?;
        self.0[range].copy_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
