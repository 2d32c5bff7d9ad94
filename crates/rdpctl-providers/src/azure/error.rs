//! Why a call failed, and what the user can do.

use std::time::Duration;

use rdpctl_contract::Cause;
use rdpctl_contract::cloud::{CloudError, Retry};
use serde::Deserialize;

use super::credentials::CredentialError;
use crate::moved::say as moved;
use rdpctl_model::Said;

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
        source: Box<CredentialError>,
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

    /// Whether the role lacks what this needs.
    pub(super) fn is_lack_of_right(&self) -> bool {
        matches!(self, Self::Refused { status: 403, code, .. } if code == "AuthorizationFailed")
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

impl ArmError {
    /// The same without what differs from machine to machine and from call to call, so that one cause on many machines is
    /// told once: the machine's name in what was asked, and ids that stand quoted in the vendor's words.
    pub(super) fn of_any(mut self, name: &str) -> Self {
        match &mut self {
            Self::Refused { action, message, .. } => {
                *action = nameless(action, name);
                *message = impersonal(message, name);
            }
            Self::Lost { action, .. }
            | Self::Credentials { action, .. }
            | Self::Garbled { action, .. }
            | Self::Unfinished { action, .. } => *action = nameless(action, name),
            Self::Stopped => {}
        }
        self
    }
}

fn nameless(action: &str, name: &str) -> String {
    action.replace(&format!("/{name}"), "")
}

fn impersonal(message: &str, name: &str) -> String {
    let differs = |word: &str| {
        word.starts_with('/')
            || word.eq_ignore_ascii_case(name)
            || (word.len() == 36 && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
    };
    let words = message.split('\'').enumerate();
    let words: Vec<&str> = words
        .map(|(place, word)| if place % 2 == 1 && differs(word) { "…" } else { word })
        .collect();
    words.join("'")
}

/// What the user can do about a refusal.
fn advice(status: u16, code: &str, message: &str) -> Said {
    match code {
        "AuthorizationFailed" => {
            let action = message.split('\'').find(|word| {
                word.contains("Microsoft.") && word.contains('/') && !word.starts_with('/')
            });
            match action {
                Some(action) => say::add_to_the_role(action),
                None => say::give_the_role(),
            }
        }
        "LinkedAuthorizationFailed" => say::linked_right(),
        "RequestDisallowedByPolicy" => say::forbidden_by_policy(),
        "ScopeLocked" => say::locked(),
        "MissingSubscriptionRegistration" => say::register_provider(),
        "SubscriptionNotFound" => say::check_subscription(),
        "AllocationFailed" | "ZonalAllocationFailed" | "OverconstrainedAllocationRequest" => {
            say::no_room_now()
        }
        "PublicIPCountLimitReached" | "QuotaExceeded" => say::quota(),
        "AnotherOperationInProgress" | "Conflict" | "RetryableErrorDueToAnotherOperation" => {
            say::somebody_else()
        }
        "VMAgentStatusCommunicationError" => say::agent_silent(),
        _ => match status {
            401 => say::log_on_again(),
            403 => say::give_the_role(),
            412 => say::plan_again(),
            429 => say::calls_used_up(),
            _ => Said::default(),
        },
    }
}

impl From<ArmError> for CloudError {
    fn from(error: ArmError) -> Self {
        match error {
            ArmError::Lost { endpoint, source, .. } => {
                Self::Unreachable { endpoint: Said::quoted(endpoint), source: Cause::of(source) }
            }
            ArmError::Credentials { source, .. } => {
                let advice = source.advice();
                Self::Credentials { source: source.said().into(), advice }
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
                what: Said::quoted(action),
                waited,
                last: moved::still_in_progress(),
            },
            ArmError::Stopped => Self::Stopped,
        }
    }
}

rdpctl_model::says! { "azure-advice":
    linked_right();
    forbidden_by_policy();
    locked();
    register_provider();
    check_subscription();
    no_room_now();
    quota();
    somebody_else();
    agent_silent();
    log_on_again();
    plan_again();
    calls_used_up();
    add_to_the_role(action);
    give_the_role();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_is_named_with_the_line_to_add() {
        let message = "The client 'c' with object id 'c' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/start/action' over scope '/subscriptions/s/x' or the scope is invalid.";
        assert_eq!(
            rdpctl_words::english(&advice(403, "AuthorizationFailed", message)),
            "add \"Microsoft.Compute/virtualMachines/start/action\" to the role; `rdpctl permissions` prints the whole definition"
        );
    }

    #[test]
    fn one_refusal_of_many_machines_is_told_in_the_same_words() {
        let told = |name: &str| {
            let message = format!(
                "The client '92e2250e-8559-4420-8e85-79b538d97e51' may not perform action 'Microsoft.Compute/x/action' over scope '/subscriptions/s/{name}'; '{name}' stays."
            );
            let refused = ArmError::Refused {
                action: format!("POST Microsoft.Compute/virtualMachines/{name}/runCommand"),
                status: 403,
                code: "AuthorizationFailed".to_owned(),
                message,
                request: name.to_owned(),
                retry_after: None,
            };
            refused.of_any(name).to_string()
        };
        assert_eq!(told("web-01"), told("web-02"));
        assert_eq!(
            told("a"),
            "POST Microsoft.Compute/virtualMachines/runCommand: AuthorizationFailed: The client '…' may not perform action \
             'Microsoft.Compute/x/action' over scope '…'; '…' stays."
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
