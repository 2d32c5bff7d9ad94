//! What can go wrong in a call, as values: which action, what the vendor said, and whether trying again is sensible.

use std::time::Duration;

use rdpctl_contract::told;
use rdpctl_model::Said;

use super::code::advice::say as advice;
use super::code::{Class, Meaning, Recovery, meaning};
use super::credentials::CredentialError;

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The API answered with an error.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// No answer: the connection failed or broke. A write may have taken effect.
    #[error("{action}: no answer from {host}")]
    Network {
        /// The action.
        action: &'static str,
        /// The host that was called.
        host: String,
        /// What broke.
        source: reqwest::Error,
    },
    /// No answer within the time given. A write may have taken effect.
    #[error("{action}: no answer from {host} within {after:?}")]
    TimedOut {
        /// The action.
        action: &'static str,
        /// The host that was called.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// An HTTP status that the API does not use.
    #[error("{action}: {host} answered with HTTP status {status}")]
    Status {
        /// The action.
        action: &'static str,
        /// The host that was called.
        host: String,
        /// The status.
        status: u16,
    },
    /// An answer that exceeds what we are ready to hold.
    #[error("{action}: the answer exceeds {limit} bytes")]
    TooLarge {
        /// The action.
        action: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An answer that is not what the API documents.
    #[error("{action}: the answer could not be understood")]
    Garbled {
        /// The action.
        action: &'static str,
        /// Where it stopped making sense.
        source: serde_json::Error,
    },
    /// There are no credentials to sign with.
    #[error("no usable credentials for {action}")]
    Credentials {
        /// The action.
        action: &'static str,
        /// What was tried.
        source: CredentialError,
    },
    /// The run was told to stop.
    #[error("{action} was cancelled")]
    Cancelled {
        /// The action.
        action: &'static str,
    },
    /// The request cannot be put into words; a header would hold a forbidden character.
    #[error("{action}: the request cannot be sent: {what}")]
    Unsendable {
        /// The action.
        action: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// An error that the API reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{action} refused with {code}: {message} (request {request_id})")]
pub struct ApiError {
    /// The action.
    pub action: &'static str,
    /// The vendor's code.
    pub code: Box<str>,
    /// The vendor's words; untrusted text.
    pub message: Box<str>,
    /// The vendor's id of the request, for their support.
    pub request_id: Box<str>,
}

impl ApiError {
    /// What the code means.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        meaning(&self.code)
    }

    /// It, with the vendor's own words.
    #[must_use]
    pub fn said(&self) -> Said {
        say::refused_with(self.action, &*self.code, &*self.message, &*self.request_id)
    }
}

impl CallError {
    /// What the failure is about; calls that got no answer count as the server's fault.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Api(error) => error.meaning().class,
            Self::Network { .. } | Self::TimedOut { .. } | Self::Status { .. } => Class::Server,
            Self::TooLarge { .. } => Class::TooBig,
            Self::Garbled { .. } | Self::Cancelled { .. } => Class::Unknown,
            Self::Credentials { .. } => Class::Credentials,
            Self::Unsendable { .. } => Class::BadRequest,
        }
    }

    /// What may help.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Api(error) => error.meaning().recovery,
            Self::Network { source, .. } if source.is_connect() => Recovery::Again,
            Self::Network { .. } | Self::TimedOut { .. } => Recovery::AgainIfRead,
            Self::Status { status, .. } if *status >= 500 || *status == 429 => {
                Recovery::AgainIfRead
            }
            Self::TooLarge { .. } => Recovery::Smaller,
            Self::Status { .. }
            | Self::Garbled { .. }
            | Self::Credentials { .. }
            | Self::Cancelled { .. }
            | Self::Unsendable { .. } => Recovery::Never,
        }
    }

    /// Whether a write that ended like this may nevertheless have taken effect.
    #[must_use]
    pub fn effect_unknown(&self) -> bool {
        match self {
            Self::Api(error) => error.meaning().recovery == Recovery::AgainIfRead,
            Self::Network { source, .. } => !source.is_connect(),
            Self::TimedOut { .. } | Self::TooLarge { .. } | Self::Garbled { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            // A write that has been sent is awaited; one that was cancelled had not been.
            Self::Cancelled { .. } | Self::Credentials { .. } | Self::Unsendable { .. } => false,
        }
    }

    /// The vendor's code, where the vendor answered.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Api(error) => Some(&error.code),
            Self::Network { .. }
            | Self::TimedOut { .. }
            | Self::Status { .. }
            | Self::TooLarge { .. }
            | Self::Garbled { .. }
            | Self::Credentials { .. }
            | Self::Cancelled { .. }
            | Self::Unsendable { .. } => None,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn advice(&self) -> Said {
        match self {
            Self::Api(error) => (error.meaning().advice)(),
            Self::Network { .. } => advice::check_the_network(),
            Self::TimedOut { .. } | Self::Status { .. } => advice::may_be_down(),
            Self::TooLarge { .. } => advice::fewer_at_a_time(),
            Self::Garbled { .. } => advice::is_it_the_api(),
            Self::Credentials { .. } => advice::give_credentials(),
            Self::Cancelled { .. } => advice::run_again(),
            Self::Unsendable { .. } => advice::stray_characters(),
        }
    }

    /// It with all that it rests on.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Api(error) => error.said(),
            Self::Network { action, host, source } => say::no_answer(*action, host, told(source)),
            Self::TimedOut { action, host, after } => {
                say::no_answer_within(*action, host, format!("{after:?}"))
            }
            Self::Status { action, host, status } => say::http_status(*action, host, *status),
            Self::TooLarge { action, limit } => say::too_large(*action, *limit),
            Self::Garbled { action, source } => say::garbled(*action, source.to_string()),
            Self::Credentials { action, source } => say::no_credentials(*action, source.said()),
            Self::Cancelled { action } => say::cancelled(*action),
            Self::Unsendable { action, what } => say::unsendable(*action, *what),
        }
    }
}

rdpctl_model::says! { "call":
    refused_with(action, code, message, request);
    no_answer(action, host, error);
    no_answer_within(action, host, time);
    http_status(action, host, status);
    too_large(action, limit);
    garbled(action, error);
    no_credentials(action, cause);
    cancelled(action);
    unsendable(action, what);
}
