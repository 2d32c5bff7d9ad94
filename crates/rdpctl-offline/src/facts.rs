//! All that a judgement needs of a disk, as one value: whoever has it needs the disk no more.

use rdpctl_disk::windows::Disk;
use rdpctl_disk::{Blocks, Error};
use serde::{Deserialize, Serialize};

use crate::look::{Offline, look};

/// A disk, which Windows on it, and what that says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The disk's identity in its own table.
    pub identity: String,
    /// Its partitions in words.
    pub partitions: Vec<String>,
    /// Which of the installations, counted from 1.
    pub installation: usize,
    /// The number of its partition.
    pub partition: usize,
    /// What was seen.
    pub seen: Offline,
}

/// Looks at the installation that was asked for, or at the only one. Nothing is written.
pub fn facts(blocks: &dyn Blocks, installation: Option<usize>) -> Result<Facts, Error> {
    let disk = Disk::open(blocks)?;
    let installation = disk.installation(installation)?;
    let seen = look(&disk, &installation, None)?;
    let partitions = disk.volumes().iter().map(|(partition, sort)| {
        format!(
            "{} {}, {}, {} MiB",
            partition.number,
            partition.role,
            sort,
            partition.region.length >> 20
        )
    });
    Ok(Facts {
        identity: disk.table.identity.to_string(),
        partitions: partitions.collect(),
        installation: installation.number,
        partition: installation.partition.number,
        seen,
    })
}
