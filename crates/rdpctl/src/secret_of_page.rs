//! Secrets of the page: tokens, sessions and forms. They are random, long enough that nobody guesses them, and kept as
//! hashes where they are kept at all.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::CliError;

/// By what a token is known where it lies about.
const MARK: &str = "rdpctl-page-";
/// Bytes that nobody guesses.
const LENGTH: usize = 32;

/// A new one.
pub(crate) fn fresh() -> Result<String, CliError> {
    let mut bytes = [0; LENGTH];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| CliError::new("this machine gives no random numbers; nothing was made"))?;
    Ok(format!("{MARK}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// As what it is kept: its SHA-256, in hex.
pub(crate) fn digest(secret: &str) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let bytes = Sha256::digest(secret.as_bytes());
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
