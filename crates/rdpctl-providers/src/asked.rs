//! Each request and look as it ends, for whoever wants to see them: an event of the log under a target of its own, and beneath
//! it, for whoever wants that too, what was sent and what came back, without what is secret in it.

use std::fmt::Display;

use serde_json::Value;
use tokio::time::Instant;

/// Under which target they are found in the log.
pub const TARGET: &str = "rdpctl::asked";

/// Of a body nobody reads more.
const SHOWN: usize = 4_000;

/// Parts of names behind which something secret stands.
const SECRETS: [&str; 7] =
    ["password", "secret", "token", "sas", "credential", "authorization", "connectionstring"];

/// Something that is being asked.
#[derive(Debug)]
pub struct Asked<'a> {
    whom: &'a str,
    what: &'a str,
    began: Instant,
}

impl<'a> Asked<'a> {
    /// It begins.
    #[must_use]
    pub fn of(whom: &'a str, what: &'a str) -> Self {
        Self { whom, what, began: Instant::now() }
    }

    /// It ended, and how.
    pub fn ended(&self, how: impl Display) {
        let Self { whom, what, began } = self;
        let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(target: TARGET, whom, what, took, %how);
    }

    /// What was sent and what came back.
    pub fn bodies(&self, sent: &[u8], received: &[u8]) {
        if tracing::enabled!(target: TARGET, tracing::Level::DEBUG) {
            let Self { whom, what, .. } = self;
            let (sent, received) = (open(sent), open(received));
            tracing::debug!(target: TARGET, whom, what, %sent, %received);
        }
    }
}

/// A body without what is secret in it; one that is no JSON is only measured, since nobody knows what it holds.
fn open(body: &[u8]) -> String {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return format!("{} bytes that are no JSON", body.len());
    };
    hide(&mut value);
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}... of {} bytes", &text[..end], body.len()),
        None => text,
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.to_ascii_lowercase();
                if SECRETS.iter().any(|secret| name.contains(secret)) {
                    *value = Value::from("(hidden)");
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_in_a_body_is_hidden_and_what_is_no_json_is_only_measured() {
        let body = br#"{"a":[{"accessSAS":"https://x?sig=1"}],"Token":{"b":1},"TmpSecretKey":"k","Id":"ins-1"}"#;
        let shown = open(body);
        assert!(shown.contains("ins-1"), "{shown}");
        for secret in ["sig=1", "\"k\"", "\"b\""] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(open(b"password=x"), "10 bytes that are no JSON");
    }

    #[test]
    fn a_long_body_is_cut_between_characters() {
        let body = format!("\"{}\"", "한".repeat(SHOWN));
        assert!(open(body.as_bytes()).ends_with(&format!("... of {} bytes", body.len())));
    }
}
