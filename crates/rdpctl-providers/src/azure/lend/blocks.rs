//! The lent disk as blocks: read in pieces that are kept, neighbours together in one request, and never written.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use rdpctl_disk::Blocks;
use rdpctl_disk::blocks::Format;
use tokio::runtime::Handle;

use super::window::{Blind, Seen, Window};

/// A piece; small reads around one place share it.
const PIECE: u64 = 256 << 10;
/// The most that one request asks for.
const MOST: u64 = 8 << 20;
/// The most that is read of one disk: a look is no copy.
const BOUND: u64 = 512 << 20;

/// A disk behind a link. It is read from threads that may wait, never from a task.
#[derive(Debug)]
pub struct LentDisk {
    window: Window,
    runtime: Handle,
    size: u64,
    kept: Mutex<Kept>,
}

/// What was read, and how much that took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Requests.
    pub requests: u64,
    /// Bytes.
    pub bytes: u64,
}

#[derive(Debug, Default)]
struct Kept {
    pieces: BTreeMap<u64, Vec<u8>>,
    read: Read,
}

impl LentDisk {
    /// Of what its first sector is. It looks at the other end, too: a copy ends with a sector that describes it, which is no part of the disk.
    pub(super) async fn open(window: Window, first: Seen) -> Result<Self, Blind> {
        let last = first.of.saturating_sub(512);
        let end = window.read(last, 512).await?;
        let size = match Format::of(&first.bytes, &end.bytes, first.of) {
            Format::FixedVhd { size } => size,
            Format::Raw | Format::Wrapped(_) => first.of,
        };
        let kept = Kept { read: Read { requests: 2, bytes: 1024 }, ..Kept::default() };
        Ok(Self { window, runtime: Handle::current(), size, kept: Mutex::new(kept) })
    }

    /// How much was read.
    #[must_use]
    pub fn read(&self) -> Read {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).read
    }

    /// Brings the pieces that are missing, those side by side in one request.
    fn bring(&self, kept: &mut Kept, first: u64, last: u64) -> io::Result<()> {
        let mut at = first;
        while at <= last {
            if kept.pieces.contains_key(&at) {
                at += 1;
                continue;
            }
            let mut end = at;
            while end < last
                && (end + 1 - at) * PIECE < MOST
                && !kept.pieces.contains_key(&(end + 1))
            {
                end += 1;
            }
            let start = at * PIECE;
            let length = ((end + 1) * PIECE).min(self.size) - start;
            if kept.read.bytes.saturating_add(length) > BOUND {
                return Err(io::Error::other("more was to be read than a look may"));
            }
            let seen = self.runtime.block_on(self.window.read(start, length));
            let seen = seen.map_err(io::Error::other)?;
            kept.read.requests += 1;
            kept.read.bytes += length;
            let pieces = seen.bytes.chunks(usize::try_from(PIECE).unwrap_or(usize::MAX));
            for (place, piece) in (at..).zip(pieces) {
                kept.pieces.insert(place, piece.to_vec());
            }
            at = end + 1;
        }
        Ok(())
    }
}

impl Blocks for LentDisk {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let length = u64::try_from(into.len()).unwrap_or(u64::MAX);
        let end = at.checked_add(length).filter(|end| *end <= self.size);
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        if into.is_empty() {
            return Ok(());
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.bring(&mut kept, at / PIECE, (end - 1) / PIECE)?;
        let mut done = 0;
        for place in at / PIECE..=(end - 1) / PIECE {
            let piece = kept.pieces.get(&place).ok_or(io::ErrorKind::UnexpectedEof)?;
            let from = usize::try_from(at.max(place * PIECE) - place * PIECE).unwrap_or(usize::MAX);
            let step = piece.len().saturating_sub(from).min(into.len() - done);
            let part = piece.get(from..from + step).ok_or(io::ErrorKind::UnexpectedEof)?;
            into[done..done + step].copy_from_slice(part);
            done += step;
        }
        if done == into.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn write_at(&mut self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "a lent disk is only read"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
