//! Changes to a disk: which sectors become what, in which order, and how to go on or back from anywhere in between.
//!
//! A change is data before it is done. Whoever does it keeps [`Change::encode`]'s bytes safe first; then the disk can
//! lose power at any instant, in the middle of a sector too, and [`Change::finish`] or [`Change::put_back`] make it
//! whole, as often as it takes.

mod apply;
mod journal;
mod plan;

pub use apply::Standing;
pub use plan::Planner;

use crate::table::Identity;

/// Some sectors, their content before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where, in bytes from the disk's start.
    pub at: u64,
    /// What must be there.
    pub before: Vec<u8>,
    /// What comes there.
    pub after: Vec<u8>,
}

/// Writes that may reach the disk in any order. All of a step are safe before any of the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// None of them overlap.
    pub writes: Vec<Write>,
}

/// A whole change of one disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which disk.
    pub identity: Identity,
    /// How long it is.
    pub size: u64,
    /// In their order.
    pub steps: Vec<Step>,
}

impl Change {
    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.writes.is_empty())
    }

    /// How many bytes are written.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.steps.iter().flat_map(|step| &step.writes).map(|write| write.after.len()).sum()
    }
}
