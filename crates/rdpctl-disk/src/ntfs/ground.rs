//! The ground that a volume stands on: where it lies on the disk, and how its clusters are counted.

use super::boot::Geometry;
use super::runs::Run;
use crate::blocks::{Blocks, Region};

/// Where a volume's clusters lie.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub(super) blocks: &'a dyn Blocks,
    pub(super) region: Region,
    pub(super) geometry: Geometry,
}

impl Ground<'_> {
    /// Where bytes of a cluster lie on the disk.
    pub(super) fn place(&self, cluster: u64, offset: u64, length: u64) -> Option<u64> {
        let at = cluster.checked_mul(self.geometry.cluster)?.checked_add(offset)?;
        self.region.place(at, length)
    }

    /// How many bytes the runs have room for.
    pub(super) fn covered(&self, runs: &[Run]) -> u64 {
        runs.last().map_or(0, |run| {
            run.first.saturating_add(run.count).saturating_mul(self.geometry.cluster)
        })
    }
}
