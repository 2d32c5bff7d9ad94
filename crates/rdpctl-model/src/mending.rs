//! What is wished of the disk that a cloud holds: a copy before something risky, and its repair where nothing in Windows
//! answers any more.

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
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

/// The copy of the system disk before the first step in a guest that is irreversible or reboots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SnapshotWish {
    /// Whether there is one.
    pub first: SnapshotFirst,
    /// How long it is kept.
    pub keep: Duration,
}

/// Whether the system disk is copied first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotFirst {
    /// It is.
    Yes,
    /// It is not.
    No,
}

impl Default for SnapshotWish {
    /// A copy, for a week.
    fn default() -> Self {
        Self { first: SnapshotFirst::Yes, keep: Duration::from_hours(7 * 24) }
    }
}
