//! Disks and snapshots as they stand.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    guest::GuestDelta,
    world::{AccountIndex, DiskNetwork, Tag, Text, VmIndex},
};

/// A disk that calls have touched, or that nobody was born with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Disk {
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) zone: Text,
    pub(crate) system: bool,
    pub(crate) size: u32,
    pub(crate) make: Text,
    pub(crate) attached: Option<VmIndex>,
    pub(crate) last_attached: Option<VmIndex>,
    pub(crate) delete_with_instance: bool,
    pub(crate) created: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) task: Option<DiskTask>,
}

/// Something under way on a disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DiskTask {
    pub(crate) work: DiskWork,
    pub(crate) began: Timestamp,
    pub(crate) ends: Timestamp,
}

/// What a task will have done to a disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DiskWork {
    Attach(VmIndex),
    Detach,
    /// Back to a snapshot; the VM may be stopped before and started after.
    Rollback {
        snapshot: Text,
        start_after: bool,
    },
}

/// A snapshot of a disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) zone: Text,
    pub(crate) name: Text,
    pub(crate) disk: u64,
    pub(crate) system: bool,
    pub(crate) size: u32,
    pub(crate) created: Timestamp,
    /// When it is complete.
    pub(crate) ready: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
    #[serde(default)]
    pub(crate) rolling_back: bool,
    pub(crate) tags: Vec<Tag>,
    /// What the guest had changed on a system disk when it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) guest: Option<GuestDelta>,
    /// Until when somebody holds a link to its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lent: Option<Timestamp>,
    /// From where it may be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<DiskNetwork>,
}
