//! What kind of volume lies in a partition, by its first sector.

use std::fmt;

use crate::blocks::{Blocks, Region};
use crate::error::Error;
use crate::{Refusal, fat, ntfs};

/// Kinds of volumes that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// NTFS, open.
    Ntfs,
    /// FAT12 to FAT32.
    Fat,
    /// NTFS, encrypted as a whole.
    BitLocker,
    /// `ReFS`.
    ReFs,
    /// None of them.
    Other,
}

impl fmt::Display for Sort {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Ntfs => "NTFS",
            Self::Fat => "FAT",
            Self::BitLocker => "locked by BitLocker",
            Self::ReFs => "ReFS",
            Self::Other => "no volume that is known",
        })
    }
}

impl Sort {
    /// Looks at a region's first sector.
    pub fn of(blocks: &dyn Blocks, region: Region) -> Result<Self, Error> {
        if region.length < 512 {
            return Ok(Self::Other);
        }
        let first = region.read(blocks, 0, 512)?;
        Ok(if ntfs::is_boot_sector(&first) {
            Self::Ntfs
        } else if ntfs::is_bitlocker(&first) {
            Self::BitLocker
        } else if first.get(3..7) == Some(b"ReFS") {
            Self::ReFs
        } else if fat::is_boot_sector(&first) {
            Self::Fat
        } else {
            Self::Other
        })
    }

    /// Why Windows could not be found on such a volume, where it could be there.
    pub(crate) fn hides(self) -> Option<Refusal> {
        match self {
            Self::BitLocker => Some(Refusal::BitLocker),
            Self::ReFs => Some(Refusal::ReFs),
            Self::Ntfs | Self::Fat | Self::Other => None,
        }
    }
}
