//! What can be declared of Network Level Authentication.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What can be declared: `true` and `"required"`, or `false` and `"off"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Desired {
    /// Callers authenticate first.
    Required,
    /// They need not; TLS stays. Needs the guard `weaken` where it was required.
    Off,
}

impl Serialize for Desired {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Required => "required",
            Self::Off => "off",
        })
    }
}

impl<'de> Deserialize<'de> for Desired {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl Visitor<'_> for Written {
            type Value = Desired;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, \"required\" or \"off\"")
            }

            fn visit_bool<E>(self, required: bool) -> Result<Desired, E> {
                Ok(if required { Desired::Required } else { Desired::Off })
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Desired, E> {
                match word {
                    "required" => Ok(Desired::Required),
                    "off" => Ok(Desired::Off),
                    other => Err(E::custom(format!(
                        "`{other}` is not true, false, \"required\" or \"off\""
                    ))),
                }
            }
        }

        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for Desired {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NlaDesired".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "oneOf": [{ "type": "boolean" }, { "enum": ["required", "off"] }] })
    }
}
