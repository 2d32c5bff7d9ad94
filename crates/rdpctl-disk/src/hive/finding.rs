//! What the full check of a hive finds.

use std::fmt;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The cell's or bin's offset.
    pub at: u32,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} (at {:#x})", self.what, self.at)
    }
}
