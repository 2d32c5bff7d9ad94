//! The vendor's refusals: a dotted code and a sentence.

use std::borrow::Cow;

/// An error answer. It still comes with HTTP status 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), message: message.into() }
    }

    pub(crate) fn injected(code: String, message: String) -> Self {
        Self { code: Cow::Owned(code), message }
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            "MissingParameter",
            format!("The request is missing the required parameter `{parameter}`."),
        )
    }

    pub(crate) fn unknown(parameter: &str) -> Self {
        Self::new("UnknownParameter", format!("The parameter `{parameter}` is not recognized."))
    }

    /// What the vendor says to a body that is not what the action takes.
    pub(crate) fn of_body(error: &serde_json::Error) -> Self {
        let message = error.to_string();
        let name = message.split('`').nth(1).unwrap_or_default();
        if message.starts_with("unknown field") {
            Self::unknown(name)
        } else if message.starts_with("missing field") {
            Self::missing(name)
        } else if error.is_data() {
            let reason = message.split(" at line ").next().unwrap_or_default();
            Self::new("InvalidParameter", format!("A parameter has the wrong type: {reason}."))
        } else {
            Self::new("InvalidParameter", "The request body is not a JSON object.")
        }
    }
}
