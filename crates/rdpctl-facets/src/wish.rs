//! Reading a facet's wish out of a value that stands in a file: what is wrong with it is data, with the way to it, so
//! that whoever knows the file can point at the place.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

/// Why a value is no wish of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The way from the value to what is wrong in it.
    pub path: Vec<Segment>,
    /// What is wrong there.
    pub why: Why,
}

/// A step from a value into a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The value of a key.
    Key(String),
    /// An element of a list.
    Element(usize),
}

/// What is wrong with a part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A word that is none of these.
    UnknownWord {
        /// The word.
        word: String,
        /// Those that there are.
        known: &'static [&'static str],
    },
    /// A key of a table that is none of these.
    UnknownKey {
        /// The key.
        key: String,
        /// Those that there are.
        known: &'static [&'static str],
    },
    /// A table without a key that it needs.
    MissingKey(&'static str),
    /// A value of another kind than what is taken here.
    Takes(String),
    /// What the facet itself has against it.
    Objection(String),
}

/// Reads a wish.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    T::deserialize(Reader(value)).map_err(|Misread { mut path, why }| {
        path.reverse();
        Refusal { path, why }
    })
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::UnknownWord { word, known } => {
                write!(f, "`{word}` is none of {}", known.join(", "))
            }
            Why::UnknownKey { key, known } => {
                write!(f, "key `{key}` is none of {}", known.join(", "))
            }
            Why::MissingKey(key) => write!(f, "there is no `{key}`"),
            Why::Takes(what) => write!(f, "it takes {what}"),
            Why::Objection(what) => f.write_str(what),
        }
    }
}

/// A refusal on its way up: the innermost step stands first.
#[derive(Debug)]
struct Misread {
    path: Vec<Segment>,
    why: Why,
}

impl Misread {
    const fn here(why: Why) -> Self {
        Self { path: Vec::new(), why }
    }

    fn takes(what: &str) -> Self {
        Self::here(Why::Takes(what.to_owned()))
    }

    fn inside(mut self, segment: Segment) -> Self {
        self.path.push(segment);
        self
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.why)
    }
}

impl std::error::Error for Misread {}

impl de::Error for Misread {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::here(Why::Objection(message.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::takes(&expected.to_string())
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        if matches!(found, Unexpected::Unsigned(_) | Unexpected::Signed(_)) {
            Self::takes(NUMBER)
        } else {
            Self::takes(&expected.to_string())
        }
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::here(Why::UnknownWord { word: word.to_owned(), known })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::here(Why::UnknownKey { key: key.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::here(Why::MissingKey(key))
    }
}

const NUMBER: &str = "a whole number";

/// A value, read by what is asked of it: a value of another kind is refused in words that are not Rust's.
struct Reader(Value);

macro_rules! whole_numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
            match &self.0 {
                Value::Number(number) if !number.is_f64() => self.deserialize_any(visitor),
                _ => Err(Misread::takes(NUMBER)),
            }
        })*
    };
}

macro_rules! kinds {
    ($($method:ident $pattern:pat, $takes:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
            match &self.0 {
                $pattern => self.deserialize_any(visitor),
                _ => Err(Misread::takes($takes)),
            }
        })*
    };
}

impl<'de> de::Deserializer<'de> for Reader {
    type Error = Misread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(Misread::takes(NUMBER)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(list) => visitor.visit_seq(Elements { list: list.into_iter(), next: 0 }),
            Value::Object(table) => {
                visitor.visit_map(Entries { table: table.into_iter(), value: None })
            }
        }
    }

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    kinds! {
        deserialize_bool Value::Bool(_), "true or false";
        deserialize_str Value::String(_), "a string";
        deserialize_string Value::String(_), "a string";
        deserialize_seq Value::Array(_), "a list";
        deserialize_map Value::Object(_), "a table";
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        match self.0 {
            Value::String(word) => {
                let word: StringDeserializer<Misread> = word.into_deserializer();
                visitor.visit_enum(word)
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => Err(Misread::takes("a string")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misread> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// The elements of a list, each with its place for what goes wrong in it.
struct Elements {
    list: std::vec::IntoIter<Value>,
    next: usize,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Misread;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misread> {
        let Some(value) = self.list.next() else { return Ok(None) };
        let place = self.next;
        self.next += 1;
        seed.deserialize(Reader(value))
            .map(Some)
            .map_err(|misread| misread.inside(Segment::Element(place)))
    }
}

/// The entries of a table, each with its key for what goes wrong in it.
struct Entries {
    table: <Map<String, Value> as IntoIterator>::IntoIter,
    value: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Misread;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misread> {
        let Some((key, value)) = self.table.next() else { return Ok(None) };
        let name: StringDeserializer<Misread> = key.clone().into_deserializer();
        self.value = Some((key, value));
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misread> {
        // Serde asks for a value once after each key.
        let Some((key, value)) = self.value.take() else { return Err(Misread::takes("a value")) };
        seed.deserialize(Reader(value)).map_err(|misread| misread.inside(Segment::Key(key)))
    }
}
