//! Devices in the boot store: which partition of which disk.

use std::fmt;

use crate::Guid;
use crate::bytes::{array, put, u32_at, u64_at};
use crate::table::{Identity, Partition, Table};

/// What a device element names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// A partition of a disk with a GPT.
    Gpt {
        /// The disk.
        disk: Guid,
        /// The partition.
        partition: Guid,
    },
    /// A partition of a disk with an MBR.
    Mbr {
        /// The disk.
        signature: u32,
        /// Where the partition starts, in bytes.
        start: u64,
    },
    /// Wherever the boot manager was loaded from.
    Boot,
    /// Something else, as it is stored.
    Other(Vec<u8>),
}

const KIND: usize = 16;
const LENGTH: usize = 24;
const PARTITION: usize = 32;
const TABLE: usize = 52;
const DISK: usize = 56;
/// From the kind on; the sixteen bytes before belong to the element.
const OWN: u32 = 0x48;

impl Device {
    pub(super) fn read(bytes: &[u8]) -> Self {
        Self::of(bytes).unwrap_or_else(|| Self::Other(bytes.to_vec()))
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        match u32_at(bytes, KIND)? {
            5 => Some(Self::Boot),
            6 => match u32_at(bytes, TABLE)? {
                0 => Some(Self::Gpt {
                    disk: array(bytes, DISK).map(Guid)?,
                    partition: array(bytes, PARTITION).map(Guid)?,
                }),
                1 => Some(Self::Mbr {
                    signature: u32_at(bytes, DISK)?,
                    start: u64_at(bytes, PARTITION)?,
                }),
                _ => None,
            },
            _ => None,
        }
    }

    /// The bytes of a device that names a partition.
    pub(super) fn stored(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 88];
        put(&mut bytes, KIND, &6_u32.to_le_bytes())?;
        put(&mut bytes, LENGTH, &OWN.to_le_bytes())?;
        self.put_into(&mut bytes)?;
        Some(bytes)
    }

    /// Puts the identities of disk and partition into a device's bytes, and leaves all else as it is.
    pub fn put_into(&self, bytes: &mut [u8]) -> Option<()> {
        match self {
            Self::Gpt { disk, partition } => {
                put(bytes, PARTITION, &partition.0)?;
                put(bytes, TABLE, &0_u32.to_le_bytes())?;
                put(bytes, DISK, &disk.0)
            }
            Self::Mbr { signature, start } => {
                // A GUID would leave its other half behind.
                put(bytes, PARTITION, &[0; 16])?;
                put(bytes, PARTITION, &start.to_le_bytes())?;
                put(bytes, TABLE, &1_u32.to_le_bytes())?;
                put(bytes, DISK, &[0; 16])?;
                put(bytes, DISK, &signature.to_le_bytes())
            }
            Self::Boot | Self::Other(_) => None,
        }
    }

    /// Whether it names a partition of some disk.
    #[must_use]
    pub fn is_a_partition(&self) -> bool {
        match self {
            Self::Gpt { .. } | Self::Mbr { .. } => true,
            Self::Boot | Self::Other(_) => false,
        }
    }

    /// The device that would name a partition of this table.
    #[must_use]
    pub fn naming(table: &Table, partition: &Partition) -> Option<Self> {
        match table.identity {
            Identity::Gpt(disk) => Some(Self::Gpt { disk, partition: partition.guid? }),
            Identity::Mbr(signature) => {
                Some(Self::Mbr { signature, start: partition.region.start })
            }
        }
    }

    /// The partition of this table that the device names.
    #[must_use]
    pub fn partition<'t>(&self, table: &'t Table) -> Option<&'t Partition> {
        table
            .partitions
            .iter()
            .find(|partition| Self::naming(table, partition).as_ref() == Some(self))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gpt { disk, partition } => write!(out, "partition {partition} of disk {disk}"),
            Self::Mbr { signature, start } => {
                write!(out, "the partition at byte {start} of disk {signature:08x}")
            }
            Self::Boot => out.write_str("the disk that was booted from"),
            Self::Other(_) => out.write_str("a device of another kind"),
        }
    }
}
