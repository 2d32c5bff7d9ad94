//! Where changes of a disk are kept before they are done: in the user's own folder, by the disk's identity.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rdpctl_disk::change::Change;
use rdpctl_disk::table::Identity;
use rdpctl_disk::windows::Whole;
use sha2::{Digest, Sha256};

use crate::error::CliError;
use crate::out::safe;

/// The folder of one disk's changes.
pub(crate) struct Journal {
    folder: PathBuf,
}

/// A change that was kept.
pub(crate) struct Kept {
    /// The run that made it.
    pub(crate) run: String,
    /// What it was.
    pub(crate) change: Change,
}

impl Journal {
    /// The disk's folder below the one that was named, or the user's.
    pub(crate) fn of(identity: Identity, below: Option<&Path>) -> Result<Self, CliError> {
        let below = match below {
            Some(folder) => folder.to_owned(),
            None => usual().ok_or_else(|| {
                CliError::new("there is no folder of yours to keep the journal in")
                    .hint("name one with --state FOLDER")
            })?,
        };
        Ok(Self { folder: below.join("disks").join(identity.to_string()) })
    }

    /// Keeps a change safe under its run's name, and beside it the files that it edits, whole, with their sums; returns
    /// once all of it would outlast a loss of power.
    pub(crate) fn keep(
        &self,
        run: &str,
        change: &Change,
        touched: &[Whole],
    ) -> Result<PathBuf, CliError> {
        let path = self.path(run);
        let failed = |error: io::Error| {
            CliError::new(format!("cannot keep the journal {}", safe(&path.display().to_string())))
                .why(error)
                .so("nothing was written to the disk")
                .hint("make room, or name another folder with --state FOLDER")
        };
        let copies = self.folder.join(run);
        make_folder(&copies).map_err(failed)?;
        let mut sums = String::new();
        for Whole { name, content } in touched {
            write_new(&copies.join(name), content).map_err(failed)?;
            let sum = Sha256::digest(content);
            let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
            sums.push_str(&format!("{sum}  {name}\n"));
        }
        write_new(&copies.join("SHA256SUMS"), sums.as_bytes()).map_err(failed)?;
        write_new(&path, &change.encode()).map_err(failed)?;
        // The names are as precious as the content.
        for folder in [&copies, &self.folder] {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(path)
    }

    /// The changes that were kept for this disk, the newest last.
    pub(crate) fn kept(&self) -> Result<Vec<Kept>, CliError> {
        let failed = |error: io::Error| {
            CliError::new(format!("cannot read {}", safe(&self.folder.display().to_string())))
                .why(error)
        };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(run) = name.strip_suffix(".change") else { continue };
            rdpctl_store::believable(&path)?;
            // One that is not whole was never acted on.
            if let Ok(change) = Change::decode(&fs::read(&path).map_err(failed)?) {
                all.push(Kept { run: run.to_owned(), change });
            }
        }
        all.sort_by(|one, other| one.run.cmp(&other.run));
        Ok(all)
    }

    fn path(&self, run: &str) -> PathBuf {
        self.folder.join(format!("{run}.change"))
    }
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn usual() -> Option<PathBuf> {
    let variable =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = variable("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(variable("HOME")?.join(".local/state")))?;
    Some(state.join("rdpctl"))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
