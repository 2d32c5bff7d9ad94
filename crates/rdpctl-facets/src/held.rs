//! Evidence as a row of facts holds it: where it lies, and whether the last look brought it.

use rdpctl_model::facts::{Known, Slot, UNSEEN};

use crate::facet::Facet;

/// A facet's evidence, and what the last look at it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    pub(crate) slot: Slot,
    pub(crate) look: LastLook,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LastLook {
    /// Nobody ever looked.
    Never,
    /// It brought the evidence, if there is any.
    Brought,
    /// It failed, for the reason at this place; the evidence is from before.
    Failed(Slot),
}

impl Held {
    pub(crate) fn of<F: Facet>(known: &Known) -> Self {
        let look = if known.looks.is_stale(F::ID) {
            let failed = F::READS.iter().map(|world| known.looks.failed[*world]);
            LastLook::Failed(failed.into_iter().find(|slot| *slot != UNSEEN).unwrap_or(UNSEEN))
        } else if known.looks.is_none() {
            LastLook::Never
        } else {
            LastLook::Brought
        };
        Self { slot: known.slots[F::ID as usize], look }
    }
}
