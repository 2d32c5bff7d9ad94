//! JSON for programs of others: where something is said, they read the English sentence, and beside it, under `said` and
//! the same name, the key with its arguments.
//!
//! One serializer around that of the form, so that no document needs a second form of its types.

mod inside;
mod probe;
mod wording;

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

/// A value whose sayings are told.
struct Worded<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Serialize for Worded<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Wording(serializer))
    }
}

#[cfg(test)]
mod tests {
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
