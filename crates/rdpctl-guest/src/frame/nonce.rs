//! The mark that tells our frames from whatever else a guest prints.

use std::fmt;

/// Four to sixteen lower-case hexadecimal digits, new for every batch.
///
/// A value in the guest cannot fake a frame, because it was written before the nonce was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// The nonce of these digits.
    #[must_use]
    pub fn new(digits: &str) -> Option<Self> {
        let fits = (4..=16).contains(&digits.len())
            && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(digits.to_owned()))
    }

    /// The nonce of a random number, eight digits long.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        Self(format!("{number:08x}"))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
