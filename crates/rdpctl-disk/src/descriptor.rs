//! Security descriptors: who owns a thing, and who may do what with it.

use std::fmt;

use crate::bytes::{array, index, slice, u16_at, u32_at};
use crate::error::{Damage, Structure};

/// A security identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sid {
    authority: u64,
    rest: Vec<u32>,
}

impl Sid {
    fn read(bytes: &[u8]) -> Option<Self> {
        let [revision, count] = array::<2>(bytes, 0)?;
        if revision != 1 || count > 15 {
            return None;
        }
        let six: [u8; 6] = array(bytes, 2)?;
        let authority = six.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
        let rest =
            (0..usize::from(count)).map(|at| u32_at(bytes, 8 + 4 * at)).collect::<Option<_>>()?;
        Some(Self { authority, rest })
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "S-1-{}", self.authority)?;
        self.rest.iter().try_for_each(|number| write!(out, "-{number}"))
    }
}

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It grants.
    Allow,
    /// It denies.
    Deny,
    /// Something else, by its number.
    Other(u8),
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ace {
    /// What it does.
    pub effect: Effect,
    /// How it is inherited.
    pub flags: u8,
    /// Which rights.
    pub mask: u32,
    /// Whose.
    pub sid: Option<Sid>,
}

/// A descriptor, as far as it says who may read and change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Who owns it.
    pub owner: Option<Sid>,
    /// The list of entries; nothing where everybody may do everything.
    pub dacl: Option<Vec<Ace>>,
    control: u16,
}

const DACL_PRESENT: u16 = 0x0004;
const DACL_INHERIT_REQUESTED: u16 = 0x0100;
const DACL_INHERITED: u16 = 0x0400;
const DACL_PROTECTED: u16 = 0x1000;

impl Descriptor {
    /// Reads a self-relative descriptor.
    pub fn read(bytes: &[u8]) -> Result<Self, Damage> {
        Self::of(bytes).ok_or_else(|| Damage::new(Structure::Descriptor, 0_u64, "it is cut off"))
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let control = u16_at(bytes, 2)?;
        let owner = match index(u32_at(bytes, 4)?) {
            0 => None,
            at => Some(Sid::read(bytes.get(at..)?)?),
        };
        let dacl = match index(u32_at(bytes, 16)?) {
            0 => None,
            _ if control & DACL_PRESENT == 0 => None,
            at => Some(list(bytes.get(at..)?)?),
        };
        Some(Self { owner, dacl, control })
    }

    /// The list in Windows' written form, as `icacls /save` gives it.
    #[must_use]
    pub fn sddl(&self) -> String {
        let mut text = "D:".to_owned();
        for (bit, letters) in
            [(DACL_PROTECTED, "P"), (DACL_INHERIT_REQUESTED, "AR"), (DACL_INHERITED, "AI")]
        {
            if self.control & bit != 0 {
                text.push_str(letters);
            }
        }
        match &self.dacl {
            None => text.push_str("NO_ACCESS_CONTROL"),
            Some(list) => list.iter().for_each(|ace| text.push_str(&ace.to_string())),
        }
        text
    }
}

fn list(bytes: &[u8]) -> Option<Vec<Ace>> {
    let whole = slice(bytes, 0, usize::from(u16_at(bytes, 2)?))?;
    let count = usize::from(u16_at(bytes, 4)?);
    let mut at = 8;
    let mut all = Vec::new();
    for _ in 0..count {
        let length = usize::from(u16_at(whole, at + 2)?);
        let ace = slice(whole, at, length).filter(|_| length >= 8)?;
        let effect = match *ace.first()? {
            0 => Effect::Allow,
            1 => Effect::Deny,
            other => Effect::Other(other),
        };
        let sid = match effect {
            Effect::Allow | Effect::Deny => Some(Sid::read(&ace[8..])?),
            Effect::Other(_) => None,
        };
        all.push(Ace { effect, flags: *ace.get(1)?, mask: u32_at(ace, 4)?, sid });
        at += length;
    }
    Some(all)
}

/// Windows writes these by two letters.
const ALIASES: [(&str, &str); 9] = [
    ("S-1-1-0", "WD"),
    ("S-1-3-0", "CO"),
    ("S-1-5-6", "SU"),
    ("S-1-5-11", "AU"),
    ("S-1-5-18", "SY"),
    ("S-1-5-19", "LS"),
    ("S-1-5-20", "NS"),
    ("S-1-5-32-544", "BA"),
    ("S-1-5-32-545", "BU"),
];

impl fmt::Display for Ace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.effect {
            Effect::Allow => "(A;",
            Effect::Deny => "(D;",
            Effect::Other(_) => "(XA;",
        })?;
        for (bit, letters) in [(1, "OI"), (2, "CI"), (4, "NP"), (8, "IO"), (16, "ID")] {
            if self.flags & bit != 0 {
                out.write_str(letters)?;
            }
        }
        match self.mask {
            0x1f_01ff => out.write_str(";FA;;;")?,
            0x12_0089 => out.write_str(";FR;;;")?,
            0x12_0116 => out.write_str(";FW;;;")?,
            0x12_00a0 => out.write_str(";FX;;;")?,
            mask => write!(out, ";{mask:#x};;;")?,
        }
        let sid = self.sid.as_ref().map_or_else(String::new, ToString::to_string);
        let alias = ALIASES.iter().find(|(own, _)| *own == sid).map_or(&*sid, |(_, alias)| alias);
        write!(out, "{alias})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Owner SYSTEM; SYSTEM full, NETWORK SERVICE read; protected.
    fn healthy() -> Vec<u8> {
        let sid = |last: u32| [&[1, 1, 0, 0, 0, 0, 0, 5][..], &last.to_le_bytes()].concat();
        let ace = |mask: u32, last| [&[0, 0, 20, 0][..], &mask.to_le_bytes(), &sid(last)].concat();
        let dacl =
            [&[2, 0, 48, 0, 2, 0, 0, 0][..], &ace(0x1f_01ff, 18), &ace(0x12_0089, 20)].concat();
        let header = [&[1, 0, 4, 0x90][..], &20_u32.to_le_bytes(), &[0; 8], &32_u32.to_le_bytes()];
        [header.concat(), sid(18), dacl].concat()
    }

    #[test]
    fn a_list_is_written_as_windows_writes_it() {
        let descriptor = Descriptor::read(&healthy()).unwrap();
        assert_eq!(descriptor.owner.as_ref().map(ToString::to_string), Some("S-1-5-18".to_owned()));
        assert_eq!(descriptor.sddl(), "D:P(A;;FA;;;SY)(A;;FR;;;NS)");
    }

    #[test]
    fn a_descriptor_cut_anywhere_is_damage() {
        let whole = healthy();
        for length in 0..whole.len() {
            assert!(Descriptor::read(&whole[..length]).is_err(), "{length}");
        }
    }
}
