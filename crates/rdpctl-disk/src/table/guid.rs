//! GUIDs as Windows stores them: three numbers little-endian, eight bytes as they are.

use std::fmt;

/// Sixteen bytes in their order on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Reads the written form, with or without braces.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        let mut groups = text.split('-');
        let mut group = |digits: usize| {
            let group = groups.next().filter(|group| group.len() == digits)?;
            group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
            u64::from_str_radix(group, 16).ok()
        };
        let (first, second, third) = (group(8)?, group(4)?, group(4)?);
        let (fourth, last) = (group(4)?, group(12)?);
        if groups.next().is_some() {
            return None;
        }
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&u32::try_from(first).ok()?.to_le_bytes());
        bytes[4..6].copy_from_slice(&u16::try_from(second).ok()?.to_le_bytes());
        bytes[6..8].copy_from_slice(&u16::try_from(third).ok()?.to_le_bytes());
        bytes[8..10].copy_from_slice(&u16::try_from(fourth).ok()?.to_be_bytes());
        bytes[10..].copy_from_slice(&last.to_be_bytes()[2..]);
        Some(Self(bytes))
    }

    /// Whether this stands for nothing at all.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.0 == [0; 16]
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = &self.0;
        let first = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let second = u16::from_le_bytes([bytes[4], bytes[5]]);
        let third = u16::from_le_bytes([bytes[6], bytes[7]]);
        write!(out, "{first:08x}-{second:04x}-{third:04x}-{:02x}{:02x}-", bytes[8], bytes[9])?;
        bytes[10..].iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_groups_are_stored_backwards() {
        let written = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
        let guid = Guid::parse(written).unwrap();
        assert_eq!(guid.0[..4], [0x28, 0x73, 0x2a, 0xc1]);
        assert_eq!(guid.0[8..], [0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b]);
        assert_eq!(guid.to_string(), written);
        assert_eq!(Guid::parse("{C12A7328-F81F-11D2-BA4B-00A0C93EC93B}"), Some(guid));
    }

    #[test]
    fn what_is_no_guid_is_none() {
        for text in [
            "",
            "{}",
            "c12a7328",
            "c12a7328-f81f-11d2-ba4b-00a0c93ec93",
            "+12a7328-f81f-11d2-ba4b-00a0c93ec93b",
        ] {
            assert_eq!(Guid::parse(text), None, "{text}");
        }
    }
}
