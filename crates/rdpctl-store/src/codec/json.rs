//! Documents as they lie on disk ([`rdpctl_contract::store::pressed`]), read with the name of what they are.

use std::borrow::Cow;

use rdpctl_contract::store::pressed;
use serde::de::DeserializeOwned;

use super::Garbled;

/// Reads a document.
pub(crate) fn decode<T: DeserializeOwned>(
    form: i64,
    body: &[u8],
    what: &'static str,
) -> Result<T, Garbled> {
    pressed::read(form, body).map_err(|_| Garbled { what })
}

/// The JSON as it was before it was pressed.
pub(crate) fn plain<'a>(
    form: i64,
    body: &'a [u8],
    what: &'static str,
) -> Result<Cow<'a, [u8]>, Garbled> {
    pressed::plain(form, body).map_err(|_| Garbled { what })
}
