//! Where a command reads and writes.

use std::cell::RefCell;
use std::rc::Rc;

/// A bounded buffer.
#[derive(Debug)]
struct Buffer {
    bytes: Vec<u8>,
    cap: usize,
}

/// A place to write to. Clones write to the same place.
#[derive(Clone, Debug)]
pub(crate) enum Sink {
    Nul,
    Kept(Rc<RefCell<Kept>>),
}

/// A sink's contents, which nobody outside can reach.
#[derive(Debug)]
pub(crate) struct Kept(Buffer);

impl Sink {
    /// A sink that keeps up to so many bytes.
    pub(crate) fn kept(cap: usize) -> Self {
        Self::Kept(Rc::new(RefCell::new(Kept(Buffer { bytes: Vec::new(), cap }))))
    }

    /// Appends; what exceeds the cap is lost.
    pub(crate) fn write(&self, bytes: &[u8]) {
        if let Self::Kept(kept) = self {
            let buffer = &mut kept.borrow_mut().0;
            let room = buffer.cap.saturating_sub(buffer.bytes.len());
            buffer.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// Appends through a closure that gets the buffer itself.
    pub(crate) fn append(&self, fill: impl FnOnce(&mut Vec<u8>)) {
        if let Self::Kept(kept) = self {
            let buffer = &mut kept.borrow_mut().0;
            if buffer.bytes.len() < buffer.cap {
                fill(&mut buffer.bytes);
                buffer.bytes.truncate(buffer.cap);
            }
        }
    }

    /// Whether more output would be kept.
    pub(crate) fn has_room(&self) -> bool {
        matches!(self, Self::Kept(_)) && !self.is_full()
    }

    /// Whether the cap is reached.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Nul => false,
            Self::Kept(kept) => {
                let buffer = &kept.borrow().0;
                buffer.bytes.len() >= buffer.cap
            }
        }
    }

    /// Takes what was written.
    pub(crate) fn take(&self) -> Vec<u8> {
        match self {
            Self::Nul => Vec::new(),
            Self::Kept(kept) => std::mem::take(&mut kept.borrow_mut().0.bytes),
        }
    }
}

/// The three streams of a command.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    pub(super) input: Rc<[u8]>,
    pub(super) out: Sink,
    pub(super) err: Sink,
}
