//! Opening a disk: as it lies there, or through QEMU's storage daemon where it is wrapped in a format of its own.

use std::fs;
use std::io::{self, Read as _};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rdpctl_disk::blocks::{FileBlocks, Open, Wrapper};
use rdpctl_disk::{Access, Error, Refusal};
use serde_json::json;

/// An open disk, and the program that shows it where one is needed.
pub(crate) struct Opened {
    // Closed before the program that shows it ends.
    blocks: FileBlocks,
    _daemon: Option<Daemon>,
}

impl Deref for Opened {
    type Target = FileBlocks;

    fn deref(&self) -> &FileBlocks {
        &self.blocks
    }
}

impl DerefMut for Opened {
    fn deref_mut(&mut self) -> &mut FileBlocks {
        &mut self.blocks
    }
}

/// Opens an image or a device.
pub(crate) fn open(path: &Path, purpose: Open) -> Result<Opened, Error> {
    match FileBlocks::open(path, purpose) {
        Ok(blocks) => Ok(Opened { blocks, _daemon: None }),
        Err(Error::Refused(refusal)) => {
            let Refusal::Wrapped(wrapper) = *refusal else { return Err(Error::Refused(refusal)) };
            let Some(program) = program() else { return Err(Error::Refused(refusal)) };
            let daemon = Daemon::start(&program, path, wrapper, purpose)?;
            Ok(Opened { blocks: FileBlocks::open(&daemon.shown, purpose)?, _daemon: Some(daemon) })
        }
        Err(error) => Err(error),
    }
}

/// Where distributions put it. What lies in folders of others is not started.
fn program() -> Option<PathBuf> {
    ["/usr/bin", "/usr/libexec", "/usr/local/bin"]
        .iter()
        .map(|folder| Path::new(folder).join("qemu-storage-daemon"))
        .find(|path| path.is_file())
}

/// The storage daemon, which shows one image as a plain file for as long as it is wanted.
struct Daemon {
    child: Child,
    folder: PathBuf,
    shown: PathBuf,
}

/// Opening an image takes it milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

impl Daemon {
    fn start(program: &Path, image: &Path, wrapper: Wrapper, purpose: Open) -> Result<Self, Error> {
        let failed = |source: io::Error| Error::Io { access: Access::Open, at: 0, source };
        let image = fs::canonicalize(image).map_err(failed)?;
        let folder = private_folder().map_err(failed)?;
        let (shown, ready, said) = (folder.join("disk"), folder.join("ready"), folder.join("said"));
        fs::write(&shown, []).map_err(failed)?;
        let read_only = purpose == Open::Look;
        // As JSON, so that no letter of a path means anything else.
        let file = json!({ "driver": "file", "node-name": "file", "filename": image, "read-only": read_only });
        let disk = json!({ "driver": wrapper.driver(), "node-name": "disk", "file": "file", "read-only": read_only });
        let export = json!({ "type": "fuse", "id": "shown", "node-name": "disk", "mountpoint": shown, "writable": !read_only });
        let child = Command::new(program)
            .env_clear()
            .args(["--blockdev", &file.to_string(), "--blockdev", &disk.to_string()])
            .args(["--export", &export.to_string(), "--pidfile"])
            .arg(&ready)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&said).map_err(failed)?)
            .spawn()
            .map_err(failed)?;
        let mut daemon = Self { child, folder, shown };
        daemon.wait(&ready, &said)?;
        Ok(daemon)
    }

    /// Its own file says when the image is shown.
    fn wait(&mut self, ready: &Path, said: &Path) -> Result<(), Error> {
        let failed = |source: io::Error| Error::Io { access: Access::Open, at: 0, source };
        let from = Instant::now();
        while !ready.exists() {
            if self.child.try_wait().map_err(failed)?.is_some() {
                let mut text = String::new();
                let told =
                    fs::File::open(said).and_then(|file| file.take(4096).read_to_string(&mut text));
                told.map_err(failed)?;
                // The image's lock is held by whoever runs from it.
                if text.contains("lock") {
                    return Err(Refusal::InUse.into());
                }
                return Err(failed(io::Error::other(text.trim().to_owned())));
            }
            if from.elapsed() > PATIENCE {
                return Err(failed(io::ErrorKind::TimedOut.into()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It flushes and unmounts when it is asked to end; nothing can be done about one that does not.
        #[cfg(unix)]
        if let Some(pid) =
            i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw)
        {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        }
        self.child.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A folder that nobody else may enter.
fn private_folder() -> io::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!(
        "rdpctl-{}-{}",
        std::process::id(),
        jiff::Timestamp::now().as_nanosecond()
    ));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    Ok(folder)
}
