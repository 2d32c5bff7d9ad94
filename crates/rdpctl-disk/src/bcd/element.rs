//! Elements: a number that says of what kind it is, and a value of that kind.

use std::fmt;

use super::Device;
use crate::Guid;
use crate::hive::{Kind, Value};

/// An element's number. Its key's name is eight digits of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementId(pub u32);

impl ElementId {
    /// The device that an application is loaded from.
    pub const APPLICATION_DEVICE: Self = Self(0x1100_0001);
    /// Its path there.
    pub const APPLICATION_PATH: Self = Self(0x1200_0002);
    /// Objects whose elements count where an object has none of its own.
    pub const INHERITED: Self = Self(0x1400_0006);
    /// The serial port of EMS.
    pub const EMS_PORT: Self = Self(0x1500_0022);
    /// Its speed.
    pub const EMS_BAUD: Self = Self(0x1500_0023);
    /// EMS in the boot manager.
    pub const BOOT_EMS: Self = Self(0x1600_0020);
    /// The device that Windows lies on.
    pub const OS_DEVICE: Self = Self(0x2100_0001);
    /// The folder there.
    pub const SYSTEM_ROOT: Self = Self(0x2200_0002);
    /// In the boot manager the default loader; in a loader its resume object.
    pub const DEFAULT: Self = Self(0x2300_0003);
    /// How long the menu waits, in seconds.
    pub const TIMEOUT: Self = Self(0x2500_0004);
    /// Whether the menu is shown.
    pub const SHOW_MENU: Self = Self(0x2600_0020);
    /// Which safe mode.
    pub const SAFE_BOOT: Self = Self(0x2500_0080);
    /// Whether safe mode has only a command line.
    pub const SAFE_BOOT_SHELL: Self = Self(0x2600_0081);
    /// EMS of a loader.
    pub const EMS: Self = Self(0x2600_00b0);

    /// What its value is.
    #[must_use]
    pub fn format(self) -> Format {
        match (self.0 >> 24) & 15 {
            1 => Format::Device,
            2 => Format::Text,
            3 => Format::Object,
            4 => Format::Objects,
            5 => Format::Integer,
            6 => Format::Flag,
            7 => Format::Integers,
            _ => Format::Unknown,
        }
    }
}

impl fmt::Display for ElementId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:08x}", self.0)
    }
}

/// What an element's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A device.
    Device,
    /// A text.
    Text,
    /// Another object.
    Object,
    /// Several.
    Objects,
    /// A number.
    Integer,
    /// Yes or no.
    Flag,
    /// Several numbers.
    Integers,
    /// None that is known.
    Unknown,
}

/// An element's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// A device.
    Device(Device),
    /// A text.
    Text(String),
    /// Another object.
    Object(Guid),
    /// Several.
    Objects(Vec<Guid>),
    /// A number.
    Integer(u64),
    /// Yes or no.
    Flag(bool),
    /// Several numbers.
    Integers(Vec<u64>),
}

impl Element {
    /// Reads a value; nothing where it is not what its number says.
    pub(super) fn read(id: ElementId, value: &Value<'_>) -> Option<Self> {
        let binary = || {
            let bytes = value.bytes().ok()?;
            (value.kind() == Kind::Binary).then(|| bytes.into_owned())
        };
        match id.format() {
            Format::Device => Some(Self::Device(Device::read(&binary()?))),
            Format::Text => value.text().map(Self::Text),
            Format::Object => value.text().and_then(|text| Guid::parse(&text)).map(Self::Object),
            Format::Objects => {
                let texts = value.texts()?;
                texts.iter().map(|text| Guid::parse(text)).collect::<Option<_>>().map(Self::Objects)
            }
            Format::Integer => integer(&binary()?).map(Self::Integer),
            Format::Flag => binary()?.first().map(|byte| Self::Flag(*byte != 0)),
            Format::Integers => Some(Self::Integers(
                binary()?
                    .as_chunks::<8>()
                    .0
                    .iter()
                    .map(|bytes| u64::from_le_bytes(*bytes))
                    .collect(),
            )),
            Format::Unknown => None,
        }
    }

    /// The value's kind and bytes, for the forms that are written.
    #[must_use]
    pub fn stored(&self) -> Option<(Kind, Vec<u8>)> {
        match self {
            Self::Integer(number) => Some((Kind::Binary, number.to_le_bytes().to_vec())),
            Self::Flag(flag) => Some((Kind::Binary, vec![u8::from(*flag)])),
            Self::Device(device) => device.stored().map(|bytes| (Kind::Binary, bytes)),
            Self::Text(_) | Self::Object(_) | Self::Objects(_) | Self::Integers(_) => None,
        }
    }
}

/// One to eight bytes: media have a timeout in one.
fn integer(bytes: &[u8]) -> Option<u64> {
    let mut wide = [0; 8];
    wide.get_mut(..bytes.len()).filter(|_| !bytes.is_empty())?.copy_from_slice(bytes);
    Some(u64::from_le_bytes(wide))
}
