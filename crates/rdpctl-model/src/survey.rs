//! All that was learned about one instance, with when and through which channel.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cloud::CloudSurvey;
use crate::facet::World;
use crate::gap::Gap;
use crate::guest::GuestSurvey;
use crate::handshake::Handshake;

/// The evidence about one instance: what each of the three worlds answered, or why it did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The cloud account's answer.
    pub cloud: Result<CloudSurvey, Gap>,
    /// The guest's answer.
    pub guest: Result<GuestSurvey, Gap>,
    /// The handshake's answer.
    pub outside: Result<Handshake, Gap>,
}

impl Survey {
    /// A survey in which nobody has looked anywhere.
    #[must_use]
    pub const fn unseen(taken_at: Timestamp) -> Self {
        Self {
            taken_at,
            cloud: Err(Gap::NotSurveyed),
            guest: Err(Gap::NotSurveyed),
            outside: Err(Gap::NotSurveyed),
        }
    }

    /// Why a world did not answer, if it did not.
    #[must_use]
    pub fn gap(&self, world: World) -> Option<&Gap> {
        match world {
            World::Cloud => self.cloud.as_ref().err(),
            World::Guest => self.guest.as_ref().err(),
            World::Outside => self.outside.as_ref().err(),
        }
    }
}
