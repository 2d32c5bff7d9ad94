//! What is done to a world lasts: an append-only journal of changed objects.
//!
//! One line is everything that one call changed, written before the call is answered, so a process killed
//! at any point loses nothing that anybody was told. A torn last line was never acknowledged and is
//! dropped. The journal's name carries the digest of the world file: an edited world starts anew.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    estate::{Entry, Estate},
    world::World,
};

/// Why a world's journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PersistError {
    /// The directory or a file in it could not be used.
    #[error("cannot use the simulator's journal {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A link stands in its place.
    #[error("{} is a link, which the simulator does not follow", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Another simulator writes it.
    #[error("another simulator is running this world (journal {})", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A line in the middle cannot be read.
    #[error("the simulator's journal {} is damaged in line {line}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// An open journal; holding it keeps other simulators out.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    _lock: File,
}

impl Journal {
    /// Opens the journal of `world` in `directory` and replays it into `estate`.
    pub(crate) fn open(
        directory: &Path,
        world: &World,
        estate: &mut Estate,
    ) -> Result<Self, PersistError> {
        let stem: String = world.digest().chars().take(16).collect();
        let path = directory.join(format!("sim-{stem}.jsonl"));
        let failed = |source| PersistError::Io { path: path.clone(), source };
        std::fs::create_dir_all(directory).map_err(failed)?;
        // Whoever may add a file to the folder must not choose which one elsewhere is written.
        for file in [path.clone(), path.with_extension("lock"), path.with_extension("new")] {
            if std::fs::symlink_metadata(&file).is_ok_and(|found| found.is_symlink()) {
                return Err(PersistError::Link { path: file });
            }
        }
        let lock = create(&path.with_extension("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(PersistError::InUse { path }),
            Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        if path.with_extension("cut").exists() {
            estate.power_was_cut();
        }
        let lines = replay(&path, estate)?;
        // What was replayed is written back as one entry, by way of a file that replaces the old one whole.
        if lines > 1 {
            let fresh = path.with_extension("new");
            let mut file = create(&fresh).map_err(failed)?;
            write_entry(&mut file, &estate.everything()).map_err(failed)?;
            file.sync_all().map_err(failed)?;
            std::fs::rename(&fresh, &path).map_err(failed)?;
        }
        let file =
            OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
        Ok(Self { file, path, _lock: lock })
    }

    /// Appends an entry. Once this returns, killing the process no longer undoes it.
    pub(crate) fn append(&mut self, entry: &Entry) -> Result<(), PersistError> {
        write_entry(&mut self.file, entry)
            .map_err(|source| PersistError::Io { path: self.path.clone(), source })
    }

    /// Remembers that the power was lost, so that the next life of this world goes on without that.
    pub(crate) fn mark_power_cut(&self) -> io::Result<()> {
        create(&self.path.with_extension("cut")).map(drop)
    }

    /// Flushes what the system still holds, so that even a power cut no longer undoes it.
    pub(crate) fn sync(&self) -> Result<(), PersistError> {
        self.file.sync_all().map_err(|source| PersistError::Io { path: self.path.clone(), source })
    }
}

/// A file for its owner alone: a world may hold what stands for secrets.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn write_entry(file: &mut File, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)
}

/// Replays every whole line and says how many lines there were, the torn one included.
fn replay(path: &Path, estate: &mut Estate) -> Result<usize, PersistError> {
    let failed = |source| PersistError::Io { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(source) => return Err(failed(source)),
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let mut count = 0;
    while reader.read_until(b'\n', &mut line).map_err(failed)? > 0 {
        count += 1;
        if line.last() != Some(&b'\n') {
            // Only a write that was cut short has no end; counting it once more makes the file be rewritten.
            return Ok(count + 1);
        }
        let entry: Entry = serde_json::from_slice(&line).map_err(|source| {
            PersistError::Damaged { path: path.to_owned(), line: count, source }
        })?;
        estate.replay(entry);
        line.clear();
    }
    Ok(count)
}
