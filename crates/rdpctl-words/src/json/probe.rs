//! Whether a value is something that is said: known by the name under which the model serializes it.

use rdpctl_model::Said;
use rdpctl_model::said::NAME;
use serde::ser::{Error as _, Impossible};
use serde::{Serialize, Serializer};
use serde_json::{Error, Value};

use crate::words::english;

/// The sentence and the key with its arguments, if a value is something that is said under a key.
pub(super) fn told<T: Serialize + ?Sized>(value: &T) -> Option<(String, Value)> {
    value.serialize(Probe).ok()?;
    let kept = serde_json::to_value(value).ok()?;
    let said: Said = serde_json::from_value(kept.clone()).ok()?;
    Some((english(&said), kept))
}

/// Succeeds with what is said, and fails with all else at its first word.
struct Probe;

fn no<T>() -> Result<T, Error> {
    Err(Error::custom("it is not said"))
}

macro_rules! never {
    ($($method:ident($($type:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$ok, Error> {
            no()
        }
    )*};
}

impl Serializer for Probe {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Yes;
    type SerializeStructVariant = Impossible<(), Error>;

    never! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        no()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        no()
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, _: &T) -> Result<(), Error> {
        no()
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Yes, Error> {
        if name == NAME { Ok(Yes) } else { no() }
    }
}

/// It is said; what exactly is read afterwards.
struct Yes;

impl serde::ser::SerializeStruct for Yes {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}
