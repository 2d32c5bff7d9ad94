//! What a facet concludes from what was declared and what was seen.

use serde::{Deserialize, Serialize};

use crate::gap::Gap;
use crate::said::Said;

/// A facet's conclusion about one instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// As declared.
    Healthy {
        /// What was seen, in a few words.
        seen: Said,
    },
    /// Differs, and steps can change it.
    Drifted {
        /// What was seen.
        from: Said,
        /// What was declared.
        to: Said,
    },
    /// Cannot be judged.
    Unknown {
        /// Why not.
        gap: Gap,
    },
    /// Differs, and something that wins over us keeps it so.
    Blocked {
        /// What was seen.
        from: Said,
        /// What was declared.
        to: Said,
        /// What wins: a policy, an account state, a lock.
        by: Said,
        /// What the user can do.
        advice: Said,
    },
    /// The question makes no sense here.
    NotApplicable {
        /// Why not.
        reason: Said,
    },
}

/// Whether an instance answers from outside as Remote Desktop, differences or not.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Nobody could see.
    #[default]
    NotSeen,
}

impl Answers {
    /// Whether nobody could see.
    #[must_use]
    pub const fn is_not_seen(&self) -> bool {
        matches!(self, Self::NotSeen)
    }
}

impl Verdict {
    /// As declared, with what was seen.
    #[must_use]
    pub const fn healthy(seen: Said) -> Self {
        Self::Healthy { seen }
    }

    /// A difference that steps can change.
    #[must_use]
    pub const fn drifted(from: Said, to: Said) -> Self {
        Self::Drifted { from, to }
    }

    /// Whether it is exactly as declared.
    #[must_use]
    pub const fn is_healthy(&self) -> bool {
        matches!(self, Self::Healthy { .. })
    }

    /// Whether it differs and steps can change it.
    #[must_use]
    pub const fn is_drifted(&self) -> bool {
        matches!(self, Self::Drifted { .. })
    }

    /// Whether nothing need be done or said: healthy or not applicable.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        matches!(self, Self::Healthy { .. } | Self::NotApplicable { .. })
    }
}
