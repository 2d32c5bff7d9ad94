//! Partition tables: where the volumes lie, and who the disk says it is.

mod gpt;
mod guid;
mod mbr;

pub use guid::Guid;

use std::fmt;

use crate::blocks::{Blocks, Region, read};
use crate::error::Error;
use crate::{Refusal, ntfs};

/// All sizes here are those of 512-byte sectors; a disk with larger ones has no table at these places.
pub(crate) const SECTOR: u64 = 512;

/// A disk's table, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// How the disk is known to the boot store.
    pub identity: Identity,
    /// Its partitions, in the table's order.
    pub partitions: Vec<Partition>,
    /// What is wrong with the table without keeping it from being read.
    pub remark: Option<TableRemark>,
}

/// What tells this disk from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A GPT's GUID.
    Gpt(Guid),
    /// An MBR's signature.
    Mbr(u32),
}

impl fmt::Display for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gpt(guid) => write!(out, "{guid}"),
            Self::Mbr(signature) => write!(out, "{signature:08x}"),
        }
    }
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its place in the table, from 1.
    pub number: usize,
    /// Where it lies.
    pub region: Region,
    /// What the table says it is for.
    pub role: Role,
    /// Its own GUID, where the table is a GPT.
    pub guid: Option<Guid>,
    /// Whether an MBR's boot code would start it.
    pub active: Active,
}

/// The MBR's flag; a GPT has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Active {
    /// Started by the boot code.
    Yes,
    /// Not.
    No,
}

/// What a partition is for, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Where the firmware looks for boot loaders.
    EfiSystem,
    /// NTFS or another volume of data.
    Data,
    /// Room that Windows keeps for itself.
    Reserved,
    /// Windows' recovery environment.
    Recovery,
    /// Storage Spaces.
    StorageSpaces,
    /// The database or the data of a dynamic disk.
    Dynamic,
    /// Something that is nothing to Windows.
    Foreign,
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::EfiSystem => "EFI system",
            Self::Data => "data",
            Self::Reserved => "reserved",
            Self::Recovery => "recovery",
            Self::StorageSpaces => "Storage Spaces",
            Self::Dynamic => "dynamic disk",
            Self::Foreign => "not of Windows",
        })
    }
}

/// What is amiss, but can be read around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableRemark {
    /// The first table does not check, the copy at the end does.
    FirstGptBroken,
    /// The copy at the end does not check.
    SecondGptBroken,
}

impl Table {
    /// Reads the table of a disk; a volume without any table is one partition.
    pub fn read(blocks: &dyn Blocks) -> Result<Self, Error> {
        if blocks.size() < 2 * SECTOR {
            return Err(Refusal::NoTable.into());
        }
        let first = read(blocks, 0, 512)?;
        if ntfs::is_boot_sector(&first) {
            // An image of a single volume: no disk, so no identity that a boot store could name.
            return Ok(Self {
                identity: Identity::Mbr(0),
                partitions: vec![Partition {
                    number: 1,
                    region: Region { start: 0, length: blocks.size() },
                    role: Role::Data,
                    guid: None,
                    active: Active::No,
                }],
                remark: None,
            });
        }
        let mbr = mbr::Mbr::read(&first).ok_or(Refusal::NoTable)?;
        if mbr.protects_gpt() { gpt::read(blocks) } else { mbr.table(blocks) }
    }

    /// Refuses disks whose volumes do not follow their table.
    pub fn refuse(&self) -> Result<(), Refusal> {
        for partition in &self.partitions {
            match partition.role {
                Role::StorageSpaces => return Err(Refusal::StorageSpaces),
                Role::Dynamic => return Err(Refusal::DynamicDisk),
                Role::EfiSystem | Role::Data | Role::Reserved | Role::Recovery | Role::Foreign => {}
            }
        }
        Ok(())
    }
}
