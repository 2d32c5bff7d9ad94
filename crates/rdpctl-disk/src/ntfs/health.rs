//! Whether a volume may be changed behind Windows' back: its log, its flag, a session that waits on it.

use super::attribute::kind;
use super::record::FileId;
use super::volume::Volume;
use crate::Refusal;
use crate::bytes::{slice, u16_at};
use crate::error::{Damage, Error, Structure};

/// What stands against changing a volume. Each is a reason by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// In the order in which they should be told.
    pub against: Vec<Refusal>,
}

impl Health {
    /// Refuses with the first reason.
    pub fn refuse(&self) -> Result<(), Refusal> {
        self.against.first().cloned().map_or(Ok(()), Err)
    }
}

impl Volume<'_> {
    /// Looks at the volume's flag, log and hibernation file.
    pub fn health(&self) -> Result<Health, Error> {
        let mut against = Vec::new();
        if self.is_hibernated()? {
            against.push(Refusal::Hibernated);
        }
        if !self.is_log_clean()? {
            against.push(Refusal::UncleanLog);
        }
        if self.is_dirty()? {
            against.push(Refusal::DirtyVolume);
        }
        Ok(Health { against })
    }

    fn is_dirty(&self) -> Result<bool, Error> {
        let volume = self.file(FileId { record: 3, sequence: 0 })?;
        let information = self.stream(&volume, kind::VOLUME_INFORMATION, "")?;
        let damage = || {
            Damage::new(Structure::Ntfs, 3_u64, "the volume's own record says nothing of its state")
        };
        let bytes = information.ok_or_else(damage)?.read_all(self, 4096)?;
        Ok(u16_at(&bytes, 10).ok_or_else(damage)? & 1 != 0)
    }

    /// The log is closed where it was never used, where its restart area has no clients, or says so itself. Both
    /// restart pages are written in turn: the one with the greater number counts.
    fn is_log_clean(&self) -> Result<bool, Error> {
        let file = self.file(FileId { record: 2, sequence: 0 })?;
        let Some(stream) = self.data(&file)? else { return Ok(false) };
        let page = |at: u64| -> Result<Option<Vec<u8>>, Error> {
            if stream.size() < at + 4096 { Ok(None) } else { stream.read(self, at, 4096).map(Some) }
        };
        let pages = [page(0)?, page(4096)?];
        if pages.iter().flatten().all(|page| page.iter().all(|byte| *byte == 0xff)) {
            return Ok(true);
        }
        let newest = pages
            .iter()
            .flatten()
            .filter_map(|page| Restart::read(page))
            .max_by_key(|area| area.number);
        Ok(newest.is_some_and(|area| area.is_closed))
    }

    /// Short files are what a session leaves that is being written: refused as well.
    fn is_hibernated(&self) -> Result<bool, Error> {
        let Some(file) = self.find(&["hiberfil.sys"])? else { return Ok(false) };
        let Some(stream) = self.data(&file)? else { return Ok(false) };
        if stream.size() < 4096 {
            return Ok(true);
        }
        let signature = stream.read(self, 0, 4)?;
        Ok(matches!(&*signature, b"hibr" | b"HIBR"))
    }
}

struct Restart {
    number: u64,
    is_closed: bool,
}

impl Restart {
    fn read(page: &[u8]) -> Option<Self> {
        if !page.starts_with(b"RSTR") {
            return None;
        }
        let area = page.get(usize::from(u16_at(page, 24)?)..)?;
        let number = crate::bytes::u64_at(slice(area, 0, 16)?, 0)?;
        let is_closed = u16_at(area, 12)? == 0xffff || u16_at(area, 14)? & 2 != 0;
        Some(Self { number, is_closed })
    }
}
