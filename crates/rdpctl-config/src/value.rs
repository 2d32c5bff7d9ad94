//! TOML's values as they are kept while a declaration is decoded: small, since a large declaration has many.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

/// A value.
pub(crate) enum Value<'t> {
    Text(Cow<'t, str>),
    /// A whole number, unless no machine holds it.
    Integer(Option<i64>),
    /// A fraction.
    Float(Option<f64>),
    Boolean(bool),
    Datetime(Box<Datetime>),
    Array(Box<[(Value<'t>, Span)]>),
    Table(Table<'t>),
}

/// A table: its keys in their order.
pub(crate) struct Table<'t>(Box<[Entry<'t>]>);

struct Entry<'t> {
    key: Cow<'t, str>,
    key_at: Span,
    value: Value<'t>,
    value_at: Span,
}

/// From which byte to which.
#[derive(Clone, Copy)]
pub(crate) struct Span(u32, u32);

impl Span {
    /// A span of a part that begins at a byte of the whole. Files are far smaller than what these numbers hold.
    fn of(span: &Range<usize>, begins: usize) -> Self {
        let byte = |at: usize| u32::try_from(at + begins).unwrap_or(u32::MAX);
        Self(byte(span.start), byte(span.end))
    }

    pub(crate) const fn range(self) -> Range<usize> {
        self.0 as usize..self.1 as usize
    }
}

impl<'t> Value<'t> {
    fn of(value: DeValue<'t>, begins: usize) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text),
            DeValue::Integer(integer) => {
                let digits = integer.as_str().replace('_', "");
                Self::Integer(i64::from_str_radix(&digits, integer.radix()).ok())
            }
            DeValue::Float(float) => Self::Float(float.as_str().replace('_', "").parse().ok()),
            DeValue::Boolean(answer) => Self::Boolean(answer),
            DeValue::Datetime(date) => Self::Datetime(Box::new(date)),
            DeValue::Array(array) => Self::Array(
                array
                    .into_iter()
                    .map(|one| {
                        let at = Span::of(&one.span(), begins);
                        (Self::of(one.into_inner(), begins), at)
                    })
                    .collect(),
            ),
            DeValue::Table(table) => Self::Table(Table::of(table, begins)),
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn is_str(&self) -> bool {
        self.as_str().is_some()
    }

    pub(crate) const fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(answer) = self { Some(*answer) } else { None }
    }

    pub(crate) fn as_datetime(&self) -> Option<&Datetime> {
        if let Self::Datetime(date) = self { Some(date) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&[(Self, Span)]> {
        if let Self::Array(array) = self { Some(array) } else { None }
    }

    pub(crate) const fn as_table(&self) -> Option<&Table<'t>> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }

    pub(crate) const fn is_table(&self) -> bool {
        self.as_table().is_some()
    }

    /// What it is, for messages.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a fraction",
            Self::Boolean(_) => "a boolean",
            Self::Datetime(_) => "a date or time",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

impl<'t> Table<'t> {
    /// What was parsed of a part of a text, which begins at this byte of the whole.
    pub(crate) fn of(table: DeTable<'t>, begins: usize) -> Self {
        let entry = |(key, value): (Spanned<Cow<'t, str>>, Spanned<DeValue<'t>>)| Entry {
            key_at: Span::of(&key.span(), begins),
            key: key.into_inner(),
            value_at: Span::of(&value.span(), begins),
            value: Value::of(value.into_inner(), begins),
        };
        let mut entries: Vec<Entry<'t>> = table.into_iter().map(entry).collect();
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        Self(entries.into())
    }

    pub(crate) fn get(&self, key: &str) -> Option<(&Value<'t>, Span)> {
        let at = self.0.binary_search_by(|entry| entry.key.as_ref().cmp(key)).ok()?;
        self.0.get(at).map(|entry| (&entry.value, entry.value_at))
    }

    /// Keys and values with their places, in the order of the keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Span, &Value<'t>, Span)> {
        self.0.iter().map(|entry| (entry.key.as_ref(), entry.key_at, &entry.value, entry.value_at))
    }
}
