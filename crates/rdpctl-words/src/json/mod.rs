//! JSON for programs of others: where something is said, they read the English sentence, and beside it, under `said` and
//! the same name, the key with its arguments.
//!
//! One serializer around that of the form, so that no document needs a second form of its types.

mod inside;
mod kept;
mod probe;
mod wording;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Error, Value};

use wording::Wording;

/// A value as JSON with sentences, in one line.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(&Worded(value))
}

/// A value as JSON with sentences, to be read by people, too.
pub fn to_string_pretty<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string_pretty(&Worded(value))
}

/// A value as JSON with sentences, to be taken apart.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    serde_json::to_value(Worded(value))
}

/// A value out of JSON with sentences: the key that stands beside a sentence is taken, where it says that sentence. Another
/// sentence stays as it stands: what people read there is not what was meant.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    let mut document: Value = serde_json::from_slice(text)?;
    kept::restore(&mut document, kept::Trust::Sentences);
    serde_json::from_value(document)
}

/// Such a document with every key in the place of its sentence, whatever that says: as it was before it was worded.
pub fn unworded(text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut document: Value = serde_json::from_slice(text)?;
    kept::restore(&mut document, kept::Trust::Keys);
    serde_json::to_vec(&document)
}

/// A value whose sayings are told.
struct Worded<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Serialize for Worded<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Wording(serializer))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rdpctl_model::Said;
    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    #[serde(tag = "kind", rename_all = "kebab-case")]
    enum Kind {
        Differs { from: Said, to: Said },
    }

    #[derive(Serialize)]
    struct Line {
        name: &'static str,
        #[serde(flatten)]
        kind: Kind,
        why: Option<Said>,
        number: u8,
    }

    #[test]
    fn whoever_reads_such_a_document_takes_the_keys_of_what_they_say_and_keeps_what_somebody_wrote()
    {
        let told = r#"{"from":"moon.phase","to":"full","why":"nothing","said":{"from":{"key":"moon.phase"},"why":{"key":"moon.why"}}}"#;
        let read: BTreeMap<String, Said> = from_slice(told.as_bytes()).unwrap();
        assert_eq!(read["from"], said(r#"{"key":"moon.phase"}"#));
        assert_eq!(read["to"], Said::quoted("full"));
        assert_eq!(read["why"], Said::quoted("nothing"));
        let as_kept =
            serde_json::from_slice::<BTreeMap<String, Said>>(&unworded(told.as_bytes()).unwrap());
        assert_eq!(as_kept.unwrap()["why"], said(r#"{"key":"moon.why"}"#));
        let of_others = r#"{"at":1,"said":{"phase":"full"}}"#;
        assert_eq!(unworded(of_others.as_bytes()).unwrap(), of_others.as_bytes());
    }

    fn said(text: &str) -> Said {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn programs_read_the_sentence_and_beside_it_the_key() {
        let line = Line {
            name: "web-01",
            kind: Kind::Differs {
                from: said(r#"{"key":"moon.phase","args":{"days":3,"of":{"key":"moon.it"}}}"#),
                to: Said::quoted("full"),
            },
            why: Some(said(r#"{"key":"moon.why"}"#)),
            number: 7,
        };
        assert_eq!(
            to_string(&vec![line]).unwrap(),
            concat!(
                r#"[{"name":"web-01","kind":"differs","from":"moon.phase (days: 3, of: moon.it)","to":"full","#,
                r#""why":"moon.why","number":7,"said":{"#,
                r#""from":{"args":{"days":3,"of":{"key":"moon.it"}},"key":"moon.phase"},"#,
                r#""why":{"key":"moon.why"}}}]"#
            )
        );
    }
}
