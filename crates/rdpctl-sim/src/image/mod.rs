//! A disk with Windows on it, as bytes: what a VM of this estate would boot from.
//!
//! Volumes are skeletons made once by `skeleton/make.py` with the tools of others; tables, hives and their logs are
//! written here. It shares nothing with what reads such disks elsewhere.

mod disk;
mod hive;
mod key;
mod log;
mod read;
mod replay;
mod skeleton;
mod start;
mod trouble;

pub use disk::{
    DISK_GUID, DISK_SIGNATURE, DiskImage, MACHINE_GUID, PARTITION_GUID, Style, windows_start,
};
pub use hive::{Data, HiveKey, HiveShape, hive};
pub use key::FORMER_GUID;
pub use log::{base_of, new_log, old_log, with_numbers};
pub use read::read_hive;
pub use replay::replayed;
pub use skeleton::{KeyDescriptor, Place, VolumeName, places, volume};
pub use start::{StartFailure, Started};
pub use trouble::Trouble;
