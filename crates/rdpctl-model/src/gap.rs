//! What could not be learned, and why. Unknown is a value and never taken for healthy.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::ResourceId;

/// The reason why something is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "gap")]
pub enum Gap {
    /// Nobody has looked yet.
    NotSurveyed,
    /// The question was not part of this survey.
    NotAsked,
    /// The guest cannot answer because the instance does not run.
    NotRunning,
    /// The cloud does not know the instance.
    NotFound {
        /// The id that was asked for.
        id: ResourceId,
    },
    /// No channel into the guest is declared.
    NoChannel,
    /// Nobody granted what the declaration asks for.
    NotGranted {
        /// What it asks for, in a sentence.
        what: String,
        /// The lines of a grants file that would grant it; empty where nothing can.
        grant: String,
    },
    /// The guest agent is absent, offline or unable; says which.
    AgentUnavailable {
        /// What the vendor said of the agent.
        reason: String,
    },
    /// The channel did not reach the guest.
    Unreachable {
        /// What was tried and what came back.
        reason: String,
    },
    /// The guest or the cloud refused the credentials or the permission.
    Denied {
        /// What was refused.
        reason: String,
    },
    /// The answer did not come in time.
    TimedOut {
        /// What was waited for.
        what: String,
    },
    /// The answer was cut before its end.
    Truncated {
        /// Which part is missing.
        what: String,
    },
    /// The answer could not be understood.
    Garbled {
        /// What did not make sense.
        what: String,
    },
    /// The vendor answered with an error.
    ApiError {
        /// Its code.
        code: String,
        /// What the user can do.
        advice: String,
    },
}

impl Gap {
    /// Whether somebody looked and got no answer, rather than that nobody looked.
    #[must_use]
    pub const fn was_looked_for(&self) -> bool {
        match self {
            Self::NotSurveyed | Self::NotAsked => false,
            Self::NotRunning
            | Self::NotFound { .. }
            | Self::NoChannel
            | Self::AgentUnavailable { .. }
            | Self::Unreachable { .. }
            | Self::Denied { .. }
            | Self::TimedOut { .. }
            | Self::Truncated { .. }
            | Self::Garbled { .. }
            | Self::ApiError { .. }
            | Self::NotGranted { .. } => true,
        }
    }

    /// A garbled answer, named.
    pub fn garbled(what: impl Into<String>) -> Self {
        Self::Garbled { what: what.into() }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSurveyed => f.write_str("not surveyed yet"),
            Self::NotAsked => f.write_str("not part of this survey"),
            Self::NotRunning => f.write_str("the instance does not run"),
            Self::NotFound { id } => write!(f, "the cloud does not know {id}"),
            Self::NoChannel => f.write_str("no channel into the guest is declared"),
            Self::NotGranted { what, .. } => write!(f, "not granted: {what}"),
            Self::AgentUnavailable { reason } => write!(f, "guest agent: {reason}"),
            Self::Unreachable { reason } => write!(f, "unreachable: {reason}"),
            Self::Denied { reason } => write!(f, "denied: {reason}"),
            Self::TimedOut { what } => write!(f, "no answer: {what}"),
            Self::Truncated { what } => write!(f, "answer cut short: {what}"),
            Self::Garbled { what } => write!(f, "answer not understood: {what}"),
            Self::ApiError { code, advice } => write!(f, "{code}: {advice}"),
        }
    }
}
