//! What becomes weaker or stronger by a plan.

use serde::{Deserialize, Serialize};

use crate::said::Said;

/// One thing that becomes weaker or stronger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityDelta {
    /// Weaker or stronger.
    pub direction: Direction,
    /// What, in a few words: `port 3389 opened to 203.0.113.0/24`.
    pub what: Said,
    /// For how many instances.
    pub instances: usize,
}

/// Which way security moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Weaker.
    Weaker,
    /// Stronger.
    Stronger,
}
