//! Why a call failed, and what the user can do.

use std::time::Duration;

use rdpctl_contract::Cause;
use rdpctl_contract::cloud::{CloudError, Retry};
use serde::Deserialize;

use super::credentials::CredentialError;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArmError {
    /// Nobody answered.
    #[error("{action}: no answer")]
    Lost {
        /// What was asked.
        action: String,
        /// Of whom.
        endpoint: String,
        /// What came instead.
        source: reqwest::Error,
    },
    /// There is no token.
    #[error("{action}: no token")]
    Credentials {
        /// What was asked.
        action: String,
        /// Why.
        source: CredentialError,
    },
    /// The vendor refused, at once or in the end.
    #[error("{action}: {code}: {message}")]
    Refused {
        /// What was asked.
        action: String,
        /// The HTTP status.
        status: u16,
        /// The vendor's code.
        code: String,
        /// The vendor's words; untrusted text.
        message: String,
        /// The ids by which the vendor finds the call again.
        request: String,
        /// When it may be tried again, by the vendor's word.
        retry_after: Option<Duration>,
    },
    /// The answer is not understood.
    #[error("{action}: answer not understood")]
    Garbled {
        /// What was asked.
        action: String,
        /// Why.
        source: Cause,
    },
    /// An operation did not end.
    #[error("{action} did not end within {waited:?}")]
    Unfinished {
        /// What was asked.
        action: String,
        /// How long.
        waited: Duration,
    },
    /// The run was stopped.
    #[error("stopped")]
    Stopped,
}

/// The vendor's envelope of an error, with or without its wrapper.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    error: Option<Words>,
    code: String,
    message: String,
}

/// The words of an error.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Words {
    pub(super) code: String,
    pub(super) message: String,
}

impl Told {
    pub(super) fn words(self) -> Words {
        self.error.unwrap_or(Words { code: self.code, message: self.message })
    }
}

impl ArmError {
    /// The HTTP status of a refusal.
    pub(super) const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Lost { .. }
            | Self::Credentials { .. }
            | Self::Garbled { .. }
            | Self::Unfinished { .. }
            | Self::Stopped => None,
        }
    }

    /// Whether the vendor has no such thing.
    pub(super) const fn is_missing(&self) -> bool {
        matches!(self.status(), Some(404))
    }

    /// Whether the account may not do this.
    pub(super) const fn is_denied(&self) -> bool {
        matches!(self.status(), Some(403))
    }

    /// Whether somebody else changed it meanwhile.
    pub(super) const fn is_stale(&self) -> bool {
        matches!(self.status(), Some(412))
    }

    /// Whether something else is being done to it.
    pub(super) fn is_busy(&self) -> bool {
        match self {
            Self::Refused { status: 409 | 429, code, .. } => matches!(
                code.as_str(),
                "Conflict"
                    | "AnotherOperationInProgress"
                    | "RetryableErrorDueToAnotherOperation"
                    | "RetryableError"
            ),
            Self::Refused { .. }
            | Self::Lost { .. }
            | Self::Credentials { .. }
            | Self::Garbled { .. }
            | Self::Unfinished { .. }
            | Self::Stopped => false,
        }
    }
}

/// What the user can do about a refusal.
fn advice(status: u16, code: &str, message: &str) -> String {
    let fixed = match code {
        "AuthorizationFailed" => {
            let action = message.split('\'').find(|word| {
                word.contains("Microsoft.") && word.contains('/') && !word.starts_with('/')
            });
            return match action {
                Some(action) => format!(
                    "add \"{action}\" to the role; `rdpctl permissions` prints the whole definition"
                ),
                None => "give the identity the role that `rdpctl permissions` prints".to_owned(),
            };
        }
        "LinkedAuthorizationFailed" => {
            "the role lacks a right on something that is referred to, such as a subnet's or an address's join action"
        }
        "RequestDisallowedByPolicy" => {
            "a policy of the subscription forbids it; ask whoever owns the policy for an exemption"
        }
        "ScopeLocked" => "a lock keeps it as it is; remove the lock, or leave this to its owner",
        "MissingSubscriptionRegistration" => {
            "register the resource provider once: az provider register --namespace Microsoft.Compute, and Microsoft.Network"
        }
        "SubscriptionNotFound" => {
            "check `subscription`, and whether the identity has any role in it"
        }
        "AllocationFailed" | "ZonalAllocationFailed" | "OverconstrainedAllocationRequest" => {
            "the region has no room for this size now; try again later, or resize"
        }
        "PublicIPCountLimitReached" | "QuotaExceeded" => {
            "give an address back, or ask for a higher quota"
        }
        "AnotherOperationInProgress" | "Conflict" | "RetryableErrorDueToAnotherOperation" => {
            "somebody else is changing it; run `rdpctl plan` again when that is over"
        }
        "VMAgentStatusCommunicationError" => {
            "the agent in the guest does not answer; use another way in, or restart the VM"
        }
        _ => match status {
            401 => "log on again",
            403 => "give the identity the role that `rdpctl permissions` prints",
            412 => "run `rdpctl plan` again",
            429 => {
                "the subscription's quota of calls is used up; try again later, or set a lower `rate`"
            }
            _ => "",
        },
    };
    fixed.to_owned()
}

impl From<ArmError> for CloudError {
    fn from(error: ArmError) -> Self {
        match error {
            ArmError::Lost { endpoint, source, .. } => {
                Self::Unreachable { endpoint, source: Cause::of(source) }
            }
            ArmError::Credentials { source, .. } => {
                let advice = source.advice().to_owned();
                Self::Credentials { source: Cause::of(source), advice }
            }
            ArmError::Refused { action, status, code, message, request, retry_after } => {
                let retry = match status {
                    429 | 503 => Retry::After(retry_after.unwrap_or(Duration::from_secs(10))),
                    409 => Retry::After(Duration::from_secs(30)),
                    401 | 403 => Retry::OnChange,
                    500.. => Retry::AfterReadBack,
                    _ => Retry::Never,
                };
                let advice = advice(status, &code, &message);
                Self::Refused { action, code, message, advice, request_id: request, retry }
            }
            ArmError::Garbled { action, source } => Self::Garbled { action, source },
            ArmError::Unfinished { action, waited } => Self::NotSettled {
                what: action,
                waited,
                last: "the operation is still in progress".to_owned(),
            },
            ArmError::Stopped => Self::Stopped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_is_named_with_the_line_to_add() {
        let message = "The client 'c' with object id 'c' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/start/action' over scope '/subscriptions/s/x' or the scope is invalid.";
        assert_eq!(
            advice(403, "AuthorizationFailed", message),
            "add \"Microsoft.Compute/virtualMachines/start/action\" to the role; `rdpctl permissions` prints the whole definition"
        );
    }

    #[test]
    fn an_error_is_read_with_its_wrapper_and_without() {
        for text in [r#"{"error":{"code":"A","message":"b"}}"#, r#"{"code":"A","message":"b"}"#] {
            let words = serde_json::from_str::<Told>(text).unwrap().words();
            assert_eq!((words.code.as_str(), words.message.as_str()), ("A", "b"), "{text}");
        }
    }
}
