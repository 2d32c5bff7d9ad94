//! A work on the disk of a machine, as one asks for its price.

use std::time::Duration;

use rdpctl_model::ResourceId;
use rdpctl_model::plan::Price;
use rdpctl_model::repair::NoLink;

/// A work on the disk of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskWork {
    /// Whose disk.
    pub vm: ResourceId,
    /// How long it takes.
    pub takes: Duration,
    /// How long it takes where no link to the disk is given, if that is another way.
    pub longer: Option<Duration>,
    /// What is done.
    pub deed: DiskDeed,
}

/// What a work on a disk costs, and what was seen of the disk on that occasion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkPriced {
    /// For as long as it takes; none where a part of it is not quoted.
    pub price: Option<Price>,
    /// For as long as it takes without a link.
    pub longer: Option<Price>,
    /// Why the disk gives no link, as it says itself.
    pub no_link: Option<NoLink>,
}

/// What is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskDeed {
    /// A copy is made, read and deleted.
    Look,
    /// It is repaired, and the former disk kept for so long.
    Repair {
        /// For how long.
        keep: Duration,
    },
}
