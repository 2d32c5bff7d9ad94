//! Making a change: edited hives and repointed files become sectors with places.

use super::{Change, Step, Write};
use crate::Refusal;
use crate::blocks::{Region, read};
use crate::bytes::index64;
use crate::error::Error;
use crate::hive::{Changed, Hive};
use crate::ntfs::SecurityId;
use crate::table::Partition;
use crate::windows::{BootStore, Disk, HiveName, Installation, hive_path};

/// Gathers what is to change on one disk.
pub struct Planner<'d, 'a> {
    disk: &'d Disk<'a>,
    steps: Vec<Step>,
}

impl<'d, 'a> Planner<'d, 'a> {
    /// Starts with nothing.
    #[must_use]
    pub fn new(disk: &'d Disk<'a>) -> Self {
        Self { disk, steps: Vec::new() }
    }

    /// An edited registry hive.
    pub fn hive(
        &mut self,
        installation: &Installation,
        name: HiveName,
        edited: Hive,
    ) -> Result<(), Error> {
        self.edited(&installation.partition, &hive_path(name), edited)
    }

    /// An edited boot store.
    pub fn boot_store(&mut self, store: &BootStore, edited: Hive) -> Result<(), Error> {
        self.edited(&store.partition, &store.path("BCD"), edited)
    }

    fn edited(&mut self, partition: &Partition, path: &[&str], edited: Hive) -> Result<(), Error> {
        let Some(Changed { opening, sectors, closing }) = edited.changed()? else { return Ok(()) };
        let mut first = Vec::new();
        self.sectors(partition, path, 0, &opening, &mut first)?;
        let mut last = Vec::new();
        for (write, closed) in first.iter().zip(closing.chunks(opening.len())) {
            last.push(Write { at: write.at, before: write.after.clone(), after: closed.to_vec() });
        }
        let mut middle = Vec::new();
        for (at, bytes) in sectors {
            self.sectors(partition, path, at, &bytes, &mut middle)?;
        }
        self.steps.extend([first, middle, last].map(|writes| Step { writes }));
        Ok(())
    }

    fn sectors(
        &self,
        partition: &Partition,
        path: &[&str],
        at: u64,
        bytes: &[u8],
        into: &mut Vec<Write>,
    ) -> Result<(), Error> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.regions(self.disk.locate(partition, path, at, length)?, bytes, into)
    }

    fn regions(
        &self,
        regions: Vec<Region>,
        bytes: &[u8],
        into: &mut Vec<Write>,
    ) -> Result<(), Error> {
        let mut rest = bytes;
        for region in regions {
            let (now, later) = rest.split_at(index64(region.length).min(rest.len()));
            let before = read(self.disk.blocks(), region.start, now.len())?;
            into.push(Write { at: region.start, before, after: now.to_vec() });
            rest = later;
        }
        Ok(())
    }

    /// Another descriptor for a file that is on an NTFS volume: one that its store holds already.
    pub fn security(
        &mut self,
        partition: &Partition,
        path: &[&str],
        id: SecurityId,
    ) -> Result<(), Error> {
        let volume = self.disk.ntfs(partition)?;
        let file = volume.find(path)?.ok_or(Refusal::NoWindows)?;
        if volume.security_id(&file)? == id {
            return Ok(());
        }
        let repointed = volume.repoint(&file, id)?;
        let mut writes = Vec::new();
        self.regions(repointed.regions, &repointed.after, &mut writes)?;
        self.steps.push(Step { writes });
        Ok(())
    }

    /// Files of a folder of an NTFS volume get names by which nobody finds them.
    pub fn aside(
        &mut self,
        partition: &Partition,
        folder: &[&str],
        names: &[&str],
    ) -> Result<(), Error> {
        let volume = self.disk.ntfs(partition)?;
        let folder = volume.find(folder)?.ok_or(Refusal::NoWindows)?;
        let mut writes = Vec::new();
        for rewritten in volume.set_aside(&folder, names)? {
            self.regions(rewritten.regions, &rewritten.after, &mut writes)?;
        }
        self.steps.push(Step { writes });
        Ok(())
    }

    /// The change.
    #[must_use]
    pub fn finish(self) -> Change {
        Change {
            identity: self.disk.table.identity,
            size: self.disk.blocks().size(),
            steps: self.steps,
        }
    }
}
