//! Parts of a hive that were not read yet, and which of them somebody asked for.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// A part; keys that lie side by side mostly share one.
pub(super) const PART: usize = 256 << 10;

/// Which parts are there. Whoever looks at another one leaves a mark.
#[derive(Debug, Default)]
pub(super) struct Absent(Mutex<Parts>);

#[derive(Debug, Default)]
struct Parts {
    there: BTreeSet<usize>,
    asked: BTreeSet<usize>,
}

impl Absent {
    /// Whether bytes of the file are there; those that are not are asked for.
    pub(super) fn has(&self, at: usize, length: usize) -> bool {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = at.saturating_add(length.saturating_sub(1)) / PART;
        let missing: Vec<usize> =
            (at / PART..=last).filter(|part| !parts.there.contains(part)).collect();
        let is_there = missing.is_empty();
        parts.asked.extend(missing);
        is_there
    }

    /// Parts that were asked for, as runs of neighbours; from now on they count as being there.
    pub(super) fn take(&self) -> Vec<(usize, usize)> {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = std::mem::take(&mut parts.asked);
        parts.there.extend(asked.iter().copied());
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for part in asked {
            match runs.last_mut() {
                Some((first, count)) if *first + *count == part => *count += 1,
                _ => runs.push((part, 1)),
            }
        }
        runs
    }
}
