//! Errors of clouds.

use rdpctl_contract::CloudError;
use rdpctl_words::english;

use super::CliError;

impl From<CloudError> for CliError {
    fn from(error: CloudError) -> Self {
        let advice = error.advice();
        let base = match &error {
            CloudError::NotGranted { .. }
            | CloudError::Stale { .. }
            | CloudError::NotSettled { .. }
            | CloudError::Unsupported { .. } => Self::new(english(&error.said())),
            CloudError::Unreachable { endpoint, .. } => {
                Self::new(format!("cannot reach {}", english(endpoint))).caused(&error)
            }
            CloudError::Refused { action, code, message, request_id, .. } => {
                let base = Self::new(format!("the cloud refused {action}"))
                    .said(format!("{code}: {message}"));
                if request_id.is_empty() {
                    base
                } else {
                    base.said(format!("request {request_id}"))
                }
            }
            CloudError::Garbled { action, .. } => {
                Self::new(format!("the answer to {action} was not understood")).caused(&error)
            }
            CloudError::Credentials { .. } | CloudError::Stopped => {
                Self::new(error.to_string()).caused(&error)
            }
        };
        if advice.is_nothing() { base } else { base.hint(english(&advice)) }
    }
}
