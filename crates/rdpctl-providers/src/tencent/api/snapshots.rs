//! Snapshots of disks.

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::{Acknowledged, NewTag, Tag, actions, pages, words};
use crate::tencent::lenient::{List, Number, Text};

/// Copies a disk. The vendor knows no client token here, so the name has to tell whether it was done.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSnapshot {
    /// The disk.
    pub disk_id: String,
    /// A name that tells it apart.
    pub snapshot_name: String,
    /// By which it is known as ours.
    pub tags: Vec<NewTag>,
}

/// A snapshot that was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SnapshotBegun {
    /// Its id.
    pub snapshot_id: Text,
}

/// Lists snapshots.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSnapshots {
    /// At most a hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snapshot_ids: Vec<String>,
    /// By disk, at most ten at a time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// How many to skip.
    pub offset: usize,
    /// At most a hundred.
    pub limit: usize,
}

/// A page of snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Snapshots {
    /// How many there are in all.
    pub total_count: Number,
    /// Those of this page.
    pub snapshot_set: List<Snapshot>,
}

/// A snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Snapshot {
    /// Its id.
    pub snapshot_id: Text,
    /// Its name.
    pub snapshot_name: Text,
    /// Its state.
    pub snapshot_state: SnapshotState,
    /// How far it is.
    pub percent: Number,
    /// Its disk.
    pub disk_id: Text,
    /// Its tags; untrusted text.
    pub tags: List<Tag>,
}

/// Deletes snapshots.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSnapshots {
    /// Which.
    pub snapshot_ids: Vec<String>,
}

words! {
    /// The state of a snapshot.
    SnapshotState {
        /// Usable.
        Normal = "NORMAL",
        /// Being made.
        Creating = "CREATING",
        /// Being rolled back to.
        Rollbacking = "ROLLBACKING",
        /// Being copied here.
        CopyingFromRemote = "COPYING_FROM_REMOTE",
        /// Being checked after that.
        CheckingCopied = "CHECKING_COPIED",
        /// Thrown away.
        ToRecycle = "TORECYCLE",
    }
}

pages! {
    Snapshots: snapshot_set of Snapshot;
}

actions! {
    CreateSnapshot => Cbs "CreateSnapshot", 20 a second, Write, SnapshotBegun;
    DescribeSnapshots => Cbs "DescribeSnapshots", 20 a second, Read, Snapshots;
    DeleteSnapshots => Cbs "DeleteSnapshots", 20 a second, Write, Acknowledged;
}
