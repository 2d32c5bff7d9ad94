//! When a window opens: in its own zone, and as a moment for whoever lives in another.

use jiff::{Timestamp, Zoned};
use rdpctl_model::plan::opening;
use serde::Serialize;

/// It.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Opening {
    /// For people, in its own zone.
    pub opens: String,
    /// The moment, where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How far its own zone is from UTC then, in seconds.
    #[serde(skip)]
    pub offset: i32,
}

impl Opening {
    /// As a plan says it.
    #[must_use]
    pub fn of(said: &str) -> Self {
        let zoned: Option<Zoned> = said.parse().ok();
        Self {
            opens: opening(said),
            at: zoned.as_ref().map(Zoned::timestamp),
            offset: zoned.map_or(0, |zoned| zoned.offset().seconds()),
        }
    }
}
