//! Values: set to new bytes, made, deleted.

use super::Editor;
use crate::Refusal;
use crate::error::{Damage, Error, Structure};
use crate::hive::cell::NOWHERE;
use crate::hive::key::{self, LINK};
use crate::hive::value::{self, INLINE, Kind, MOST_CELL, Place};
use crate::refusal::NotEdited;

impl Editor {
    /// Sets a value of a key that exists. What is so already stays as it is, to the byte.
    pub fn set(&mut self, path: &str, name: &str, kind: Kind, data: &[u8]) -> Result<(), Error> {
        let absent = || Damage::new(Structure::Hive, 0_u64, "the key to be changed does not exist");
        let key = self.find(path)?.ok_or_else(absent)?;
        if self.key(key)?.flags() & LINK != 0 {
            return Err(Refusal::HiveEdit(NotEdited::Link).into());
        }
        if data.len() > MOST_CELL {
            return Err(Refusal::HiveEdit(NotEdited::LargeValue).into());
        }
        let found = self.key(key)?.value(name)?.map(|value| (value.offset, value.place()));
        match found {
            Some((offset, place)) => {
                let value = self.key(key)?.value(name)?;
                if let Some(value) = value.filter(|value| value.kind() == kind)
                    && *value.bytes()? == *data
                {
                    return Ok(());
                }
                self.replace(offset, place?, kind, data)?;
            }
            None => self.make(key, name, kind, data)?,
        }
        self.raise(key, key::at::MOST_DATA, data.len(), u32::MAX)?;
        self.stamp(key)?;
        Ok(())
    }

    fn replace(&mut self, offset: u32, place: Place, kind: Kind, data: &[u8]) -> Result<(), Error> {
        match place {
            Place::Inline(_) => self.place_data(offset, data)?,
            Place::Cell { offset: cell, length } => {
                let room = self.cell(cell)?.len();
                if room < length {
                    // In pieces: the whole of them would have to be given back.
                    return Err(Refusal::HiveEdit(NotEdited::LargeValue).into());
                }
                if data.len() > 4 && data.len() <= room {
                    self.put(cell, 0, data)?;
                    self.put_word(
                        offset,
                        value::at::LENGTH,
                        u32::try_from(data.len()).unwrap_or(0),
                    )?;
                } else {
                    self.place_data(offset, data)?;
                    self.free(cell)?;
                }
            }
        }
        self.put_word(offset, value::at::KIND, kind.number())?;
        Ok(())
    }

    /// Puts data where data of that length go, and names the place in the value.
    fn place_data(&mut self, value: u32, data: &[u8]) -> Result<(), Error> {
        let (length, word) = self.stored(data)?;
        self.put_word(value, value::at::LENGTH, length)?;
        self.put_word(value, value::at::DATA, word)?;
        Ok(())
    }

    fn stored(&mut self, data: &[u8]) -> Result<(u32, u32), Error> {
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        if data.len() <= 4 {
            let mut word = [0; 4];
            word[..data.len()].copy_from_slice(data);
            return Ok((length | INLINE, u32::from_le_bytes(word)));
        }
        Ok((length, self.allocate(data)?))
    }

    fn make(&mut self, key: u32, name: &str, kind: Kind, data: &[u8]) -> Result<(), Error> {
        if !name.is_ascii() || name.len() > 16_383 {
            return Err(Refusal::HiveEdit(NotEdited::Name).into());
        }
        let (length, word) = self.stored(data)?;
        let mut cell = b"vk".to_vec();
        cell.extend_from_slice(&u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
        cell.extend_from_slice(&length.to_le_bytes());
        cell.extend_from_slice(&word.to_le_bytes());
        cell.extend_from_slice(&kind.number().to_le_bytes());
        cell.extend_from_slice(&value::LATIN.to_le_bytes());
        cell.extend_from_slice(&[0; 2]);
        cell.extend_from_slice(name.as_bytes());
        let value = self.allocate(&cell)?;
        self.list(key, value)?;
        self.raise(key, key::at::MOST_VALUE_NAME, 2 * name.len(), u32::MAX)?;
        Ok(())
    }

    /// Adds a value to a key's list.
    fn list(&mut self, key: u32, value: u32) -> Result<(), Error> {
        let mut offsets = self.key(key)?.value_offsets()?;
        let list = self.key(key)?.word(key::at::VALUE_LIST);
        let old = if offsets.is_empty() { NOWHERE } else { list };
        offsets.push(value);
        self.relist(key, old, &offsets)
    }

    /// Writes a key's list of values, where it lies or anew.
    fn relist(&mut self, key: u32, old: u32, offsets: &[u32]) -> Result<(), Error> {
        let bytes: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
        let fits = old != NOWHERE && self.cell(old)?.len() >= bytes.len();
        let list = if bytes.is_empty() {
            if old != NOWHERE {
                self.free(old)?;
            }
            NOWHERE
        } else if fits {
            self.put(old, 0, &bytes)?;
            old
        } else {
            let new = self.allocate(&bytes)?;
            if old != NOWHERE {
                self.free(old)?;
            }
            new
        };
        self.put_word(key, key::at::VALUE_LIST, list)?;
        self.put_word(key, key::at::VALUES, u32::try_from(offsets.len()).unwrap_or(0))?;
        Ok(())
    }

    /// Deletes a value. Where there is none, nothing changes.
    pub fn delete(&mut self, path: &str, name: &str) -> Result<(), Error> {
        let Some(key) = self.find(path)? else { return Ok(()) };
        let Some(value) = self.key(key)?.value(name)?.map(|value| value.offset) else {
            return Ok(());
        };
        let list = self.key(key)?.word(key::at::VALUE_LIST);
        let rest: Vec<u32> =
            self.key(key)?.value_offsets()?.into_iter().filter(|offset| *offset != value).collect();
        self.relist(key, list, &rest)?;
        self.free_value(value)?;
        self.stamp(key)?;
        Ok(())
    }

    /// Frees a value with its data, which nothing lists any more.
    pub(super) fn free_value(&mut self, offset: u32) -> Result<(), Error> {
        let cells = self.hive.cells();
        let place = crate::hive::value::Value::read(cells, offset)?.place()?;
        if let Place::Cell { offset: cell, length } = place {
            let mut all = Vec::new();
            if self.cell(cell)?.len() < length {
                all = value::pieces(cells, cell, length)?;
                all.push(crate::bytes::u32_at(cells.get(cell)?, 4).unwrap_or(NOWHERE));
            }
            all.push(cell);
            for cell in all {
                self.free(cell)?;
            }
        }
        self.free(offset)
    }
}
