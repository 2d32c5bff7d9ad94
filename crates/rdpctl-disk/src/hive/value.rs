//! Values: a name, a kind, and bytes in one of three places.

use std::borrow::Cow;

use super::cell::Cells;
use crate::bytes::{array, index, slice, u16_at, u32_at, units};
use crate::error::{Damage, Structure};
use crate::name::{decode, upper};

/// What a value's bytes are meant as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `REG_NONE`.
    None,
    /// `REG_SZ`.
    Sz,
    /// `REG_EXPAND_SZ`.
    ExpandSz,
    /// `REG_BINARY`.
    Binary,
    /// `REG_DWORD`.
    Dword,
    /// `REG_MULTI_SZ`.
    MultiSz,
    /// `REG_QWORD`.
    Qword,
    /// Any other number.
    Other(u32),
}

impl Kind {
    /// By its number.
    #[must_use]
    pub fn of(number: u32) -> Self {
        match number {
            0 => Self::None,
            1 => Self::Sz,
            2 => Self::ExpandSz,
            3 => Self::Binary,
            4 => Self::Dword,
            7 => Self::MultiSz,
            11 => Self::Qword,
            other => Self::Other(other),
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Sz => 1,
            Self::ExpandSz => 2,
            Self::Binary => 3,
            Self::Dword => 4,
            Self::MultiSz => 7,
            Self::Qword => 11,
            Self::Other(number) => number,
        }
    }
}

/// Places within a value's cell.
pub(super) mod at {
    pub(in crate::hive) const NAME_LENGTH: usize = 2;
    pub(in crate::hive) const LENGTH: usize = 4;
    pub(in crate::hive) const DATA: usize = 8;
    pub(in crate::hive) const KIND: usize = 12;
    pub(in crate::hive) const FLAGS: usize = 16;
    pub(in crate::hive) const NAME: usize = 20;
}

/// The bytes stand in the value's own cell.
pub(super) const INLINE: u32 = 0x8000_0000;
/// The longest data of one cell; more is cut into pieces of this.
pub(super) const MOST_CELL: usize = 16_344;
/// The name is Latin-1.
pub(super) const LATIN: u16 = 1;

/// A value.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    cells: Cells<'a>,
    pub(super) offset: u32,
    data: &'a [u8],
}

/// Where a value's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inline(usize),
    Cell { offset: u32, length: usize },
}

impl<'a> Value<'a> {
    pub(super) fn read(cells: Cells<'a>, offset: u32) -> Result<Self, Damage> {
        let data = cells.get(offset)?;
        let damage = |what| Damage::new(Structure::Hive, offset, what);
        if !data.starts_with(b"vk") {
            return Err(damage("a value is none"));
        }
        let value = Self { cells, offset, data };
        if value.name_bytes().is_none() {
            return Err(damage("a value is cut off"));
        }
        Ok(value)
    }

    fn name_bytes(&self) -> Option<&'a [u8]> {
        slice(self.data, at::NAME, usize::from(u16_at(self.data, at::NAME_LENGTH)?))
    }

    pub(super) fn name_units(&self) -> Vec<u16> {
        let latin = u16_at(self.data, at::FLAGS).is_some_and(|flags| flags & LATIN != 0);
        decode(self.name_bytes().unwrap_or_default(), latin)
    }

    /// Its name; empty for a key's own value.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf16_lossy(&self.name_units())
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name_units().into_iter().map(upper).eq(name.encode_utf16().map(upper))
    }

    /// What its bytes are meant as.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(u32_at(self.data, at::KIND).unwrap_or(0))
    }

    pub(super) fn place(&self) -> Result<Place, Damage> {
        let length = u32_at(self.data, at::LENGTH).unwrap_or(0);
        if length & INLINE != 0 {
            let length = index(length & !INLINE);
            if length > 4 {
                return Err(Damage::new(
                    Structure::Hive,
                    self.offset,
                    "a value has more bytes than room for them",
                ));
            }
            return Ok(Place::Inline(length));
        }
        if length == 0 {
            return Ok(Place::Inline(0));
        }
        Ok(Place::Cell {
            offset: u32_at(self.data, at::DATA).unwrap_or(u32::MAX),
            length: index(length),
        })
    }

    /// Its bytes.
    pub fn bytes(&self) -> Result<Cow<'a, [u8]>, Damage> {
        let (offset, length) = match self.place()? {
            Place::Inline(length) => {
                return Ok(slice(self.data, at::DATA, length).unwrap_or_default().into());
            }
            Place::Cell { offset, length } => (offset, length),
        };
        let damage = |what| Damage::new(Structure::Hive, offset, what);
        let cell = self.cells.get(offset)?;
        if let Some(bytes) = cell.get(..length) {
            // A list of pieces is shorter than what it holds, so that this is the data itself.
            return Ok(bytes.into());
        }
        if length > self.cells.len() {
            return Err(damage("a value is longer than the hive"));
        }
        let mut bytes = Vec::with_capacity(length);
        for piece in pieces(self.cells, offset, length)? {
            let cell = self.cells.get(piece)?;
            let wanted = (length - bytes.len()).min(MOST_CELL);
            bytes.extend_from_slice(
                cell.get(..wanted).ok_or_else(|| damage("a piece of a value is cut off"))?,
            );
        }
        if bytes.len() == length { Ok(bytes.into()) } else { Err(damage("a value misses pieces")) }
    }

    /// The number, where it is one.
    #[must_use]
    pub fn dword(&self) -> Option<u32> {
        if self.kind() != Kind::Dword {
            return None;
        }
        array(&self.bytes().ok()?, 0).map(u32::from_le_bytes)
    }

    /// The text, where it is one, up to its end.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self.kind() {
            Kind::Sz | Kind::ExpandSz => {
                let units = units(&self.bytes().ok()?);
                let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
                Some(String::from_utf16_lossy(&units[..end]))
            }
            Kind::None
            | Kind::Binary
            | Kind::Dword
            | Kind::MultiSz
            | Kind::Qword
            | Kind::Other(_) => None,
        }
    }

    /// The texts, where it is a list of them.
    #[must_use]
    pub fn texts(&self) -> Option<Vec<String>> {
        if self.kind() != Kind::MultiSz {
            return None;
        }
        let units = units(&self.bytes().ok()?);
        let texts = units.split(|unit| *unit == 0).take_while(|text| !text.is_empty());
        Some(texts.map(String::from_utf16_lossy).collect())
    }
}

/// The offsets of the cells that a long value's bytes lie in.
pub(super) fn pieces(cells: Cells<'_>, offset: u32, length: usize) -> Result<Vec<u32>, Damage> {
    let damage = |what| Damage::new(Structure::Hive, offset, what);
    let cell = cells.get(offset)?;
    if !cell.starts_with(b"db") {
        return Err(damage("a value is longer than its cell"));
    }
    let count = usize::from(u16_at(cell, 2).unwrap_or(0));
    if count != length.div_ceil(MOST_CELL) {
        return Err(damage("a long value has another number of pieces than it needs"));
    }
    let list = cells.get(u32_at(cell, 4).unwrap_or(u32::MAX))?;
    let list = slice(list, 0, 4 * count).ok_or_else(|| damage("a long value's list is cut off"))?;
    Ok(list.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
}
