//! What comes in and what goes back, as HTTP has it.

use std::time::Duration;

use hyper::HeaderMap;
use serde_json::Value;

/// A request as it was received.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// Scheme and host by which we were called.
    pub(crate) base: String,
}

impl<'a> Request<'a> {
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }
}

/// What goes back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// How long to hold it back.
    pub(crate) held: Duration,
    /// Break the connection instead.
    pub(crate) reset: bool,
    /// The caller's power is lost instead.
    pub(crate) cut: bool,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
            held: Duration::ZERO,
            reset: false,
            cut: false,
        }
    }
}
