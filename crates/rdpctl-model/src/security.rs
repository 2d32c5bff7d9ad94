//! What becomes weaker or stronger by a plan.

use serde::{Deserialize, Serialize};

use crate::said::{Beside, Said};

/// One thing that becomes weaker or stronger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenDelta")]
pub struct SecurityDelta {
    /// Weaker or stronger.
    pub direction: Direction,
    /// What, in a few words: `port 3389 opened to 203.0.113.0/24`.
    pub what: Said,
    /// For how many instances.
    pub instances: usize,
}

#[derive(Deserialize)]
struct WrittenDelta {
    direction: Direction,
    what: Said,
    instances: usize,
    #[serde(default)]
    said: Beside,
}

impl From<WrittenDelta> for SecurityDelta {
    fn from(written: WrittenDelta) -> Self {
        let WrittenDelta { direction, what, instances, mut said } = written;
        Self { direction, what: said.take("what", what), instances }
    }
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
