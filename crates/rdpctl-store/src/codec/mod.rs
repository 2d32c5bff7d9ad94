//! How facts and documents lie on disk: columns of small numbers for what is read by the hundred thousand, JSON for
//! what people may want to read.
//!
//! Every decoder takes damaged bytes for an answer: it returns [`Garbled`] and never panics or allocates without bound.

pub(crate) mod chunk;
pub(crate) mod json;
pub(crate) mod packed;
pub(crate) mod texts;

/// Bytes that are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be read")]
pub(crate) struct Garbled {
    /// Which part.
    pub(crate) what: &'static str,
}

/// What is left of some bytes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], Garbled> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Garbled { what })?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, Garbled> {
        self.take(1, what)?.first().copied().ok_or(Garbled { what })
    }

    pub(crate) fn number(&mut self, what: &'static str) -> Result<u32, Garbled> {
        let bytes = self.take(4, what)?.try_into().map_err(|_| Garbled { what })?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Fails when something is left.
    pub(crate) fn end(&self, what: &'static str) -> Result<(), Garbled> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Garbled { what }) }
    }
}
