//! A serial device of this machine: raw, eight bits, 115,200 baud.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rustix::fs::OFlags;
use rustix::termios::{OptionalActions, SpecialCodeIndex, speed, tcgetattr, tcsetattr};
use tokio::sync::mpsc;

use super::wire::Wire;

/// How much is read at once.
const CHUNK: usize = 4_096;
/// Chunks that wait to be taken.
const AHEAD: usize = 64;
/// How long the device waits for something to read, in tenths of a second: as long as its reader outlives its user.
const TENTHS: u8 = 5;

/// An open device, read by a thread of its own that ends with it.
#[derive(Debug)]
pub(super) struct Tty {
    file: Arc<File>,
    chunks: mpsc::Receiver<io::Result<Vec<u8>>>,
}

impl Tty {
    /// Opens a character device and takes all editing and echo off it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // Without the first flag the opening itself would wait for a carrier.
        let quiet = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        let flags = i32::try_from(quiet).map_err(io::Error::other)?;
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
        if !file.metadata()?.file_type().is_char_device() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no character device"));
        }
        let mut settings = tcgetattr(&file)?;
        settings.make_raw();
        settings.set_speed(speed::B115200)?;
        settings.special_codes[SpecialCodeIndex::VMIN] = 0;
        settings.special_codes[SpecialCodeIndex::VTIME] = TENTHS;
        tcsetattr(&file, OptionalActions::Now, &settings)?;
        rustix::fs::fcntl_setfl(&file, OFlags::empty())?;
        let file = Arc::new(file);
        let (sender, chunks) = mpsc::channel(AHEAD);
        let reader = Arc::clone(&file);
        std::thread::Builder::new()
            .name("serial-device".to_owned())
            .spawn(move || read(&reader, &sender))?;
        Ok(Self { file, chunks })
    }
}

fn read(mut file: &File, sender: &mpsc::Sender<io::Result<Vec<u8>>>) {
    while !sender.is_closed() {
        let mut chunk = vec![0; CHUNK];
        match file.read(&mut chunk) {
            // Its time is up and nothing came.
            Ok(0) => {}
            Ok(count) => {
                chunk.truncate(count);
                if sender.blocking_send(Ok(chunk)).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                // Who does not take it any more needs no reason.
                let _taken = sender.blocking_send(Err(error));
                return;
            }
        }
    }
}

#[async_trait]
impl Wire for Tty {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (file, bytes) = (Arc::clone(&self.file), bytes.to_owned());
        tokio::task::spawn_blocking(move || (&*file).write_all(&bytes))
            .await
            .map_err(io::Error::other)?
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        self.chunks.recv().await.unwrap_or_else(|| Ok(Vec::new()))
    }
}
