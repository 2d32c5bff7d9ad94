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

/// Flushing a large image may take it longer.
const PATIENCE_AT_THE_END: Duration = Duration::from_mins(1);

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
        end(&mut self.child);
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// It flushes and unmounts when it is asked to end. It is asked until it does: it looks whether a signal came, then waits
/// for the next event, and one that comes in between is noticed only when another follows.
fn end(child: &mut Child) {
    let from = Instant::now();
    while from.elapsed() < PATIENCE_AT_THE_END {
        #[cfg(unix)]
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        }
        for _ in 0..20 {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    // What a repair wrote it synced, step by step.
    child.kill().and_then(|()| child.wait()).ok();
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

#[cfg(all(test, unix))]
mod tests {
    use std::io::BufRead as _;
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    /// QEMU 7.2 loses a signal now and then; this one loses the first of each.
    #[test]
    fn a_program_that_did_not_notice_the_signal_is_asked_again() {
        let lost = "trap 'trap - TERM' TERM; echo ready; while :; do sleep 0.01; done";
        let mut child =
            Command::new("sh").args(["-c", lost]).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        end(&mut child);
        let status = child.try_wait().unwrap().expect("it has ended");
        assert_eq!(status.signal(), Some(15), "asked, not killed");
    }
}
