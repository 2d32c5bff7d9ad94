//! What was shown of what is held, so that an answer to what is not so any more can be told what it was about.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rdpctl_page::{HeldLine, View, Waits};

/// So many are kept, of so many machines in all.
const LINES: usize = 256;
const MACHINES: usize = 50_000;

/// The last of it, the oldest first.
#[derive(Default)]
pub(super) struct Showed(Mutex<VecDeque<Arc<HeldLine>>>);

impl Showed {
    /// Keeps what a snapshot asks about.
    pub(super) fn keep(&self, view: &View) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in view.held.iter().filter(|line| matches!(line.waits, Waits::Asks { .. })) {
            if !kept.iter().any(|it| it.digest == line.digest && it.id == line.id) {
                kept.push_back(Arc::new(line.clone()));
            }
        }
        let mut machines: usize = kept.iter().map(|line| line.instances).sum();
        while kept.len() > LINES || machines > MACHINES {
            let Some(gone) = kept.pop_front() else { break };
            machines -= gone.instances;
        }
    }

    /// What was shown under this digest.
    pub(super) fn find(&self, digest: &str) -> Option<Arc<HeldLine>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().rev().find(|line| line.digest == digest).cloned()
    }
}
