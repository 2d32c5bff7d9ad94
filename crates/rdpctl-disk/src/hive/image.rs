//! A hive's file in memory, and which of its sectors are no longer what lies on the disk.

use std::sync::Arc;

use super::absent::Absent;
use super::base::{self, Base, LENGTH, SECTOR};
use super::cell::Cells;
use crate::Refusal;
use crate::bytes::slice;
use crate::error::{Damage, Error, Structure};

/// A hive that is whole: as it was closed, or with its logs replayed.
#[derive(Clone, Debug)]
pub struct Hive {
    /// The file, and behind it what its logs let it grow by.
    pub(super) bytes: Vec<u8>,
    /// How long the file itself is.
    pub(super) file: usize,
    pub(super) base: Base,
    /// Greater than this is the number of the next write: no entry of any log has a greater one.
    pub(super) greatest: u32,
    touched: Touched,
    recovery: Recovery,
    beside: Beside,
    /// What of it was not read yet, where not all was.
    absent: Option<Arc<Absent>>,
}

/// What lies beside a hive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// New logs, or none.
    NumberedLogs,
    /// A log of the old kind.
    OldLog,
}

/// How a hive came to be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// It was closed.
    Clean,
    /// A log of the kind before Windows 8.1 was replayed.
    Old,
    /// That many entries of newer logs were.
    New {
        /// How many.
        entries: usize,
    },
}

/// What has to be written for a hive to become what it is in memory.
///
/// In three parts, each safe on the disk before the next: the hive is marked as being written, its sectors are
/// written, the mark goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The first sector, marked.
    pub opening: Vec<u8>,
    /// Runs of sectors, by their place in the file; none of them the first.
    pub sectors: Vec<(u64, Vec<u8>)>,
    /// The first sector, closed.
    pub closing: Vec<u8>,
}

impl Hive {
    pub(super) fn new(bytes: Vec<u8>, base: Base, greatest: u32, beside: Beside) -> Self {
        let touched = Touched::new(bytes.len());
        Self {
            file: bytes.len(),
            bytes,
            base,
            greatest,
            touched,
            recovery: Recovery::Clean,
            beside,
            absent: None,
        }
    }

    /// A closed hive of which only some was read.
    pub(super) fn read_in_parts(bytes: Vec<u8>, base: Base, absent: Arc<Absent>) -> Self {
        let greatest = base.primary;
        Self { absent: Some(absent), ..Self::new(bytes, base, greatest, Beside::NumberedLogs) }
    }

    /// Puts a part where it belongs; nothing of that is a change.
    pub(super) fn fill(&mut self, at: usize, content: &[u8]) -> Option<()> {
        let place = self.bytes.get_mut(at..at.checked_add(content.len())?)?;
        place.copy_from_slice(content);
        Some(())
    }

    /// Whether only some of it was read: such a hive is asked, and neither checked as a whole nor edited.
    #[must_use]
    pub fn is_in_parts(&self) -> bool {
        self.absent.is_some()
    }

    /// Its cells.
    pub(super) fn cells(&self) -> Cells<'_> {
        Cells::of(self.bins(), self.absent.as_deref())
    }

    /// How it came to be whole.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    pub(super) fn recovered(&mut self, recovery: Recovery) {
        self.recovery = recovery;
    }

    /// The bins: all that keys and values are made of.
    #[must_use]
    pub fn bins(&self) -> &[u8] {
        slice(&self.bytes, LENGTH, self.base.bins()).unwrap_or_default()
    }

    /// The whole file as it would be.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts bytes into the bins, and remembers which sectors that changed.
    pub(super) fn put(&mut self, at: usize, new: &[u8]) -> Result<(), Damage> {
        let damage = || Damage::new(Structure::Hive, at, "a change lies outside of the hive");
        let start = at.checked_add(LENGTH).ok_or_else(damage)?;
        let end = start.checked_add(new.len()).ok_or_else(damage)?;
        let old = self.bytes.get_mut(start..end).ok_or_else(damage)?;
        let mut here = start;
        while here < end {
            let next = (here / SECTOR * SECTOR + SECTOR).min(end);
            let (old, new) =
                (&mut old[here - start..next - start], &new[here - start..next - start]);
            if old != new {
                old.copy_from_slice(new);
                self.touched.set(here / SECTOR);
            }
            here = next;
        }
        Ok(())
    }

    /// Makes room in memory up to so many bytes of bins; what is new is zeros.
    pub(super) fn reserve(&mut self, bins: usize) {
        let length = LENGTH.saturating_add(bins);
        if length > self.bytes.len() {
            self.bytes.resize(length, 0);
            self.touched.grow(length);
        }
    }

    pub(super) fn set_bins(&mut self, bins: u32) -> Result<(), Damage> {
        self.base.bins = bins;
        self.header(|sector| base::set_bins(sector, bins))
    }

    /// Changes the first sector; it is rewritten in any case.
    pub(super) fn header(
        &mut self,
        change: impl FnOnce(&mut [u8]) -> Option<()>,
    ) -> Result<(), Damage> {
        let sector = self.bytes.get_mut(..SECTOR);
        sector.and_then(change).ok_or_else(|| Damage::new(Structure::Hive, 0_u64, "it is cut off"))
    }

    /// What has to be written; nothing where memory and file agree.
    ///
    /// While the hive is being written it must not fit any log that lies beside it, or Windows would put old sectors
    /// over new ones should the power go: new logs are told by their numbers, so that both of ours are greater than
    /// any of theirs; old ones by the time of writing, which therefore moves on.
    pub fn changed(mut self) -> Result<Option<Changed>, Error> {
        if self.recovery == Recovery::Clean && self.touched.is_empty() {
            return Ok(None);
        }
        if LENGTH + self.base.bins() > self.file {
            return Err(Refusal::HiveMustGrow.into());
        }
        if self.beside == Beside::OldLog {
            let written = self.base.written.wrapping_add(1).to_le_bytes();
            self.header(|sector| base::set_written(sector, written))?;
            // The first bin repeats it.
            self.put(20, &written)?;
        }
        let exhausted = || Damage::new(Structure::Hive, 4_u64, "its sequence numbers are used up");
        let number = self.greatest.checked_add(2).ok_or_else(exhausted)?;
        let sector = |secondary: u32| {
            let mut sector = self.bytes.get(..SECTOR).unwrap_or_default().to_vec();
            base::number(&mut sector, number, secondary).map(|()| sector).ok_or_else(exhausted)
        };
        let mut sectors: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut last = 0;
        for index in self.touched.iter().filter(|index| *index > 0) {
            // A file may end within a sector of the bins' tail; what lies behind it is not ours.
            let Some(bytes) = slice(&self.bytes, index * SECTOR, SECTOR) else { continue };
            if let Some((_, run)) = sectors.last_mut().filter(|_| index == last + 1) {
                run.extend_from_slice(bytes);
            } else {
                let at = u64::try_from(index * SECTOR).unwrap_or(u64::MAX);
                sectors.push((at, bytes.to_vec()));
            }
            last = index;
        }
        Ok(Some(Changed { opening: sector(number - 1)?, sectors, closing: sector(number)? }))
    }
}

/// A bit for each sector.
#[derive(Clone, Debug)]
struct Touched(Vec<u64>);

impl Touched {
    fn new(length: usize) -> Self {
        Self(vec![0; length.div_ceil(SECTOR).div_ceil(64)])
    }

    fn grow(&mut self, length: usize) {
        self.0.resize(length.div_ceil(SECTOR).div_ceil(64), 0);
    }

    fn set(&mut self, sector: usize) {
        if let Some(word) = self.0.get_mut(sector / 64) {
            *word |= 1 << (sector % 64);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| at * 64 + bit)
        })
    }
}
