//! Registry values as a world writes them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::guest::registry::{Kind, Value};

/// A key: its values, or `false` for a key that is to be absent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum RegistryKeySpec {
    /// `false`: the key is absent (`true`: it exists, perhaps empty).
    Present(bool),
    /// The values that the key holds beside its healthy ones.
    Values(BTreeMap<String, RegistryValueSpec>),
}

/// A value: a number is a `REG_DWORD`, a string a `REG_SZ`, `false` deletes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum RegistryValueSpec {
    /// `false`: the value is absent.
    Present(bool),
    /// `REG_DWORD`.
    Number(i64),
    /// `REG_SZ`.
    Text(String),
    /// `REG_MULTI_SZ`.
    Many(Vec<String>),
    /// Any type by name.
    Typed {
        /// `REG_...`.
        r#type: String,
        /// The data: a number, a string (hexadecimal for binary types), or a list of strings.
        data: RegistryData,
    },
}

/// The data of a value whose type is written out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum RegistryData {
    /// A number.
    Number(i64),
    /// A string.
    Text(String),
    /// Strings.
    Many(Vec<String>),
}

impl RegistryValueSpec {
    /// The value; `None` deletes it.
    pub(in crate::guest) fn to_value(&self) -> Result<Option<Value>, String> {
        match self {
            Self::Present(false) => Ok(None),
            Self::Present(true) => Err("true says nothing; write the data".to_owned()),
            Self::Number(number) => dword(*number).map(Some),
            Self::Text(text) => Ok(Some(Value::text(text))),
            Self::Many(items) => Ok(Some(Value::many(items.iter().map(String::as_str)))),
            Self::Typed { r#type, data } => typed(r#type, data).map(Some),
        }
    }
}

fn dword(number: i64) -> Result<Value, String> {
    u32::try_from(number)
        .map(Value::dword)
        .map_err(|_| format!("{number} does not fit into a REG_DWORD"))
}

fn typed(name: &str, data: &RegistryData) -> Result<Value, String> {
    let kind = Kind::parse(name).ok_or_else(|| format!("{name} is no registry type"))?;
    match (kind, data) {
        (Kind::Dword | Kind::DwordBigEndian, RegistryData::Number(number)) => {
            dword(*number).map(|value| Value { kind, ..value })
        }
        (Kind::Qword, RegistryData::Number(number)) => {
            Ok(Value::from_bytes(kind, &number.to_le_bytes()))
        }
        (Kind::Sz, RegistryData::Text(text)) => Ok(Value::text(text)),
        (Kind::ExpandSz, RegistryData::Text(text)) => Ok(Value::expandable(text)),
        (Kind::MultiSz, RegistryData::Many(items)) => {
            Ok(Value::many(items.iter().map(String::as_str)))
        }
        (Kind::MultiSz, RegistryData::Text(text)) => Ok(Value::many([text.as_str()])),
        (_, RegistryData::Text(text)) => {
            let bytes = parse_hex(text).ok_or("the data is no hexadecimal string")?;
            Ok(Value::from_bytes(kind, &bytes))
        }
        (_, RegistryData::Number(_) | RegistryData::Many(_)) => {
            Err(format!("the data does not fit {name}"))
        }
    }
}

/// Pairs of hexadecimal digits.
pub(in crate::guest) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    if digits.len() % 2 == 1 {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            let high = pair[0].to_digit(16)?;
            let low = pair[1].to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}
