//! From a failed call to what the contract says of it.

use std::error::Error;
use std::time::Duration;

use rdpctl_contract::cloud::{CloudError, Retry};

use super::code::{Class, Recovery};
use super::error::{ApiError, CallError};

impl From<CallError> for CloudError {
    fn from(error: CallError) -> Self {
        let advice = error.advice().to_owned();
        match error {
            CallError::Api(error) => refused(&error),
            CallError::Network { ref host, .. } => {
                Self::Unreachable { endpoint: host.clone(), reason: causes(&error) }
            }
            CallError::TimedOut { ref host, after, .. } => Self::Unreachable {
                endpoint: host.clone(),
                reason: format!("no answer within {after:?}"),
            },
            CallError::Status { ref host, status, .. } => Self::Unreachable {
                endpoint: host.clone(),
                reason: format!("HTTP status {status}"),
            },
            CallError::TooLarge { action, limit } => Self::Garbled {
                action: action.to_owned(),
                what: format!("more than {limit} bytes"),
            },
            CallError::Garbled { action, ref source } => {
                Self::Garbled { action: action.to_owned(), what: source.to_string() }
            }
            CallError::Credentials { ref source, .. } => {
                Self::Credentials { reason: chain(source), advice }
            }
            CallError::Cancelled { .. } => Self::Stopped,
            CallError::Unsendable { action, what } => Self::Garbled {
                action: action.to_owned(),
                what: format!("the request cannot be sent: {what}"),
            },
        }
    }
}

/// An error and all that it rests on, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// All that an error rests on, in one line.
fn causes(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), chain)
}

fn refused(error: &ApiError) -> CloudError {
    let meaning = error.meaning();
    if matches!(meaning.class, Class::Credentials | Class::Clock | Class::Token) {
        return CloudError::Credentials {
            reason: error.to_string(),
            advice: meaning.advice.to_owned(),
        };
    }
    CloudError::Refused {
        action: error.action.to_owned(),
        code: error.code.to_string(),
        message: error.message.to_string(),
        advice: meaning.advice.to_owned(),
        request_id: error.request_id.to_string(),
        retry: match meaning.recovery {
            Recovery::Again | Recovery::NewToken => Retry::After(Duration::from_secs(1)),
            Recovery::WaitUntilFree => Retry::After(Duration::from_secs(10)),
            Recovery::AgainIfRead | Recovery::LookAgain => Retry::AfterReadBack,
            Recovery::Smaller | Recovery::Satisfied => Retry::Never,
            Recovery::Never | Recovery::ResyncClock | Recovery::RefreshCredentials => {
                match meaning.class {
                    Class::BadRequest | Class::Unknown => Retry::Never,
                    Class::Credentials
                    | Class::Clock
                    | Class::Token
                    | Class::SecondFactor
                    | Class::Permission
                    | Class::Throttled
                    | Class::Server
                    | Class::Busy
                    | Class::Exhausted
                    | Class::Money
                    | Class::Missing
                    | Class::Routing
                    | Class::State
                    | Class::Moved
                    | Class::Failed
                    | Class::TooBig
                    | Class::Address
                    | Class::Agent
                    | Class::Approval
                    | Class::DryRun => Retry::OnChange,
                }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(code: &str) -> CloudError {
        CloudError::from(CallError::Api(ApiError {
            action: "StartInstances",
            code: code.into(),
            message: "no".into(),
            request_id: "r-1".into(),
        }))
    }

    #[test]
    fn a_refusal_says_whether_trying_again_is_sensible() {
        for (code, retry) in [
            ("RequestLimitExceeded", Retry::After(Duration::from_secs(1))),
            ("MutexOperation.TaskRunning", Retry::After(Duration::from_secs(10))),
            ("InternalError", Retry::AfterReadBack),
            ("InvalidAccount.InsufficientBalance", Retry::OnChange),
            ("UnauthorizedOperation", Retry::OnChange),
            ("MissingParameter", Retry::Never),
            ("AuthFailure.SignatureFailure", Retry::OnChange),
        ] {
            assert_eq!(cloud(code).retry(), retry, "{code}");
        }
    }

    #[test]
    fn a_bad_signature_is_about_the_credentials() {
        let error = cloud("AuthFailure.SignatureFailure");
        assert_eq!(
            error.to_string(),
            "credentials: StartInstances refused with AuthFailure.SignatureFailure: no (request r-1)"
        );
        assert_eq!(
            error.advice(),
            "check the secret id and secret key, and that the key is enabled"
        );
    }
}
