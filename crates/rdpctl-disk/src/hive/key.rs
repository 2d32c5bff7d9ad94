//! Keys as a reader sees them: names below names, with values.

use super::cell::{Cells, NOWHERE};
use super::image::Hive;
use super::list;
use super::value::Value;
use crate::bytes::{index, slice, u16_at, u32_at, u64_at};
use crate::error::{Damage, Structure};
use crate::name::{decode, upper};

/// Places within a key's cell.
pub(super) mod at {
    pub(in crate::hive) const FLAGS: usize = 2;
    pub(in crate::hive) const WRITTEN: usize = 4;
    pub(in crate::hive) const PARENT: usize = 16;
    pub(in crate::hive) const SUBKEYS: usize = 20;
    pub(in crate::hive) const LIST: usize = 28;
    pub(in crate::hive) const VALUES: usize = 36;
    pub(in crate::hive) const VALUE_LIST: usize = 40;
    pub(in crate::hive) const SECURITY: usize = 44;
    pub(in crate::hive) const CLASS: usize = 48;
    pub(in crate::hive) const MOST_NAME: usize = 52;
    pub(in crate::hive) const MOST_VALUE_NAME: usize = 60;
    pub(in crate::hive) const MOST_DATA: usize = 64;
    pub(in crate::hive) const NAME_LENGTH: usize = 72;
    pub(in crate::hive) const CLASS_LENGTH: usize = 74;
    pub(in crate::hive) const NAME: usize = 76;
}

/// The name is Latin-1.
pub(super) const LATIN: u16 = 0x20;
/// The key stands for another one.
pub(super) const LINK: u16 = 0x10;
/// Its number of values is a handle.
pub(super) const PREDEFINED: u16 = 0x40;

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub(super) cells: Cells<'a>,
    pub(super) offset: u32,
    pub(super) data: &'a [u8],
}

impl Hive {
    /// The key that all others are below.
    pub fn root(&self) -> Result<Key<'_>, Damage> {
        Key::read(self.cells(), self.base.root)
    }

    /// The key at a path of names with `\` between them; nothing where there is none.
    pub fn key(&self, path: &str) -> Result<Option<Key<'_>>, Damage> {
        self.root()?.below(path)
    }
}

impl<'a> Key<'a> {
    pub(super) fn read(cells: Cells<'a>, offset: u32) -> Result<Self, Damage> {
        let data = cells.get(offset)?;
        let damage = |what| Damage::new(Structure::Hive, offset, what);
        if !data.starts_with(b"nk") {
            return Err(damage("a key is none"));
        }
        let key = Self { cells, offset, data };
        if key.name_bytes().is_none() {
            return Err(damage("a key is cut off"));
        }
        Ok(key)
    }

    /// A number of the cell. The cell is as long as its name's end, which lies behind all of them.
    pub(super) fn word(&self, at: usize) -> u32 {
        u32_at(self.data, at).unwrap_or(0)
    }

    pub(super) fn flags(&self) -> u16 {
        u16_at(self.data, at::FLAGS).unwrap_or(0)
    }

    fn name_bytes(&self) -> Option<&'a [u8]> {
        slice(self.data, at::NAME, usize::from(u16_at(self.data, at::NAME_LENGTH)?))
    }

    /// Its name in UTF-16, as it is stored.
    pub(super) fn name_units(&self) -> Vec<u16> {
        decode(self.name_bytes().unwrap_or_default(), self.flags() & LATIN != 0)
    }

    /// Its name; what is no Unicode shows as such.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf16_lossy(&self.name_units())
    }

    /// When it was last written, in 100 ns since 1601.
    #[must_use]
    pub fn written(&self) -> u64 {
        u64_at(self.data, at::WRITTEN).unwrap_or(0)
    }

    /// The keys right below it, in their order.
    pub fn keys(&self) -> Result<Vec<Key<'a>>, Damage> {
        let list = self.word(at::LIST);
        if self.word(at::SUBKEYS) == 0 || list == NOWHERE {
            return Ok(Vec::new());
        }
        let offsets = list::keys(self.cells, list, self.word(at::SUBKEYS))?;
        offsets.into_iter().map(|offset| Self::read(self.cells, offset)).collect()
    }

    /// Those right below it that may have this name: the others need not be read.
    fn called(&self, upper: &[u16]) -> Result<Vec<Key<'a>>, Damage> {
        let list = self.word(at::LIST);
        if self.word(at::SUBKEYS) == 0 || list == NOWHERE {
            return Ok(Vec::new());
        }
        let offsets = list::called(self.cells, list, self.word(at::SUBKEYS), upper)?;
        offsets.into_iter().map(|offset| Self::read(self.cells, offset)).collect()
    }

    /// The key of that name right below it.
    pub fn child(&self, name: &str) -> Result<Option<Key<'a>>, Damage> {
        let name: Vec<u16> = name.encode_utf16().map(upper).collect();
        let keys = if self.cells.is_in_parts() { self.called(&name)? } else { self.keys()? };
        Ok(keys
            .into_iter()
            .find(|key| key.name_units().into_iter().map(upper).eq(name.iter().copied())))
    }

    /// The key at a path below it.
    pub fn below(&self, path: &str) -> Result<Option<Key<'a>>, Damage> {
        let mut key = *self;
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            match key.child(name)? {
                Some(child) => key = child,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }

    /// Its values, in their order.
    pub fn values(&self) -> Result<Vec<Value<'a>>, Damage> {
        self.value_offsets()?.into_iter().map(|offset| Value::read(self.cells, offset)).collect()
    }

    pub(super) fn value_offsets(&self) -> Result<Vec<u32>, Damage> {
        let count = index(self.word(at::VALUES));
        let list = self.word(at::VALUE_LIST);
        if count == 0 || list == NOWHERE || self.flags() & PREDEFINED != 0 {
            return Ok(Vec::new());
        }
        let cell = self.cells.get(list)?;
        let elements = slice(cell, 0, count.saturating_mul(4));
        let elements = elements
            .ok_or_else(|| Damage::new(Structure::Hive, list, "a list of values is cut off"))?;
        Ok(elements.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
    }

    /// The value of that name; the empty name is the key's own value.
    pub fn value(&self, name: &str) -> Result<Option<Value<'a>>, Damage> {
        Ok(self.values()?.into_iter().find(|value| value.is_named(name)))
    }

    /// The descriptor of who may do what with it.
    pub fn descriptor(&self) -> Result<&'a [u8], Damage> {
        let offset = self.word(at::SECURITY);
        let cell = self.cells.get(offset)?;
        let damage = || Damage::new(Structure::Hive, offset, "a key's security is cut off");
        if !cell.starts_with(b"sk") {
            return Err(damage());
        }
        slice(cell, 20, u32_at(cell, 16).map_or(usize::MAX, index)).ok_or_else(damage)
    }
}
