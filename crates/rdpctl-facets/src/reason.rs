//! Why a look failed, as the facts keep it: each distinct reason once, as text.

use rdpctl_model::Gap;
use rdpctl_model::facts::{Facts, Slot};

/// The reason at a place.
#[must_use]
pub fn of(facts: &Facts, slot: Slot) -> Gap {
    let text = facts.gaps.get(slot).unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| Gap::garbled(say::why_a_look_failed()))
}

/// A reason as text.
pub(crate) fn encoded(gap: &Gap) -> String {
    // A gap always has a JSON form; an empty text would be read back as one that is not understood.
    serde_json::to_string(gap).unwrap_or_default()
}

rdpctl_model::says! { "common":
    why_a_look_failed();
}
