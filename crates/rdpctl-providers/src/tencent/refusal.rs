//! From a failed call to what the contract says of it.

use std::time::Duration;

use rdpctl_contract::Cause;
use rdpctl_contract::cloud::{CloudError, Retry};

use super::code::{Class, Recovery};
use super::error::{ApiError, CallError};
use crate::moved::say as moved;
use rdpctl_model::Said;

impl From<CallError> for CloudError {
    fn from(error: CallError) -> Self {
        let advice = error.advice();
        match error {
            CallError::Api(error) => refused(error),
            CallError::Network { host, source, .. } => {
                Self::Unreachable { endpoint: Said::quoted(host), source: Cause::of(source) }
            }
            CallError::TimedOut { host, after, .. } => Self::Unreachable {
                endpoint: Said::quoted(host),
                source: moved::no_answer_within(format!("{after:?}")).into(),
            },
            CallError::Status { host, status, .. } => Self::Unreachable {
                endpoint: Said::quoted(host),
                source: moved::http_status(status).into(),
            },
            CallError::TooLarge { action, limit } => {
                Self::Garbled { action: action.to_owned(), source: moved::more_than(limit).into() }
            }
            CallError::Garbled { action, source } => {
                Self::Garbled { action: action.to_owned(), source: Cause::of(source) }
            }
            CallError::Credentials { source, .. } => {
                Self::Credentials { source: source.said().into(), advice }
            }
            CallError::Cancelled { .. } => Self::Stopped,
            CallError::Unsendable { action, what } => Self::Garbled {
                action: action.to_owned(),
                source: moved::cannot_be_sent(what).into(),
            },
        }
    }
}

fn refused(error: ApiError) -> CloudError {
    let meaning = error.meaning();
    if matches!(meaning.class, Class::Credentials | Class::Clock | Class::Token) {
        return CloudError::Credentials { advice: (meaning.advice)(), source: error.said().into() };
    }
    CloudError::Refused {
        action: error.action.to_owned(),
        code: error.code.to_string(),
        message: error.message.to_string(),
        advice: (meaning.advice)(),
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
            rdpctl_words::english(&error.said()),
            "there are no credentials that work: StartInstances refused with AuthFailure.SignatureFailure: no (request r-1)"
        );
        assert_eq!(
            rdpctl_words::english(&error.advice()),
            "check the secret id and secret key, and that the key is enabled"
        );
    }
}
