//! Shapes that every action shares: lenient numbers, filters, pages, dates.

use std::fmt;

use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Deserializer, de};

use super::errors::Refusal;

/// An integer, which the vendor also takes as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Int(pub(crate) i64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lenient;
        impl de::Visitor<'_> for Lenient {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Int, E> {
                Ok(Int(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Int, E> {
                i64::try_from(value)
                    .map(Int)
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Int, E> {
                value
                    .trim()
                    .parse()
                    .map(Int)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
            }
        }
        deserializer.deserialize_any(Lenient)
    }
}

/// One condition of a listing: one of the values must hold.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Filter {
    #[serde(alias = "Key")]
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

/// How much filtering an action takes, and what it says to more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterLimits {
    pub(crate) values: usize,
    pub(crate) code: &'static str,
}

impl FilterLimits {
    pub(crate) fn check(self, filters: &[Filter]) -> Result<(), Refusal> {
        if filters.len() > 10 {
            return Err(Refusal::new(self.code, "At most 10 filters are allowed."));
        }
        match filters.iter().find(|filter| filter.values.len() > self.values) {
            Some(filter) => Err(Refusal::new(
                self.code,
                format!("The filter `{}` has more than {} values.", filter.name, self.values),
            )),
            None => Ok(()),
        }
    }
}

/// The part of a listing that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    offset: usize,
    limit: usize,
}

impl Page {
    pub(crate) fn new(
        offset: Option<Int>,
        limit: Option<Int>,
        code: &'static str,
    ) -> Result<Self, Refusal> {
        let offset = offset.map_or(0, |offset| offset.0);
        let limit = limit.map_or(20, |limit| limit.0);
        let offset = usize::try_from(offset)
            .map_err(|_| Refusal::new(code, "`Offset` must not be negative."))?;
        match usize::try_from(limit) {
            Ok(limit) if (1..=100).contains(&limit) => Ok(Self { offset, limit }),
            _ => Err(Refusal::new(code, format!("`Limit` is {limit}; it must be from 1 to 100."))),
        }
    }

    /// The page's part of `all`.
    pub(crate) fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let start = self.offset.min(all.len());
        &all[start..(start + self.limit).min(all.len())]
    }
}

/// A length as the vendor's integers.
pub(crate) fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// `2023-11-14T22:13:20Z`
pub(crate) fn iso(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2023-11-15 06:13:20`, in the vendor's own time zone.
pub(crate) fn local(moment: Timestamp) -> String {
    moment.to_zoned(Offset::constant(8).to_time_zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A tag as requests write it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TagInput {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl From<TagInput> for crate::world::Tag {
    fn from(input: TagInput) -> Self {
        Self { key: input.key.into(), value: input.value.into() }
    }
}
