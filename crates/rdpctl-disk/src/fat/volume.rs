//! A volume, its chains of clusters, and files by path.

use super::boot::{Geometry, Root, Width};
use super::directory::{self, Kind};
use crate::blocks::{self, Blocks, Region};
use crate::bytes::index64;
use crate::error::{Damage, Error, Structure};

/// What is looked for here is a boot store of some kilobytes.
const MOST_FILE: u64 = 64 << 20;
/// A folder has at most 65,536 entries.
const MOST_FOLDER: u64 = 2 << 20;

/// A FAT volume on a disk.
pub struct Volume<'a> {
    blocks: &'a dyn Blocks,
    region: Region,
    geometry: Geometry,
}

/// A file: where its bytes lie on the disk, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    regions: Vec<Region>,
    size: u64,
}

impl<'a> Volume<'a> {
    /// Opens the volume in a region; the caller has seen that it is FAT.
    pub fn open(blocks: &'a dyn Blocks, region: Region) -> Result<Self, Error> {
        let geometry = Geometry::read(&region.read(blocks, 0, 512)?)?;
        Ok(Self { blocks, region, geometry })
    }

    /// The file at a path of ASCII names; nothing where there is none.
    pub fn find(&self, path: &[&str]) -> Result<Option<File>, Error> {
        let mut folder = match self.geometry.root {
            Root::Fixed { at, length } => self.region.read(self.blocks, at, index64(length))?,
            Root::Cluster(first) => self.content(first)?,
        };
        let Some((name, folders)) = path.split_last() else { return Ok(None) };
        for name in folders {
            let Some(found) =
                directory::find(&folder, name).filter(|found| found.kind == Kind::Folder)
            else {
                return Ok(None);
            };
            folder = self.content(found.cluster)?;
        }
        let Some(found) = directory::find(&folder, name).filter(|found| found.kind == Kind::File)
        else {
            return Ok(None);
        };
        let size = u64::from(found.size);
        if size > MOST_FILE {
            return Err(Damage::new(
                Structure::Fat,
                found.cluster,
                "a file is larger than any of its kind",
            )
            .into());
        }
        let mut regions = if size == 0 { Vec::new() } else { self.chain(found.cluster, size)? };
        let covered: u64 = regions.iter().map(|region| region.length).sum();
        if covered < size {
            return Err(Damage::new(
                Structure::Fat,
                found.cluster,
                "a file has fewer clusters than its size needs",
            )
            .into());
        }
        if let Some(last) = regions.last_mut() {
            last.length -= covered - size;
        }
        Ok(Some(File { regions, size }))
    }

    /// The bytes of a folder.
    fn content(&self, first: u32) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        for region in self.chain(first, MOST_FOLDER)? {
            bytes.append(&mut blocks::read(self.blocks, region.start, index64(region.length))?);
        }
        Ok(bytes)
    }

    /// The clusters from `first` on, until they end or hold `most` bytes. Neighbours become one region.
    fn chain(&self, first: u32, most: u64) -> Result<Vec<Region>, Error> {
        let mut regions: Vec<Region> = Vec::new();
        let mut covered = 0;
        let mut next = Some(first);
        while let Some(cluster) = next.filter(|_| covered < most) {
            let damage = |what| Error::from(Damage::new(Structure::Fat, cluster, what));
            let inside = cluster.checked_sub(2).filter(|index| *index < self.geometry.clusters);
            let index = inside.ok_or_else(|| damage("a chain of clusters leaves the volume"))?;
            let at = self.geometry.data + u64::from(index) * self.geometry.cluster;
            let start = self
                .region
                .place(at, self.geometry.cluster)
                .ok_or_else(|| damage("a cluster lies behind the partition"))?;
            match regions.last_mut().filter(|last| last.start + last.length == start) {
                Some(last) => last.length += self.geometry.cluster,
                None => regions.push(Region { start, length: self.geometry.cluster }),
            }
            covered += self.geometry.cluster;
            next = self.next(cluster)?;
        }
        Ok(regions)
    }

    fn next(&self, cluster: u32) -> Result<Option<u32>, Error> {
        let cluster64 = u64::from(cluster);
        let (at, length) = match self.geometry.width {
            Width::Fat12 => (cluster64 + cluster64 / 2, 2),
            Width::Fat16 => (2 * cluster64, 2),
            Width::Fat32 => (4 * cluster64, 4),
        };
        let mut bytes = self.region.read(self.blocks, self.geometry.table + at, length)?;
        bytes.resize(4, 0);
        let number = crate::bytes::u32_at(&bytes, 0).unwrap_or(0);
        let (number, end) = match self.geometry.width {
            Width::Fat12 if cluster % 2 == 1 => (number >> 4, 0xff8),
            Width::Fat12 => (number & 0xfff, 0xff8),
            Width::Fat16 => (number, 0xfff8),
            Width::Fat32 => (number & 0x0fff_ffff, 0x0fff_fff8),
        };
        Ok((number < end).then_some(number))
    }
}

impl File {
    /// How many bytes there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The whole content, if it has no more than `most` bytes.
    pub fn read_all(&self, volume: &Volume<'_>, most: u64) -> Result<Vec<u8>, Error> {
        if self.size > most {
            return Err(Damage::new(
                Structure::Fat,
                self.size,
                "a file is larger than any of its kind",
            )
            .into());
        }
        let mut bytes = Vec::new();
        for region in &self.regions {
            bytes.append(&mut blocks::read(volume.blocks, region.start, index64(region.length))?);
        }
        Ok(bytes)
    }

    /// Where `length` bytes from `at` on lie on the disk.
    #[must_use]
    pub fn locate(&self, at: u64, length: u64) -> Option<Vec<Region>> {
        let end = at.checked_add(length).filter(|end| *end <= self.size)?;
        let mut found = Vec::new();
        let mut start = 0;
        for region in &self.regions {
            let (from, to) = (at.max(start), end.min(start + region.length));
            if from < to {
                found.push(Region { start: region.start + (from - start), length: to - from });
            }
            start += region.length;
        }
        Some(found)
    }
}
