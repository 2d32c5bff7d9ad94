//! What is known of one instance, how old that is, and what the last look at it came to.

use super::{Slot, Stamp, UNSEEN};
use crate::facet::FacetId;
use crate::world::WorldMap;

/// What is known of one instance: the place of each facet's evidence, and what the last look at each world brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Known {
    /// One slot per facet.
    pub slots: [Slot; FacetId::COUNT],
    /// The place of what the last look into the guest that answered stood on.
    pub ground: Slot,
    /// When it was looked at, and what came of it.
    pub looks: Looks,
}

/// The last look at each world of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Looks {
    /// When each world last answered.
    pub answered: WorldMap<Stamp>,
    /// Why the look after that failed, by its place in `Facts::gaps`; [`UNSEEN`] where none did.
    pub failed: WorldMap<Slot>,
    /// When that look was; nobody's where none failed.
    pub failed_at: WorldMap<Stamp>,
    /// The facets whose evidence is older than a look that failed, one bit each in their order.
    pub stale: u32,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            answered: WorldMap::default(),
            failed: WorldMap::from_fn(|_| UNSEEN),
            failed_at: WorldMap::default(),
            stale: 0,
        }
    }
}

impl Looks {
    /// Whether a facet's evidence is older than a look that failed.
    #[must_use]
    pub const fn is_stale(&self, facet: FacetId) -> bool {
        self.stale & (1 << facet as u32) != 0
    }

    /// Whether anybody ever looked.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The same without the dates, which tell no two instances apart.
    #[must_use]
    pub fn undated(&self) -> Self {
        Self { answered: WorldMap::default(), failed_at: WorldMap::default(), ..*self }
    }
}

impl Default for Known {
    /// Nothing is known, for nobody looked.
    fn default() -> Self {
        Self { slots: [UNSEEN; FacetId::COUNT], ground: UNSEEN, looks: Looks::default() }
    }
}
