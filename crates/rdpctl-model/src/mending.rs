//! What is wished where nothing in a machine's Windows answers any more and a cloud holds its disk.

use std::time::Duration;

use serde::Serialize;

/// `offline = { keep, hold }` of an instance in a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OfflineWish {
    /// How long the disk that it had before is kept.
    pub keep: Duration,
    /// What becomes of the copy once it is attached.
    pub hold: Hold,
}

/// What becomes of the copy once it is attached to the machine that helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// It is repaired and put into its place.
    GoOn,
    /// It stays there, for a person's hands.
    Stop,
}

impl Default for OfflineWish {
    /// A week, and nobody's hands.
    fn default() -> Self {
        Self { keep: Duration::from_hours(7 * 24), hold: Hold::GoOn }
    }
}
