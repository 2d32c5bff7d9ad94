//! What could not be learned, and why. Unknown is a value and never taken for healthy.

use serde::{Deserialize, Serialize};

use crate::id::ResourceId;
use crate::said::{Arg, Said};

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
        what: Said,
        /// The lines of a grants file that would grant it; empty where nothing can.
        grant: String,
    },
    /// The guest agent is absent, offline or unable; says which.
    AgentUnavailable {
        /// What the vendor said of the agent.
        reason: Said,
    },
    /// The channel did not reach the guest.
    Unreachable {
        /// What was tried and what came back.
        reason: Said,
    },
    /// Windows says who it is over its console, and opens no channel there for commands; nothing else answers.
    Unresponsive {
        /// What it says of itself.
        reason: Said,
    },
    /// The guest or the cloud refused the credentials or the permission.
    Denied {
        /// What was refused.
        reason: Said,
    },
    /// The answer did not come in time.
    TimedOut {
        /// What was waited for.
        what: Said,
    },
    /// The answer was cut before its end.
    Truncated {
        /// Which part is missing.
        what: Said,
    },
    /// The answer could not be understood.
    Garbled {
        /// What did not make sense.
        what: Said,
    },
    /// The vendor answered with an error.
    ApiError {
        /// Its code.
        code: String,
        /// What the user can do.
        advice: Said,
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
            | Self::Unresponsive { .. }
            | Self::Denied { .. }
            | Self::TimedOut { .. }
            | Self::Truncated { .. }
            | Self::Garbled { .. }
            | Self::ApiError { .. }
            | Self::NotGranted { .. } => true,
        }
    }

    /// A garbled answer, named.
    #[must_use]
    pub const fn garbled(what: Said) -> Self {
        Self::Garbled { what }
    }

    /// It in a sentence.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::NotSurveyed => say::not_surveyed(),
            Self::NotAsked => say::not_asked(),
            Self::NotRunning => say::not_running(),
            Self::NotFound { id } => say::not_found(id.as_str()),
            Self::NoChannel => say::no_channel(),
            Self::NotGranted { what, .. } => say::not_granted(what),
            Self::AgentUnavailable { reason } => say::agent(reason),
            Self::Unreachable { reason } => say::unreachable(reason),
            Self::Unresponsive { reason } => say::unresponsive(reason),
            Self::Denied { reason } => say::denied(reason),
            Self::TimedOut { what } => say::timed_out(what),
            Self::Truncated { what } => say::truncated(what),
            Self::Garbled { what } => say::garbled(what),
            Self::ApiError { code, advice } => say::api_error(code, advice),
        }
    }
}

impl From<&Gap> for Arg {
    fn from(gap: &Gap) -> Self {
        gap.said().into()
    }
}

crate::said::says! { "gap":
    not_surveyed();
    not_asked();
    not_running();
    not_found(id);
    no_channel();
    not_granted(what);
    agent(what);
    unreachable(what);
    unresponsive(what);
    denied(what);
    timed_out(what);
    truncated(what);
    garbled(what);
    api_error(code, advice);
}
