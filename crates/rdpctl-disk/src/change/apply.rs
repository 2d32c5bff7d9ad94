//! Doing a change, finishing one that was cut off, putting one back.

use super::{Change, Step, Write};
use crate::Refusal;
use crate::blocks::{Blocks, read};
use crate::error::{Access, Error};
use crate::table::{SECTOR, Table};

/// How far a change has come on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All is as it was before.
    Before,
    /// All is as it is to be.
    After,
    /// Something in between, torn sectors among it.
    Between,
    /// A sector is none of ours: somebody else wrote it.
    Foreign {
        /// Its first byte.
        at: u64,
    },
}

/// One sector, and all that it ever is in the course of a change.
struct Sector<'a> {
    at: u64,
    contents: Vec<&'a [u8]>,
}

impl Change {
    /// Does the change. Nothing is written unless all is as it was when the change was made.
    pub fn apply(&self, blocks: &mut dyn Blocks) -> Result<(), Error> {
        self.is_of(blocks)?;
        for sector in self.sectors() {
            let now = read(blocks, sector.at, sector_size())?;
            if sector.contents.first().is_some_and(|before| *before != now) {
                return Err(Refusal::ChangedSince { at: sector.at }.into());
            }
        }
        self.finish(blocks)
    }

    /// Goes on from wherever it was cut off, to the end. Doing so again changes nothing.
    pub fn finish(&self, blocks: &mut dyn Blocks) -> Result<(), Error> {
        self.is_ours(blocks)?;
        for step in &self.steps {
            write(blocks, step, |write| &write.after)?;
        }
        self.read_back(blocks, Standing::After)
    }

    /// Goes back from wherever it stands, to how it was before. Doing so again changes nothing.
    pub fn put_back(&self, blocks: &mut dyn Blocks) -> Result<(), Error> {
        self.is_ours(blocks)?;
        for step in self.steps.iter().rev() {
            write(blocks, step, |write| &write.before)?;
        }
        self.read_back(blocks, Standing::Before)
    }

    /// Looks where the change stands.
    pub fn standing(&self, blocks: &dyn Blocks) -> Result<Standing, Error> {
        self.is_of(blocks)?;
        let (mut before, mut after) = (true, true);
        for sector in self.sectors() {
            let now = read(blocks, sector.at, sector_size())?;
            before &= sector.contents.first().is_some_and(|content| *content == now);
            after &= sector.contents.last().is_some_and(|content| *content == now);
            // A disk that lost power in mid-sector leaves bytes of both contents.
            let ours = now.iter().enumerate().all(|(at, byte)| {
                sector.contents.iter().any(|content| content.get(at) == Some(byte))
            });
            if !ours {
                return Ok(Standing::Foreign { at: sector.at });
            }
        }
        Ok(match (before, after) {
            (true, _) => Standing::Before,
            (false, true) => Standing::After,
            (false, false) => Standing::Between,
        })
    }

    fn is_of(&self, blocks: &dyn Blocks) -> Result<(), Error> {
        let table = Table::read(blocks)?;
        if blocks.size() != self.size || table.identity != self.identity {
            return Err(Refusal::OtherDisk.into());
        }
        Ok(())
    }

    fn is_ours(&self, blocks: &dyn Blocks) -> Result<(), Error> {
        match self.standing(blocks)? {
            Standing::Before | Standing::After | Standing::Between => Ok(()),
            Standing::Foreign { at } => Err(Refusal::ChangedSince { at }.into()),
        }
    }

    fn read_back(&self, blocks: &dyn Blocks, wanted: Standing) -> Result<(), Error> {
        match self.standing(blocks)? {
            standing if standing == wanted => Ok(()),
            // Nothing was to be done, which is both.
            Standing::Before if self.is_empty() => Ok(()),
            Standing::Foreign { at } => Err(Refusal::ChangedSince { at }.into()),
            Standing::Before | Standing::After | Standing::Between => {
                let at =
                    self.steps.iter().flat_map(|step| &step.writes).map(|write| write.at).next();
                Err(Refusal::ChangedSince { at: at.unwrap_or(0) }.into())
            }
        }
    }

    /// Every sector that is ever written, with its contents in order.
    fn sectors(&self) -> impl Iterator<Item = Sector<'_>> {
        let mut sectors: std::collections::BTreeMap<u64, Vec<&[u8]>> =
            std::collections::BTreeMap::new();
        for write in self.steps.iter().flat_map(|step| &step.writes) {
            let pairs = write.before.chunks(sector_size()).zip(write.after.chunks(sector_size()));
            let mut at = write.at;
            for (before, after) in pairs {
                let contents = sectors.entry(at).or_insert_with(|| vec![before]);
                contents.push(after);
                at = at.saturating_add(SECTOR);
            }
        }
        sectors.into_iter().map(|(at, contents)| Sector { at, contents })
    }
}

fn sector_size() -> usize {
    crate::bytes::index64(SECTOR)
}

fn write(
    blocks: &mut dyn Blocks,
    step: &Step,
    content: impl Fn(&Write) -> &Vec<u8>,
) -> Result<(), Error> {
    for write in &step.writes {
        blocks.write_at(write.at, content(write)).map_err(Error::io(Access::Write, write.at))?;
    }
    let at = step.writes.first().map_or(0, |write| write.at);
    blocks.flush().map_err(Error::io(Access::Flush, at))
}
