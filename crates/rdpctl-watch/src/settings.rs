//! How the loop goes on, and how it ended.

use crate::pace::Pace;

/// How it goes on.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How often things are looked at.
    pub pace: Pace,
    /// How long.
    pub until: Until,
    /// What becomes of a declaration that would remove much at once.
    pub removal: Removal,
}

/// How long the loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until it is stopped.
    Stopped,
    /// Until everything was looked at once.
    Once,
}

/// What becomes of a declaration that would remove much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is held back.
    HeldBack,
    /// Somebody said that it is meant.
    Meant,
}

/// How it ended, and what stood at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Facets that differ.
    pub drifted: usize,
    /// Facets that cannot be judged.
    pub unknown: usize,
}
