//! CBS: disks and snapshots.

mod disks;
mod find;
mod snapshots;

pub(crate) use disks::{AttachDisks, DescribeDisks, DetachDisks};
pub(crate) use snapshots::{ApplySnapshot, CreateSnapshot, DeleteSnapshots, DescribeSnapshots};
