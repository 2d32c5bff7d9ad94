//! Errors as the resource manager words them.

use serde_json::{Value, json};

/// A refusal with its status and code.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    /// Seconds to wait.
    pub(super) retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after: None }
    }

    pub(super) fn missing(what: &str) -> Self {
        Self::new(404, "ResourceNotFound", format!("The Resource '{what}' was not found."))
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(404, "NotFound", format!("Resource {what} not found."))
    }

    pub(super) fn stale(what: &str) -> Self {
        let message = format!("Precondition failed. The etag of {what} is another.");
        Self::new(412, "PreconditionFailed", message)
    }

    /// One that a world's faults ask for: codes that the vendor has stand under the status that it gives them.
    pub(super) fn injected(code: String, message: String) -> Self {
        let status = match code.as_str() {
            "ExpiredAuthenticationToken" | "AuthenticationFailed" => 401,
            "AuthorizationFailed" | "RequestDisallowedByPolicy" => 403,
            "ResourceNotFound" | "NotFound" => 404,
            "Conflict"
            | "AnotherOperationInProgress"
            | "MissingSubscriptionRegistration"
            | "AllocationFailed"
            | "ZonalAllocationFailed"
            | "SkuNotAvailable"
            | "OperationNotAllowed"
            | "ScopeLocked" => 409,
            "PreconditionFailed" => 412,
            "TooManyRequests" | "RetryableErrorDueToAnotherOperation" => 429,
            "ServiceUnavailable" => 503,
            _ => 500,
        };
        // Somebody else's operation on the same thing comes without a time.
        let retry_after = (code == "TooManyRequests").then_some(1);
        Self { retry_after, ..Self::new(status, code, message) }
    }

    pub(super) fn body(&self) -> Value {
        // The compute service's own throttling comes without the wrapper.
        let error = json!({ "code": self.code, "message": self.message });
        json!({ "error": error })
    }
}
