//! What can go wrong while a disk is read or written.

use std::fmt;
use std::io;

use crate::Refusal;
use crate::advice::{BOOT_STORE, HIVE};

/// A failure, with the place on the disk where it happened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The device itself said no.
    #[error("cannot {access} the disk at byte {at}")]
    Io {
        /// What was attempted.
        access: Access,
        /// Where, in bytes from the disk's start.
        at: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes are not what their place says they are.
    #[error("{0}")]
    Damaged(Damage),
    /// The bytes are sound, and rdpctl leaves them alone all the same.
    #[error("{0}")]
    Refused(Box<Refusal>),
}

impl Error {
    /// The refusal, where this is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Io { .. } | Self::Damaged(_) => None,
        }
    }

    /// What can be done instead, as far as there is something: nothing helps a device that says no.
    #[must_use]
    pub fn way_out(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => Some(refusal.way_out()),
            Self::Damaged(damage) => Some(damage.way_out()),
            Self::Io { .. } => None,
        }
    }

    pub(crate) fn io(access: Access, at: u64) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { access, at, source }
    }
}

impl From<Damage> for Error {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What was attempted with the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Opening it.
    Open,
    /// Reading from it.
    Read,
    /// Writing to it.
    Write,
    /// Making sure that what was written is on it.
    Flush,
}

impl fmt::Display for Access {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Open => "open",
            Self::Read => "read",
            Self::Write => "write",
            Self::Flush => "flush",
        })
    }
}

/// Bytes that contradict themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Which structure.
    pub structure: Structure,
    /// Where: in bytes from the structure's own start, or a record's number, as `what` says.
    pub at: u64,
    /// What is wrong there.
    pub what: &'static str,
}

impl Damage {
    pub(crate) fn new(structure: Structure, at: impl TryInto<u64>, what: &'static str) -> Self {
        Self { structure, at: at.try_into().unwrap_or(u64::MAX), what }
    }

    /// What can be done about it.
    #[must_use]
    pub fn way_out(&self) -> &'static str {
        match self.structure {
            Structure::PartitionTable => {
                "look at a copy of the disk: gdisk or testdisk rebuild a table from its other half, or from the volumes"
            }
            Structure::Ntfs
            | Structure::FileRecord
            | Structure::Folder
            | Structure::SecurityStore
            | Structure::Descriptor => {
                "attach the disk to a Windows VM (az vm repair create -g GROUP -n VM) and run chkdsk F: /f there"
            }
            Structure::Fat => {
                "attach the disk to a Windows VM (az vm repair create -g GROUP -n VM), give the system partition a letter (mountvol S: /s) and run chkdsk S: /f there"
            }
            Structure::Hive | Structure::HiveLog => HIVE,
            Structure::BootStore => BOOT_STORE,
            Structure::Journal => {
                "nothing was written by a run whose journal is not whole; the files beside it are as they were"
            }
        }
    }
}

impl std::error::Error for Damage {}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} is damaged at {}: {}", self.structure, self.at, self.what)
    }
}

/// The structures of a disk that can be damaged each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// MBR or GPT.
    PartitionTable,
    /// The NTFS volume as a whole.
    Ntfs,
    /// A record of its master file table.
    FileRecord,
    /// A folder of it.
    Folder,
    /// Its store of security descriptors.
    SecurityStore,
    /// A security descriptor.
    Descriptor,
    /// A FAT volume.
    Fat,
    /// A registry hive.
    Hive,
    /// The log of one.
    HiveLog,
    /// The boot store.
    BootStore,
    /// Our own journal.
    Journal,
}

impl fmt::Display for Structure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::PartitionTable => "the partition table",
            Self::Ntfs => "the NTFS volume",
            Self::FileRecord => "a record of the NTFS file table",
            Self::Folder => "a folder of the NTFS volume",
            Self::SecurityStore => "the NTFS volume's store of security descriptors",
            Self::Descriptor => "a security descriptor",
            Self::Fat => "the FAT volume",
            Self::Hive => "the registry hive",
            Self::HiveLog => "the registry hive's log",
            Self::BootStore => "the boot store",
            Self::Journal => "the journal of the repair",
        })
    }
}
