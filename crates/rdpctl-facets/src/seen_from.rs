//! Two views of one aspect: from inside Windows and from outside, at its listener.
//!
//! The inside says what was set, the outside what is in force. Where both speak they must agree; where the guest
//! is silent, the outside alone may prove an aspect sound, and never more than it showed.

use rdpctl_model::facet::World;
use rdpctl_model::handshake::Handshake;
use rdpctl_model::{Gap, Said, Survey, Verdict};
use serde::{Deserialize, Serialize};

/// What an aspect reads that shows on either side.
pub(crate) const EITHER_SIDE: &[World] = &[World::Guest, World::Outside];

/// What was seen from either side.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SeenFrom<Inside, Outside> {
    /// The guest answered, and perhaps its listener did too.
    Inside {
        /// What the guest said.
        inside: Inside,
        /// What its listener showed in the same survey.
        #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
        outside: Option<Outside>,
    },
    /// Only its listener answered.
    Outside {
        /// What it showed.
        outside: Outside,
        /// Why the guest is not known.
        gap: Gap,
    },
}

impl<Inside, Outside> SeenFrom<Inside, Outside> {
    /// Both views, or the reason why there is none.
    pub(crate) fn both(inside: Result<Inside, Gap>, outside: Option<Outside>) -> Result<Self, Gap> {
        match (inside, outside) {
            (Ok(inside), outside) => Ok(Self::Inside { inside, outside }),
            (Err(gap), Some(outside)) => Ok(Self::Outside { outside, gap }),
            (Err(gap), None) => Err(gap),
        }
    }
}

/// What the listener showed, if a whole handshake came about there: anything less says nothing of what is in force.
pub(crate) fn handshake(survey: &Survey) -> Option<&Handshake> {
    survey.outside.as_ref().ok().and_then(Handshake::answered)
}

/// Something is wrong at the listener, and the guest, which could be mended, does not answer.
pub(crate) fn out_of_reach(from: Said, to: Said, gap: &Gap) -> Verdict {
    Verdict::Blocked {
        from: say::from_outside(from),
        to,
        by: say::no_way_in(gap),
        advice: say::open_a_channel(),
    }
}

/// What shows from outside alone.
pub(crate) fn from_outside(seen: Said) -> Said {
    say::from_outside(seen)
}

rdpctl_model::says! { "common":
    from_outside(seen);
    no_way_in(gap);
    open_a_channel();
}
