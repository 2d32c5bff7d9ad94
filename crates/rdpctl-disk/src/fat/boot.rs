//! The first sector: where tables, root folder and clusters lie.

use crate::bytes::{array, u16_at, u32_at};
use crate::error::{Damage, Structure};

/// How wide the table's entries are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Fat12,
    Fat16,
    Fat32,
}

/// Places in bytes from the volume's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) width: Width,
    pub(super) cluster: u64,
    pub(super) table: u64,
    /// Where the clusters start; the first has number 2.
    pub(super) data: u64,
    pub(super) clusters: u32,
    pub(super) root: Root,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// In a place of its own.
    Fixed { at: u64, length: u64 },
    /// In clusters like any folder.
    Cluster(u32),
}

/// Whether a sector is a FAT volume's first one.
pub(crate) fn is_boot_sector(sector: &[u8]) -> bool {
    let jump = matches!(sector.first(), Some(0xeb | 0xe9));
    jump && sector.get(510..512) == Some(&[0x55, 0xaa]) && Geometry::of(sector).is_some()
}

impl Geometry {
    pub(super) fn read(sector: &[u8]) -> Result<Self, Damage> {
        Self::of(sector).ok_or_else(|| {
            Damage::new(Structure::Fat, 0_u64, "the boot sector's sizes are impossible")
        })
    }

    fn of(sector: &[u8]) -> Option<Self> {
        let bytes = u64::from(u16_at(sector, 11)?);
        if bytes != 512 {
            return None;
        }
        let [per_cluster] = array::<1>(sector, 13)?;
        let [copies] = array::<1>(sector, 16)?;
        let reserved = u16_at(sector, 14)?;
        if !per_cluster.is_power_of_two() || !matches!(copies, 1 | 2) || reserved == 0 {
            return None;
        }
        let root_entries = u64::from(u16_at(sector, 17)?);
        let narrow = u16_at(sector, 22)?;
        let table_sectors = if narrow == 0 { u32_at(sector, 36)? } else { u32::from(narrow) };
        let total = match u16_at(sector, 19)? {
            0 => u32_at(sector, 32)?,
            total => u32::from(total),
        };
        let table = u64::from(reserved) * bytes;
        let root_at = table + u64::from(copies) * u64::from(table_sectors) * bytes;
        let root_length = (root_entries * 32).next_multiple_of(bytes);
        let data = root_at + root_length;
        let cluster = u64::from(per_cluster) * bytes;
        let room = (u64::from(total) * bytes).checked_sub(data)?;
        let clusters = u32::try_from(room / cluster).ok()?;
        let width = match clusters {
            _ if narrow == 0 => Width::Fat32,
            0..4085 => Width::Fat12,
            _ => Width::Fat16,
        };
        let root = match width {
            Width::Fat32 => Root::Cluster(u32_at(sector, 44)?),
            Width::Fat12 | Width::Fat16 => Root::Fixed { at: root_at, length: root_length },
        };
        (table_sectors > 0 && clusters > 0).then_some(Self {
            width,
            cluster,
            table,
            data,
            clusters,
            root,
        })
    }
}
