//! Registry values: a type code and data, kept in the form in which the tools print them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The type of a value, as the registry numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    None,
    Sz,
    ExpandSz,
    Binary,
    Dword,
    DwordBigEndian,
    Link,
    MultiSz,
    ResourceList,
    Qword,
    Other(u32),
}

const NAMED: [(Kind, u32, &str); 10] = [
    (Kind::None, 0, "REG_NONE"),
    (Kind::Sz, 1, "REG_SZ"),
    (Kind::ExpandSz, 2, "REG_EXPAND_SZ"),
    (Kind::Binary, 3, "REG_BINARY"),
    (Kind::Dword, 4, "REG_DWORD"),
    (Kind::DwordBigEndian, 5, "REG_DWORD_BIG_ENDIAN"),
    (Kind::Link, 6, "REG_LINK"),
    (Kind::MultiSz, 7, "REG_MULTI_SZ"),
    (Kind::ResourceList, 8, "REG_RESOURCE_LIST"),
    (Kind::Qword, 11, "REG_QWORD"),
];

impl Kind {
    /// The name that `reg` prints and takes.
    pub(crate) fn name(self) -> String {
        NAMED
            .iter()
            .find(|(kind, _, _)| *kind == self)
            .map_or_else(|| format!("0x{:x}", self.code()), |(_, _, name)| (*name).to_owned())
    }

    pub(crate) fn code(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Sz => 1,
            Self::ExpandSz => 2,
            Self::Binary => 3,
            Self::Dword => 4,
            Self::DwordBigEndian => 5,
            Self::Link => 6,
            Self::MultiSz => 7,
            Self::ResourceList => 8,
            Self::Qword => 11,
            Self::Other(code) => code,
        }
    }

    pub(crate) fn from_code(code: u32) -> Self {
        NAMED
            .iter()
            .find(|(_, known, _)| *known == code)
            .map_or(Self::Other(code), |(kind, _, _)| *kind)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("REG_DWORD_LITTLE_ENDIAN") {
            return Some(Self::Dword);
        }
        NAMED
            .iter()
            .find(|(_, _, known)| known.eq_ignore_ascii_case(name))
            .map(|(kind, _, _)| *kind)
    }
}

/// Data that depends on which guest is asked: the template holds one of these, every guest its own answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Computed {
    Hostname,
    HostnameUpper,
    MachineGuid,
    CertificateBlob,
    CertificateHash,
}

/// The data of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Data {
    Number(u32),
    Long(u64),
    Text(Arc<str>),
    Many(Arc<[Arc<str>]>),
    Bytes(Arc<[u8]>),
    Computed(Computed),
}

/// One value without its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) data: Data,
}

impl Value {
    pub(crate) fn dword(number: u32) -> Self {
        Self { kind: Kind::Dword, data: Data::Number(number) }
    }

    pub(crate) fn text(text: &str) -> Self {
        Self { kind: Kind::Sz, data: Data::Text(text.into()) }
    }

    pub(crate) fn expandable(text: &str) -> Self {
        Self { kind: Kind::ExpandSz, data: Data::Text(text.into()) }
    }

    pub(crate) fn binary(bytes: &[u8]) -> Self {
        Self { kind: Kind::Binary, data: Data::Bytes(bytes.into()) }
    }

    pub(crate) fn many<'a>(items: impl IntoIterator<Item = &'a str>) -> Self {
        Self { kind: Kind::MultiSz, data: Data::Many(items.into_iter().map(Arc::from).collect()) }
    }

    pub(crate) fn computed(kind: Kind, computed: Computed) -> Self {
        Self { kind, data: Data::Computed(computed) }
    }

    /// The number of a DWORD; any other type is no number.
    pub(crate) fn as_dword(&self) -> Option<u32> {
        match (&self.kind, &self.data) {
            (Kind::Dword, Data::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            Data::Number(_)
            | Data::Long(_)
            | Data::Many(_)
            | Data::Bytes(_)
            | Data::Computed(_) => None,
        }
    }

    pub(crate) fn as_many(&self) -> Vec<&str> {
        match &self.data {
            Data::Many(items) => items.iter().map(AsRef::as_ref).collect(),
            Data::Text(text) => vec![text],
            Data::Number(_) | Data::Long(_) | Data::Bytes(_) | Data::Computed(_) => Vec::new(),
        }
    }

    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        match &self.data {
            Data::Bytes(bytes) => Some(bytes),
            Data::Number(_) | Data::Long(_) | Data::Many(_) | Data::Text(_) | Data::Computed(_) => {
                None
            }
        }
    }

    /// The data as the registry keeps it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match &self.data {
            Data::Number(number) => number.to_le_bytes().to_vec(),
            Data::Long(number) => number.to_le_bytes().to_vec(),
            Data::Text(text) => wide(text),
            Data::Many(items) => {
                let mut bytes: Vec<u8> = items.iter().flat_map(|item| wide(item)).collect();
                bytes.extend([0, 0]);
                bytes
            }
            Data::Bytes(bytes) => bytes.to_vec(),
            Data::Computed(_) => Vec::new(),
        }
    }

    /// The value that these bytes are under that type.
    pub(crate) fn from_bytes(kind: Kind, bytes: &[u8]) -> Self {
        let data = match (kind, bytes.len()) {
            (Kind::Dword | Kind::DwordBigEndian, 4) => {
                Data::Number(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            }
            (Kind::Qword, 8) => {
                let mut raw = [0; 8];
                raw.copy_from_slice(bytes);
                Data::Long(u64::from_le_bytes(raw))
            }
            (Kind::Sz | Kind::ExpandSz | Kind::Link, _) => {
                Data::Text(narrow(bytes).trim_end_matches('\0').into())
            }
            (Kind::MultiSz, _) => Data::Many(
                narrow(bytes).split('\0').filter(|item| !item.is_empty()).map(Arc::from).collect(),
            ),
            _ => Data::Bytes(bytes.into()),
        };
        Self { kind, data }
    }
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn narrow(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}
