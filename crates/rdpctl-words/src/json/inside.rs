//! What stands inside of lists and objects. An object says at its end what was worded in it.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde_json::{Map, Value};

use super::Worded;
use super::probe::told;

/// The name under which keys and arguments stand.
pub(super) const BESIDE: &str = "said";

/// A list. What is said in one is its sentence alone.
pub(super) struct Elements<I>(pub(super) I);

/// An object, with what was said in it.
pub(super) struct Entries<I> {
    inside: I,
    name: String,
    said: Map<String, Value>,
}

impl<I> Entries<I> {
    pub(super) fn new(inside: I) -> Self {
        Self { inside, name: String::new(), said: Map::new() }
    }
}

macro_rules! elements {
    ($($list:ident $method:ident;)*) => {$(
        impl<I: $list> $list for Elements<I> {
            type Ok = I::Ok;
            type Error = I::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), I::Error> {
                match told(value) {
                    Some((sentence, _)) => self.0.$method(&sentence),
                    None => self.0.$method(&Worded(value)),
                }
            }

            fn end(self) -> Result<I::Ok, I::Error> {
                self.0.end()
            }
        }
    )*};
}
elements! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! fields {
    ($($object:ident)*) => {$(
        impl<I: $object> $object for Entries<I> {
            type Ok = I::Ok;
            type Error = I::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), I::Error> {
                let Some((sentence, kept)) = told(value) else {
                    return self.inside.serialize_field(name, &Worded(value));
                };
                self.said.insert(name.to_owned(), kept);
                self.inside.serialize_field(name, &sentence)
            }

            fn end(mut self) -> Result<I::Ok, I::Error> {
                if !self.said.is_empty() {
                    self.inside.serialize_field(BESIDE, &self.said)?;
                }
                self.inside.end()
            }
        }
    )*};
}
fields!(SerializeStruct SerializeStructVariant);

impl<I: SerializeMap> SerializeMap for Entries<I> {
    type Ok = I::Ok;
    type Error = I::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), I::Error> {
        self.name = match serde_json::to_value(key) {
            Ok(Value::String(name)) => name,
            // Names of other kinds are written as texts, too.
            Ok(other) => other.to_string(),
            Err(_) => String::new(),
        };
        self.inside.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), I::Error> {
        let Some((sentence, kept)) = told(value) else {
            return self.inside.serialize_value(&Worded(value));
        };
        self.said.insert(std::mem::take(&mut self.name), kept);
        self.inside.serialize_value(&sentence)
    }

    fn end(mut self) -> Result<I::Ok, I::Error> {
        if !self.said.is_empty() {
            self.inside.serialize_entry(BESIDE, &self.said)?;
        }
        self.inside.end()
    }
}
