//! Security descriptors, which NTFS keeps once and files name by number.

use super::folder::Branch;
use super::record::FileId;
use super::volume::{File, Volume};
use crate::blocks::Region;
use crate::bytes::{index, slice, u32_at, u64_at};
use crate::error::{Damage, Error, Structure};

/// The number by which a file names its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecurityId(pub u32);

/// A descriptor of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub id: SecurityId,
    /// The self-relative descriptor.
    pub descriptor: Vec<u8>,
}

/// Every so many bytes the store repeats itself.
const BLOCK: u64 = 0x4_0000;
/// A descriptor has at most 64 KiB.
const MOST_DESCRIPTOR: usize = 64 << 10;
/// A server with many users has some megabytes of them.
const MOST_STORE: u64 = 64 << 20;

impl Volume<'_> {
    /// The number of a file's descriptor.
    pub fn security_id(&self, file: &File) -> Result<SecurityId, Error> {
        file.security_id_place().map(|(_, id)| SecurityId(id))
    }

    /// A file's descriptor: by its number, or where it has none, in the file's own record.
    pub fn descriptor_of(&self, file: &File) -> Result<Vec<u8>, Error> {
        let missing =
            || Damage::new(Structure::FileRecord, file.id().record, "it has no descriptor");
        match self.security_id(file) {
            Ok(id) if id.0 != 0 => Ok(self.descriptor(id)?.ok_or_else(missing)?),
            Ok(_) | Err(_) => {
                let own = self.stream(file, super::attribute::kind::SECURITY_DESCRIPTOR, "")?;
                let most = u64::try_from(MOST_DESCRIPTOR).unwrap_or(u64::MAX);
                own.ok_or_else(missing)?.read_all(self, most)
            }
        }
    }

    /// A descriptor by its number; nothing where the store has none.
    pub fn descriptor(&self, id: SecurityId) -> Result<Option<Vec<u8>>, Error> {
        let secure = self.file(FileId { record: 9, sequence: 0 })?;
        let mut place = None;
        self.walk(&secure, "$SII", |entry| {
            let Some(key) = entry.key.and_then(|key| u32_at(key, 0)) else { return Branch::Both };
            match id.0.cmp(&key) {
                std::cmp::Ordering::Less => Branch::Below,
                std::cmp::Ordering::Greater => Branch::Behind,
                std::cmp::Ordering::Equal => {
                    let data = crate::bytes::u16_at(entry.bytes, 0).map(usize::from);
                    place = data.and_then(|at| {
                        let data = entry.bytes.get(at..)?;
                        Some((u64_at(data, 8)?, index(u32_at(data, 16)?)))
                    });
                    Branch::Done
                }
            }
        })?;
        let Some((at, length)) = place else { return Ok(None) };
        let damage = |what| Error::from(Damage::new(Structure::SecurityStore, at, what));
        if !(20..=MOST_DESCRIPTOR).contains(&length) {
            return Err(damage("a descriptor's length is impossible"));
        }
        let bytes = self.store()?.read(self, at, length)?;
        let (stored, _) =
            entry(&bytes, at).ok_or_else(|| damage("a descriptor does not match its sum"))?;
        if stored.id == id {
            Ok(Some(stored.descriptor))
        } else {
            Err(damage("a number leads to another descriptor"))
        }
    }

    fn store(&self) -> Result<super::Stream, Error> {
        let secure = self.file(FileId { record: 9, sequence: 0 })?;
        self.stream(&secure, super::attribute::kind::DATA, "$SDS")?
            .ok_or_else(|| Damage::new(Structure::SecurityStore, 0_u64, "it is missing").into())
    }

    /// All descriptors that the store still holds, whether a file names them or not: it never forgets.
    pub fn descriptors(&self) -> Result<Vec<Stored>, Error> {
        let store = self.store()?;
        if store.size() > MOST_STORE {
            return Err(Damage::new(
                Structure::SecurityStore,
                store.size(),
                "it is larger than any",
            )
            .into());
        }
        let mut all = Vec::new();
        let mut start = 0;
        while start < store.size() {
            let length = (store.size() - start).min(BLOCK);
            let bytes = store.read(self, start, crate::bytes::index64(length))?;
            let mut at = 0;
            while let Some((stored, next)) = bytes
                .get(at..)
                .and_then(|rest| entry(rest, start + u64::try_from(at).unwrap_or(u64::MAX)))
            {
                all.push(stored);
                at += next.next_multiple_of(16);
            }
            // Behind each block stands its copy.
            start += 2 * BLOCK;
        }
        Ok(all)
    }

    /// The bytes of a file's record with another descriptor's number, and where they go.
    pub(crate) fn repoint(&self, file: &File, id: SecurityId) -> Result<Repointed, Error> {
        let after = file.with_security_id(id.0)?;
        let number = file.id().record;
        if number >= self.records() {
            return Err(
                Damage::new(Structure::FileRecord, number, "there is no such record").into()
            );
        }
        Ok(Repointed { regions: self.record_place(number)?, after })
    }
}

/// A changed record.
pub(crate) struct Repointed {
    pub(crate) regions: Vec<Region>,
    pub(crate) after: Vec<u8>,
}

/// An entry of the store that says where it lies and adds up, with its length.
fn entry(bytes: &[u8], at: u64) -> Option<(Stored, usize)> {
    let length = index(u32_at(bytes, 16)?);
    if !(20..=MOST_DESCRIPTOR).contains(&length) || u64_at(bytes, 8)? != at {
        return None;
    }
    let descriptor = slice(bytes, 20, length - 20)?;
    if u32_at(bytes, 0)? != hash(descriptor) {
        return None;
    }
    Some((Stored { id: SecurityId(u32_at(bytes, 4)?), descriptor: descriptor.to_vec() }, length))
}

/// The sum that the store is indexed by.
pub(super) fn hash(descriptor: &[u8]) -> u32 {
    descriptor
        .as_chunks::<4>()
        .0
        .iter()
        .fold(0_u32, |sum, word| u32::from_le_bytes(*word).wrapping_add(sum.rotate_left(3)))
}
