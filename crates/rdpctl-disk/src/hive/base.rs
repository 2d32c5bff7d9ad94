//! The first 4,096 bytes of a hive, and the first 512 of a log: who it is, and whether it was closed.

use crate::bytes::{index, put, slice, u32_at, u64_at};

/// How long the block is. All offsets in a hive count from its end.
pub(super) const LENGTH: usize = 4096;
/// How much of it a log repeats, and its sum covers.
pub(super) const SECTOR: usize = 512;

const PRIMARY: usize = 4;
const SECONDARY: usize = 8;
const KIND: usize = 28;
const BINS: usize = 40;
const FLAGS: usize = 144;
const SUM: usize = 508;

/// What the block says, as far as its signature and sum make it one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) primary: u32,
    pub(super) secondary: u32,
    pub(super) written: u64,
    pub(super) minor: u32,
    pub(super) kind: u32,
    pub(super) root: u32,
    pub(super) bins: u32,
    pub(super) clustering: u32,
    /// Whether the rest of the fields is what a hive of Windows NT 4 to 11 has.
    pub(super) is_plausible: bool,
}

impl Base {
    /// Reads the block; nothing where signature or sum are wrong.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let sector = slice(bytes, 0, SECTOR)?;
        if !sector.starts_with(b"regf") || u32_at(sector, SUM)? != sum(sector) {
            return None;
        }
        let word = |at| u32_at(sector, at);
        let (major, minor, format, bins) = (word(20)?, word(24)?, word(32)?, word(BINS)?);
        Some(Self {
            primary: word(PRIMARY)?,
            secondary: word(SECONDARY)?,
            written: u64_at(sector, 12)?,
            minor,
            kind: word(KIND)?,
            root: word(36)?,
            bins,
            clustering: word(44)?,
            is_plausible: major == 1
                && (3..=6).contains(&minor)
                && format == 1
                && bins > 0
                && bins.is_multiple_of(4096),
        })
    }

    /// How many bytes the hive's bins have.
    pub(super) fn bins(&self) -> usize {
        index(self.bins)
    }
}

/// XOR of all words before the sum itself; two results stand for others.
fn sum(sector: &[u8]) -> u32 {
    let words = sector.get(..SUM).unwrap_or_default().as_chunks::<4>().0;
    match words.iter().fold(0, |sum, word| sum ^ u32::from_le_bytes(*word)) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}

/// Writes both numbers, and the sum after them.
pub(super) fn number(sector: &mut [u8], primary: u32, secondary: u32) -> Option<()> {
    put(sector, PRIMARY, &primary.to_le_bytes())?;
    put(sector, SECONDARY, &secondary.to_le_bytes())?;
    seal(sector)
}

/// Says how long the bins are.
pub(super) fn set_bins(sector: &mut [u8], bins: u32) -> Option<()> {
    put(sector, BINS, &bins.to_le_bytes())?;
    seal(sector)
}

/// Says when the hive was last written.
pub(super) fn set_written(sector: &mut [u8], written: [u8; 8]) -> Option<()> {
    put(sector, 12, &written)?;
    seal(sector)
}

/// Takes over whether transactions are pending.
pub(super) fn set_locked(sector: &mut [u8], flags: u32) -> Option<()> {
    let kept = (u32_at(sector, FLAGS)? & !1) | (flags & 1);
    put(sector, FLAGS, &kept.to_le_bytes())?;
    seal(sector)
}

/// Makes a log's block a hive's.
pub(super) fn set_hive(sector: &mut [u8]) -> Option<()> {
    put(sector, KIND, &0_u32.to_le_bytes())?;
    seal(sector)
}

fn seal(sector: &mut [u8]) -> Option<()> {
    let sum = sum(sector);
    put(sector, SUM, &sum.to_le_bytes())
}
