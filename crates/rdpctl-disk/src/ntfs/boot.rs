//! The first sector of a volume: sizes, and where the file table starts.

use crate::bytes::{array, u16_at, u64_at};
use crate::error::{Damage, Structure};

/// What the boot sector says of a volume's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    /// Bytes of a cluster.
    pub(super) cluster: u64,
    /// Bytes of a record of the file table.
    pub(super) record: usize,
    /// How many clusters there are.
    pub(super) clusters: u64,
    /// The file table's first cluster.
    pub(super) table: u64,
}

/// Whether a sector is an NTFS volume's first one.
#[must_use]
pub fn is_boot_sector(sector: &[u8]) -> bool {
    sector.get(3..11) == Some(b"NTFS    ") && sector.get(510..512) == Some(&[0x55, 0xaa])
}

/// Whether it is that of a volume that is encrypted as a whole.
pub(crate) fn is_bitlocker(sector: &[u8]) -> bool {
    sector.get(3..11) == Some(b"-FVE-FS-")
}

impl Geometry {
    pub(super) fn read(sector: &[u8]) -> Result<Self, Damage> {
        Self::of(sector).ok_or_else(|| {
            Damage::new(Structure::Ntfs, 0_u64, "the boot sector's sizes are impossible")
        })
    }

    fn of(sector: &[u8]) -> Option<Self> {
        let bytes = u64::from(u16_at(sector, 11)?);
        // Sectors of other sizes have their own layout of everything that follows.
        if bytes != 512 {
            return None;
        }
        let [per_cluster] = array::<1>(sector, 13)?;
        let per_cluster = match per_cluster {
            1..=0x80 => u64::from(per_cluster),
            // Clusters beyond 64 KiB are given as a negative power of two.
            0xf4..=0xff => 1 << (256 - u32::from(per_cluster)),
            _ => return None,
        };
        let cluster = bytes * per_cluster;
        if !cluster.is_power_of_two() || cluster > 2 << 20 {
            return None;
        }
        let [per_record] = array::<1>(sector, 64)?;
        let record = match per_record {
            1..=8 => cluster * u64::from(per_record),
            // The usual case: 0xf6 is 2^10.
            0xf4..=0xf7 => 1 << (256 - u32::from(per_record)),
            _ => return None,
        };
        if !(512..=4096).contains(&record) || !record.is_power_of_two() {
            return None;
        }
        let clusters = u64_at(sector, 40)? / per_cluster;
        let table = u64_at(sector, 48)?;
        (table < clusters && clusters.checked_mul(cluster).is_some()).then_some(Self {
            cluster,
            record: usize::try_from(record).ok()?,
            clusters,
            table,
        })
    }
}
