//! Why rdpctl leaves a disk, a volume or a file alone, and what else can be done.
//!
//! Each is said before anything was touched. What Windows can do and rdpctl does not is named with the commands.

use std::fmt;

use crate::advice::{BOOT_STORE, HIVE};
use crate::blocks::Wrapper;
use crate::hive::Finding;

/// Something that stands against reading or changing, although the bytes may be sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The image's format needs another program.
    Wrapped(Wrapper),
    /// Somebody else has the disk open for writing.
    InUse,
    /// No partition table, and no volume either.
    NoTable,
    /// The volume is encrypted.
    BitLocker,
    /// The volume is `ReFS`, from which Windows does not boot and which is not read here.
    ReFs,
    /// The disk belongs to a pool of Storage Spaces.
    StorageSpaces,
    /// The disk is dynamic: its volumes do not follow its partition table.
    DynamicDisk,
    /// The volume holds a session that goes on at the next start: hibernation, or fast start.
    Hibernated,
    /// The volume's own log was not closed.
    UncleanLog,
    /// The volume is marked for a check.
    DirtyVolume,
    /// A hive was cut off in mid-write, and none of its logs carries on where it stopped.
    LogsDoNotApply,
    /// Two logs of the old kind both fit a hive, and say different things.
    LogsDisagree,
    /// The hive's structure contradicts itself.
    HiveDamaged(Finding),
    /// The hive's file would have to grow.
    HiveMustGrow,
    /// The change itself is one that is not made here.
    HiveEdit(NotEdited),
    /// The file does not lie on the disk as it is read.
    NotPlain(NotPlain),
    /// There is no Windows here.
    NoWindows,
    /// There are several, and none was chosen.
    SeveralWindows(usize),
    /// That number is none of theirs.
    NoSuchInstallation {
        /// What was asked for.
        asked: usize,
        /// How many there are.
        of: usize,
    },
    /// The system hive does not say which control set is in use.
    NoControlSet,
    /// There is no boot store on this disk.
    NoBootStore,
    /// The boot manager has no default entry.
    NoDefaultEntry,
    /// The boot store has no settings object to put EMS into.
    NoEmsSettings,
    /// No descriptor in the volume's store fits a healthy key.
    NoHealthyDescriptor,
    /// A file's name cannot be changed where it stands: another one begins like it, or the file has several.
    NameStays,
    /// The disk is not the one that the journal was written for.
    OtherDisk,
    /// Somebody has written there since.
    ChangedSince {
        /// The first byte of the sector.
        at: u64,
    },
}

/// What about a file keeps its bytes from being changed where they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPlain {
    /// Its content stands inside the file table.
    Resident,
    /// It has holes.
    Sparse,
    /// It is compressed.
    Compressed,
    /// It is encrypted.
    Encrypted,
    /// Part of it was never written, and reads as zeros whatever lies there.
    Uninitialized,
}

/// Edits of a hive that are left to Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEdited {
    /// A value longer than one cell.
    LargeValue,
    /// A name outside of ASCII.
    Name,
    /// A list of keys that is full.
    FullList,
    /// A list of keys that is not in order.
    UnsortedList,
    /// A key that stands for another.
    Link,
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrapped(wrapper) => {
                write!(out, "the image is {wrapper}, which is not read directly")
            }
            Self::InUse => out.write_str("another program has this disk open for writing"),
            Self::NoTable => out.write_str("there is no partition table on this disk"),
            Self::BitLocker => out.write_str("the Windows volume is locked by BitLocker"),
            Self::ReFs => out.write_str("the volume is ReFS"),
            Self::StorageSpaces => out.write_str("the disk belongs to a Storage Spaces pool"),
            Self::DynamicDisk => out.write_str("the disk is a dynamic disk"),
            Self::Hibernated => {
                out.write_str("Windows is hibernated, or was shut down with fast startup")
            }
            Self::UncleanLog => out.write_str("the NTFS volume was not unmounted, its log is open"),
            Self::DirtyVolume => {
                out.write_str("the NTFS volume is marked dirty, it waits for chkdsk")
            }
            Self::LogsDoNotApply => {
                out.write_str("the registry hive is dirty and its logs do not carry on from it")
            }
            Self::LogsDisagree => {
                out.write_str("the registry hive is dirty and its two logs disagree")
            }
            Self::HiveDamaged(finding) => write!(out, "the registry hive is damaged: {finding}"),
            Self::HiveMustGrow => {
                out.write_str("the registry hive's file would have to grow for this change")
            }
            Self::HiveEdit(what) => write!(out, "{what}"),
            Self::NotPlain(what) => write!(out, "the file is {what}"),
            Self::NoWindows => out.write_str("there is no Windows on this disk"),
            Self::SeveralWindows(count) => write!(out, "there are {count} Windows on this disk"),
            Self::NoSuchInstallation { asked, of } => {
                write!(out, "there is no installation {asked}, the disk has {of}")
            }
            Self::NoControlSet => {
                out.write_str("the SYSTEM hive does not say which control set is in use")
            }
            Self::NoBootStore => out.write_str("there is no boot store on this disk"),
            Self::NoDefaultEntry => out.write_str("the boot manager has no default entry"),
            Self::NoEmsSettings => out.write_str("the boot store has no EMS settings object"),
            Self::NoHealthyDescriptor => {
                out.write_str("the volume holds no descriptor that fits a healthy key file")
            }
            Self::NameStays => {
                out.write_str("the file's name cannot be changed where it stands: another file is called almost alike, or it has several names")
            }
            Self::OtherDisk => out.write_str("this is not the disk that the run changed"),
            Self::ChangedSince { at } => {
                write!(out, "the sector at byte {at} was written by somebody else since")
            }
        }
    }
}

impl Refusal {
    /// What can be done instead, as far as there is something.
    #[must_use]
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Wrapped(_) => {
                "install qemu-storage-daemon (Debian: qemu-system-common, Fedora: qemu-img), or convert it: qemu-img convert -O raw IMAGE disk.raw"
            }
            Self::InUse => {
                "stop the machine that runs from it, unmount it, and close other tools; a disk is never repaired while it is in use"
            }
            Self::NoTable => {
                "name the whole disk, not a partition; a copy that ends early has no table either"
            }
            Self::BitLocker => {
                "unlock it in Windows: attach it to a Windows VM (az vm repair create -g GROUP -n VM --unlock-encrypted-vm), manage-bde -unlock F: -RecoveryPassword KEY, manage-bde -off F:, and wait for the end of it"
            }
            Self::ReFs => "repair it in Windows: attach it to a VM of Windows Server 2022 or later",
            Self::StorageSpaces => {
                "attach all disks of the pool to a Windows VM and repair it there: az vm repair create -g GROUP -n VM, and afterwards az vm repair restore -g GROUP -n VM"
            }
            Self::DynamicDisk => {
                "repair it in Windows, which knows its volumes: az vm repair create -g GROUP -n VM, and afterwards az vm repair restore -g GROUP -n VM"
            }
            Self::Hibernated => {
                "start Windows once and shut it down whole (shutdown /s /t 0, with powercfg /h off before); what lies on the disk now is overwritten when the session goes on"
            }
            Self::UncleanLog => {
                "start Windows once and shut it down; if it does not start, attach the disk to a Windows VM (az vm repair create -g GROUP -n VM), where the log is replayed when the volume is mounted"
            }
            Self::DirtyVolume => {
                "attach the disk to a Windows VM (az vm repair create -g GROUP -n VM) and run chkdsk F: /f there, or let Windows start once"
            }
            Self::LogsDoNotApply | Self::LogsDisagree => {
                "attach the disk to a Windows VM (az vm repair create -g GROUP -n VM) and try reg load HKLM\\BROKEN F:\\Windows\\System32\\config\\SYSTEM; where that fails, put back the copy of config\\RegBack or a backup"
            }
            Self::HiveDamaged(_) => HIVE,
            Self::HiveMustGrow => {
                "make this change in Windows: az vm repair create -g GROUP -n VM, reg load HKLM\\BROKEN F:\\Windows\\System32\\config\\SYSTEM, reg add, reg unload"
            }
            Self::HiveEdit(_) => {
                "make this change in Windows: az vm repair create -g GROUP -n VM, reg load, reg add, reg unload"
            }
            Self::NotPlain(_) => {
                "put the file back plain in Windows: az vm repair create -g GROUP -n VM, copy it beside itself and rename (compact /u for a compressed one); a hive that was copied with cp in Linux is sparse"
            }
            Self::NoWindows => "name the disk that Windows boots from, not a data disk",
            Self::SeveralWindows(_) | Self::NoSuchInstallation { .. } => {
                "choose one: --installation 1, 2 …; doctor --disk lists them"
            }
            Self::NoControlSet => "put back the SYSTEM hive from config\\RegBack or a backup",
            Self::NoBootStore | Self::NoDefaultEntry | Self::NoEmsSettings => BOOT_STORE,
            Self::NoHealthyDescriptor => {
                "grant it in Windows: az vm repair create -g GROUP -n VM, icacls F:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\\f686aace6942fb7f7ceb231212eef4a4_* /grant *S-1-5-18:F *S-1-5-20:R"
            }
            Self::NameStays => {
                "rename it in Windows: az vm repair create -g GROUP -n VM, then ren F:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\\f686aace6942fb7f7ceb231212eef4a4_* *.aside"
            }
            Self::OtherDisk => "name the disk that the run names",
            Self::ChangedSince { .. } => {
                "look at the disk anew: what was changed since is kept, and undo would lose it"
            }
        }
    }
}

impl fmt::Display for NotPlain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Resident => "kept inside the file table",
            Self::Sparse => "sparse",
            Self::Compressed => "compressed by NTFS",
            Self::Encrypted => "encrypted by NTFS",
            Self::Uninitialized => "not written to its end",
        })
    }
}

impl fmt::Display for NotEdited {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::LargeValue => "a registry value of more than 16,344 bytes is not written here",
            Self::Name => "a registry name outside of ASCII is not created here",
            Self::FullList => "the list of subkeys is full",
            Self::UnsortedList => {
                "the list of subkeys is not in order, so that nothing can be put into it"
            }
            Self::Link => "the key is a link to another one",
        })
    }
}
