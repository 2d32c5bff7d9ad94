//! An answer of a few words, without the vendor's envelope.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, StatusCode};

/// The answer.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}
