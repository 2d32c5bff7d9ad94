//! A volume, its file table, and files by number or path.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use super::attribute::{self, Attribute, Content, Listed, kind};
use super::boot::Geometry;
use super::ground::Ground;
use super::record::{self, FileId, Record};
use super::runs::{self, Run};
use super::stream::{Place, Stream};
use crate::blocks::{Blocks, Region};
use crate::bytes::u32_at;
use crate::error::{Damage, Error, Structure};

/// Windows keeps lists of attributes below this.
const MOST_LIST: u64 = 256 << 10;
/// Records of one file; a hive in ten thousand pieces needs some two hundred.
const MOST_RECORDS: usize = 4096;

/// An NTFS volume on a disk.
pub struct Volume<'a> {
    ground: Ground<'a>,
    table: Stream,
}

impl<'a> Deref for Volume<'a> {
    type Target = Ground<'a>;

    fn deref(&self) -> &Ground<'a> {
        &self.ground
    }
}

/// A file or folder of it.
#[derive(Clone, Debug)]
pub struct File {
    pub(super) base: Record,
}

impl<'a> Volume<'a> {
    /// Opens the volume in a region; the caller has seen that it is NTFS.
    pub fn open(blocks: &'a dyn Blocks, region: Region) -> Result<Self, Error> {
        let geometry = Geometry::read(&region.read(blocks, 0, 512)?)?;
        let table = Stream {
            size: u64::try_from(geometry.record).unwrap_or(u64::MAX),
            initialized: u64::MAX,
            flags: 0,
            place: Place::Clusters(vec![Run {
                first: 0,
                place: Some(geometry.table),
                count: (u64::try_from(geometry.record).unwrap_or(u64::MAX))
                    .div_ceil(geometry.cluster),
            }]),
        };
        // The table describes itself in its first record. Where that needs further records, they lie in the part that
        // the first one describes.
        let mut volume = Self { ground: Ground { blocks, region, geometry }, table };
        let own = volume.record(0)?;
        volume.table = volume.own_data(&own)?;
        let own = File { base: own };
        volume.table = volume.stream(&own, kind::DATA, "")?.ok_or_else(|| {
            Damage::new(Structure::FileRecord, 0_u64, "the file table has no content")
        })?;
        Ok(volume)
    }

    /// What the record itself says of its data, without the records that carry it on.
    fn own_data(&self, own: &Record) -> Result<Stream, Error> {
        let attributes = own.attributes()?;
        let parts: Vec<&Attribute<'_>> = attributes
            .iter()
            .map(|(_, attribute)| attribute)
            .filter(|attribute| attribute.is(kind::DATA, ""))
            .collect();
        let assembled = self.assemble(own.number, parts.into_iter())?;
        Ok(assembled.ok_or_else(|| {
            Damage::new(Structure::FileRecord, own.number, "the file table has no content")
        })?)
    }

    pub(super) fn record(&self, number: u64) -> Result<Record, Error> {
        let size = self.geometry.record;
        let at = number.checked_mul(u64::try_from(size).unwrap_or(u64::MAX));
        let at = at
            .ok_or_else(|| Damage::new(Structure::FileRecord, number, "there is no such record"))?;
        Ok(Record::read(number, self.table.read(self, at, size)?)?)
    }

    /// Where a record lies on the disk, as one or more regions.
    pub(crate) fn record_place(&self, number: u64) -> Result<Vec<Region>, Error> {
        let size = u64::try_from(self.geometry.record).unwrap_or(u64::MAX);
        self.table.locate(self, number.saturating_mul(size), size)
    }

    /// A file by its number.
    pub fn file(&self, id: FileId) -> Result<File, Error> {
        let base = self.record(id.record)?;
        let stale = id.sequence != 0 && base.sequence() != id.sequence;
        if !base.is_in_use() || stale || base.base().is_some() {
            return Err(Damage::new(
                Structure::FileRecord,
                id.record,
                "a folder names a file that is gone",
            )
            .into());
        }
        Ok(File { base })
    }

    /// The unnamed content of a file.
    pub fn data(&self, file: &File) -> Result<Option<Stream>, Error> {
        self.stream(file, kind::DATA, "")
    }

    /// An attribute's content, gathered from all records that hold parts of it.
    pub(super) fn stream(
        &self,
        file: &File,
        wanted: u32,
        name: &str,
    ) -> Result<Option<Stream>, Error> {
        let number = file.base.number;
        let own = file.base.attributes()?;
        let list = own.iter().find(|(_, attribute)| attribute.kind == kind::ATTRIBUTE_LIST);
        let Some((_, list)) = list else {
            let parts = own.iter().map(|(_, attribute)| attribute);
            return self.assemble(number, parts.filter(|attribute| attribute.is(wanted, name)));
        };
        let listed = self.listed(number, list)?;
        let firsts: BTreeMap<(u64, u16), u64> = listed
            .iter()
            .filter(|entry| entry.kind == wanted)
            .map(|entry| ((FileId::of(entry.record).record, entry.id), entry.first))
            .collect();
        let records: BTreeSet<u64> = firsts.keys().map(|(record, _)| *record).collect();
        if records.len() > MOST_RECORDS {
            return Err(
                Damage::new(Structure::FileRecord, number, "it has too many records").into()
            );
        }
        let mut others = Vec::new();
        for other in records {
            if other == number {
                continue;
            }
            let record = self.record(other)?;
            if !record.is_in_use() || record.base().map(|base| base.record) != Some(number) {
                return Err(Damage::new(
                    Structure::FileRecord,
                    other,
                    "it does not belong to the file that lists it",
                )
                .into());
            }
            others.push(record);
        }
        let mut parts: Vec<(u64, Attribute<'_>)> = Vec::new();
        for record in std::iter::once(&file.base).chain(&others) {
            for (_, attribute) in record.attributes()? {
                let first = firsts.get(&(record.number, attribute.id));
                if let Some(first) = first.filter(|_| attribute.is(wanted, name)) {
                    parts.push((*first, attribute));
                }
            }
        }
        parts.sort_by_key(|(first, _)| *first);
        self.assemble(number, parts.iter().map(|(_, attribute)| attribute))
    }

    fn listed(&self, number: u64, list: &Attribute<'_>) -> Result<Vec<Listed>, Error> {
        let bytes = match list.content {
            Content::Resident { value, .. } => value.to_vec(),
            Content::Clusters { .. } => self
                .assemble(number, std::iter::once(list))?
                .ok_or_else(|| {
                    Damage::new(Structure::FileRecord, number, "its list of attributes is empty")
                })?
                .read_all(self, MOST_LIST)?,
        };
        Ok(attribute::list(&bytes).ok_or_else(|| {
            Damage::new(Structure::FileRecord, number, "its list of attributes is cut off")
        })?)
    }

    /// One stream out of its parts, which come in order.
    fn assemble<'p, 'b: 'p>(
        &self,
        number: u64,
        parts: impl Iterator<Item = &'p Attribute<'b>>,
    ) -> Result<Option<Stream>, Error> {
        let damage = |what| Error::from(Damage::new(Structure::FileRecord, number, what));
        let mut stream: Option<(Stream, Vec<Run>)> = None;
        for part in parts {
            match part.content {
                Content::Resident { value, .. } => {
                    if stream.is_some() {
                        return Err(damage("its content is both inside and outside of it"));
                    }
                    return Ok(Some(Stream {
                        size: u64::try_from(value.len()).unwrap_or(u64::MAX),
                        initialized: u64::MAX,
                        flags: part.flags,
                        place: Place::Resident(value.to_vec()),
                    }));
                }
                Content::Clusters { first, runs, size, initialized } => {
                    let mut found = runs::read(runs, first, self.geometry.clusters)?;
                    let (_, so_far) = stream.get_or_insert_with(|| {
                        let place = Place::Clusters(Vec::new());
                        (Stream { size, initialized, flags: part.flags, place }, Vec::new())
                    });
                    let expected =
                        so_far.last().map_or(0, |run| run.first.saturating_add(run.count));
                    if first != expected {
                        return Err(damage("a part of its list of clusters is missing"));
                    }
                    so_far.append(&mut found);
                }
            }
        }
        Ok(stream.map(|(stream, runs)| Stream { place: Place::Clusters(runs), ..stream }))
    }

    /// How many records the table has room for.
    pub(super) fn records(&self) -> u64 {
        self.table.size / u64::try_from(self.geometry.record).unwrap_or(1)
    }

    /// Bytes of a cluster, for structures that count in them.
    pub(super) fn cluster(&self) -> u64 {
        self.geometry.cluster
    }
}

impl File {
    /// Its number and sequence.
    #[must_use]
    pub fn id(&self) -> FileId {
        FileId { record: self.base.number, sequence: self.base.sequence() }
    }

    /// A record with another security id, as bytes for the disk.
    pub(super) fn with_security_id(&self, id: u32) -> Result<Vec<u8>, Error> {
        let number = self.base.number;
        let (at, _) = self.security_id_place()?;
        let mut record = self.base.bytes().to_vec();
        let damage =
            || Damage::new(Structure::FileRecord, number, "it has no room for a security id");
        crate::bytes::put(&mut record, at, &id.to_le_bytes()).ok_or_else(damage)?;
        record::protect(&mut record).ok_or_else(damage)?;
        Ok(record)
    }

    /// Where in the record its security id stands, and what it is.
    pub(super) fn security_id_place(&self) -> Result<(usize, u32), Error> {
        let number = self.base.number;
        let damage = || Damage::new(Structure::FileRecord, number, "it has no security id");
        for (start, attribute) in self.base.attributes()? {
            if attribute.kind != kind::STANDARD_INFORMATION {
                continue;
            }
            if let Content::Resident { at, value } = attribute.content {
                // The short form is of NTFS before Windows 2000, and has none.
                let id = u32_at(value, 0x34).filter(|_| value.len() >= 72).ok_or_else(damage)?;
                return Ok((start + at + 0x34, id));
            }
        }
        Err(damage().into())
    }
}
