//! A change as bytes, to be kept before it is done: with all that was there, and a sum over everything.

use sha2::{Digest, Sha256};

use super::{Change, Step, Write};
use crate::Guid;
use crate::bytes::{array, index, slice, u32_at, u64_at};
use crate::error::{Damage, Structure};
use crate::table::{Identity, SECTOR};

const MAGIC: &[u8; 16] = b"rdpctl change 1\n";

impl Change {
    /// The journal: keep it safe before the first sector is written.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        match self.identity {
            Identity::Gpt(guid) => {
                bytes.extend_from_slice(&1_u32.to_le_bytes());
                bytes.extend_from_slice(&guid.0);
            }
            Identity::Mbr(signature) => {
                bytes.extend_from_slice(&0_u32.to_le_bytes());
                bytes.extend_from_slice(&signature.to_le_bytes());
                bytes.extend_from_slice(&[0; 12]);
            }
        }
        bytes.extend_from_slice(&self.size.to_le_bytes());
        bytes.extend_from_slice(&length(self.steps.len()));
        for step in &self.steps {
            bytes.extend_from_slice(&length(step.writes.len()));
            for write in &step.writes {
                bytes.extend_from_slice(&write.at.to_le_bytes());
                bytes.extend_from_slice(&length(write.after.len()));
                bytes.extend_from_slice(&write.before);
                bytes.extend_from_slice(&write.after);
            }
        }
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum);
        bytes
    }

    /// Reads a journal back. One that is not whole was never acted on: it is kept before the first write.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damage> {
        let damage = |what| Damage::new(Structure::Journal, 0_u64, what);
        let length = bytes.len().checked_sub(32).ok_or_else(|| damage("it is cut off"))?;
        let (content, sum) = bytes.split_at(length);
        if Sha256::digest(content).as_slice() != sum {
            return Err(damage("it does not match its sum"));
        }
        let content =
            content.strip_prefix(MAGIC).ok_or_else(|| damage("it is of another version"))?;
        Self::read(content).ok_or_else(|| damage("it contradicts itself"))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let identity = match u32_at(bytes, 0)? {
            1 => Identity::Gpt(array(bytes, 4).map(Guid)?),
            0 => Identity::Mbr(u32_at(bytes, 4)?),
            _ => return None,
        };
        let size = u64_at(bytes, 20)?;
        let mut rest = Rest { bytes, at: 28 };
        let mut steps = Vec::new();
        for _ in 0..rest.count()? {
            let mut step = Step::default();
            for _ in 0..rest.count()? {
                let at = u64_at(rest.bytes, rest.at)?;
                rest.at += 8;
                let length = index(rest.count()?);
                let whole = u64::try_from(length).ok()?;
                if !at.is_multiple_of(SECTOR)
                    || !whole.is_multiple_of(SECTOR)
                    || at.checked_add(whole)? > size
                {
                    return None;
                }
                let before = rest.take(length)?.to_vec();
                let after = rest.take(length)?.to_vec();
                step.writes.push(Write { at, before, after });
            }
            steps.push(step);
        }
        (rest.at == bytes.len()).then_some(Self { identity, size, steps })
    }
}

fn length(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes()
}

struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn count(&mut self) -> Option<u32> {
        let count = u32_at(self.bytes, self.at)?;
        self.at += 4;
        Some(count)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = slice(self.bytes, self.at, length)?;
        self.at += length;
        Some(taken)
    }
}
