//! The envelope around every answer: `{"Response":{…,"RequestId":"…"}}`, or an `Error` in the place of the fields.
//!
//! Read in one pass: while the fields go to their own type, `Error` and `RequestId` are kept back. Looking for the
//! error first would read every page of a hundred thousand instances twice.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::error::{ApiError, CallError};
use super::lenient::Text;

/// An answer's fields, and the vendor's id of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// The fields.
    pub fields: T,
    /// The id, which asynchronous operations are recognized by.
    pub request_id: Box<str>,
}

/// Reads an answer.
pub(crate) fn read<T: DeserializeOwned>(
    action: &'static str,
    body: &[u8],
) -> Result<Answer<T>, CallError> {
    let kept = Kept::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let fields = Envelope { kept: &kept, fields: PhantomData::<T> }
        .deserialize(&mut deserializer)
        .and_then(|fields| deserializer.end().map(|()| fields));

    let Kept { error, request_id } = kept;
    let request_id: Box<str> = request_id.into_inner().as_str().into();
    if let Some(error) = error.into_inner() {
        let (code, message) = (error.code.as_str().into(), error.message.as_str().into());
        return Err(CallError::Api(ApiError { action, code, message, request_id }));
    }
    match fields {
        Ok(Some(fields)) => Ok(Answer { fields, request_id }),
        Ok(None) => {
            Err(CallError::Garbled { action, source: serde::de::Error::missing_field("Response") })
        }
        Err(source) => Err(CallError::Garbled { action, source }),
    }
}

/// What is kept back from the fields.
#[derive(Default)]
struct Kept {
    error: RefCell<Option<ErrorBody>>,
    request_id: RefCell<Text>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ErrorBody {
    code: Text,
    message: Text,
}

/// The outer object.
struct Envelope<'k, T> {
    kept: &'k Kept,
    fields: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Envelope<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Envelope<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a Response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Key(key)) = map.next_key()? {
            if key == "Response" {
                found = Some(map.next_value_seed(Inside { kept: self.kept, fields: PhantomData })?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// The inner object.
struct Inside<'k, T> {
    kept: &'k Kept,
    fields: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Inside<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Inside<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the object of an answer's fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(Sieve { map, kept: self.kept }))
    }
}

/// Passes an object's entries on, except those that it keeps back.
struct Sieve<'k, A> {
    map: A,
    kept: &'k Kept,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Sieve<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(Key(key)) = self.map.next_key()? {
            match (key.as_ref(), &key) {
                ("Error", _) => *self.kept.error.borrow_mut() = self.map.next_value()?,
                ("RequestId", _) => *self.kept.request_id.borrow_mut() = self.map.next_value()?,
                (_, Cow::Borrowed(key)) => {
                    return seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some);
                }
                (_, Cow::Owned(key)) => {
                    return seed.deserialize(StrDeserializer::new(key)).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// A key, borrowed from the body unless it holds escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsKey;
        impl<'de> Visitor<'de> for AsKey {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(AsKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tencent::lenient::Number;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Fields {
        total_count: Number,
    }

    fn fields(body: &str) -> Result<Answer<Fields>, CallError> {
        read("DescribeThings", body.as_bytes())
    }

    #[test]
    fn the_fields_and_the_request_id_are_told_apart() {
        let answer =
            fields(r#"{"Response":{"New":[{"Error":1}],"TotalCount":3,"RequestId":"r-1"}}"#)
                .unwrap();
        assert_eq!((answer.fields.total_count, &*answer.request_id), (Number(Some(3)), "r-1"));
    }

    #[test]
    fn an_error_is_an_error_wherever_it_stands() {
        for body in [
            r#"{"Response":{"Error":{"Code":"A.B","Message":"no"},"RequestId":"r-1"}}"#,
            r#"{"Response":{"RequestId":"r-1","Error":{"Message":"no","Code":"A.B"}}}"#,
            r#"{"Response":{"\u0045rror":{"Code":"A.B","Message":"no"},"RequestId":"r-1"}}"#,
        ] {
            let text = fields(body).unwrap_err().to_string();
            assert_eq!(text, "DescribeThings refused with A.B: no (request r-1)", "{body}");
        }
    }

    #[test]
    fn a_null_error_is_none() {
        assert!(fields(r#"{"Response":{"Error":null,"TotalCount":0,"RequestId":"r"}}"#).is_ok());
    }

    #[test]
    fn what_is_no_envelope_is_garbled() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"Response":null}"#,
            r#"{"Response":{"TotalCount":1}} trailing"#,
        ] {
            assert!(matches!(fields(body), Err(CallError::Garbled { .. })), "{body}");
        }
    }
}
