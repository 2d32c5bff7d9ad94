//! A disk that is an image file or a block device.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::Path;

use super::{Blocks, Format};
use crate::Refusal;
use crate::error::{Access, Error};

/// What the disk is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Looking: nothing can be written through it.
    Look,
    /// Changing: nobody else may have it open for that.
    Change,
}

/// An open file or device; a fixed VHD's description behind the disk is left out.
#[derive(Debug)]
pub struct FileBlocks {
    file: File,
    size: u64,
}

impl FileBlocks {
    /// Opens a raw image, a fixed VHD or a block device.
    ///
    /// Other formats are refused with the program that shows them as plain bytes, and a disk that somebody else writes
    /// is not opened for changing.
    pub fn open(path: &Path, purpose: Open) -> Result<Self, Error> {
        let mut options = OpenOptions::new();
        options.read(true).write(purpose == Open::Change);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
            // On a block device this asks the kernel for it alone: a mounted one is busy.
            let device =
                std::fs::metadata(path).is_ok_and(|data| data.file_type().is_block_device());
            if purpose == Open::Change && device {
                options.custom_flags(EXCLUSIVE);
            }
        }
        let file = options.open(path).map_err(|source| {
            if source.kind() == io::ErrorKind::ResourceBusy {
                Refusal::InUse.into()
            } else {
                Error::Io { access: Access::Open, at: 0, source }
            }
        })?;
        if purpose == Open::Change {
            alone(&file)?;
        }
        Self::of(file)
    }

    fn of(mut file: File) -> Result<Self, Error> {
        // Metadata of a device say zero; its end does not.
        let length = file.seek(SeekFrom::End(0)).map_err(Error::io(Access::Open, 0))?;
        let whole = Self { file, size: length };
        let sector = |at: u64| {
            let mut sector = [0; 512];
            if length >= 512 {
                whole.read_at(at, &mut sector).map_err(Error::io(Access::Read, at))?;
            }
            Ok::<_, Error>(sector)
        };
        match Format::of(&sector(0)?, &sector(length.saturating_sub(512))?, length) {
            Format::Raw => Ok(whole),
            Format::FixedVhd { size } => Ok(Self { size, ..whole }),
            Format::Wrapped(wrapper) => Err(Refusal::Wrapped(wrapper).into()),
        }
    }
}

/// `O_EXCL`, on every system that has it by this number; elsewhere image locks remain.
#[cfg(any(target_os = "linux", target_os = "android"))]
const EXCLUSIVE: i32 = 0o200;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const EXCLUSIVE: i32 = 0;

/// Takes the image's lock. QEMU holds locks of this kind on every image that a machine runs from.
#[cfg(unix)]
fn alone(file: &File) -> Result<(), Error> {
    use rustix::fs::{FlockOperation, fcntl_lock};
    match fcntl_lock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Err(Refusal::InUse.into()),
        // File systems without locks hold images, too; whoever else writes there cannot be told.
        Err(rustix::io::Errno::NOLCK | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            Ok(())
        }
        Err(other) => Err(Error::Io { access: Access::Open, at: 0, source: other.into() }),
    }
}

#[cfg(not(unix))]
fn alone(file: &File) -> Result<(), Error> {
    file.try_lock().map_err(|_| Refusal::InUse.into())
}

impl Blocks for FileBlocks {
    fn size(&self) -> u64 {
        self.size
    }

    #[cfg(unix)]
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, into, at)
    }

    #[cfg(not(unix))]
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at))?;
        io::Read::read_exact(&mut file, into)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if at.checked_add(length).is_none_or(|end| end > self.size) {
            // A file would grow, and a VHD lose its footer.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.file.seek(SeekFrom::Start(at))?;
        io::Write::write_all(&mut self.file, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
