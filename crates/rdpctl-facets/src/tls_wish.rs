//! What can be declared of TLS: the versions to have in force, and those not to.

use std::collections::BTreeSet;
use std::fmt;

use rdpctl_model::handshake::TlsVersion;
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::paths::SCHANNEL;

/// The key of SCHANNEL's server side for a version.
pub(crate) fn key(version: TlsVersion) -> String {
    format!(r"{SCHANNEL}\Protocols\TLS {version}\Server")
}

/// Whether a version is weak by today's measure.
pub(crate) const fn is_old(version: TlsVersion) -> bool {
    match version {
        TlsVersion::V1_0 | TlsVersion::V1_1 => true,
        TlsVersion::V1_2 | TlsVersion::V1_3 => false,
    }
}

/// What can be declared: a list of versions to enable, or what to enable and what to disable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Desired {
    /// Versions to enable. What is named nowhere is left alone.
    pub enable: BTreeSet<TlsVersion>,
    /// Versions to disable.
    pub disable: BTreeSet<TlsVersion>,
}

impl JsonSchema for Desired {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TlsDesired".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = TlsVersion::ALL.iter().map(|version| version.name()).collect();
        let versions = schemars::json_schema!({
            "type": "array",
            "uniqueItems": true,
            "items": { "enum": names },
        });
        schemars::json_schema!({
            "oneOf": [
                versions,
                {
                    "type": "object",
                    "properties": { "enable": versions, "disable": versions },
                    "additionalProperties": false
                }
            ]
        })
    }
}

/// A version by its name, refused in words of its own.
struct Named(TlsVersion);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        TlsVersion::from_name(&text).map(Self).ok_or_else(|| {
            let names = TlsVersion::ALL.iter().map(|version| version.name());
            D::Error::custom(format!(
                "`{text}` is not a version of TLS; versions are {}",
                names.collect::<Vec<_>>().join(", ")
            ))
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Both {
    #[serde(default)]
    enable: Vec<Named>,
    #[serde(default)]
    disable: Vec<Named>,
}

impl<'de> Deserialize<'de> for Desired {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Both;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of versions, or a table of `enable` and `disable`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Both, A::Error> {
                let enable = Vec::deserialize(SeqAccessDeserializer::new(list))?;
                Ok(Both { enable, disable: Vec::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Both, A::Error> {
                Both::deserialize(MapAccessDeserializer::new(table))
            }
        }

        let both = deserializer.deserialize_any(Written)?;
        let set = |named: Vec<Named>| named.into_iter().map(|one| one.0).collect();
        let desired = Self { enable: set(both.enable), disable: set(both.disable) };
        if desired.enable.is_empty() && desired.disable.is_empty() {
            return Err(D::Error::custom("no version is named, so that nothing is declared"));
        }
        if let Some(both) = desired.enable.intersection(&desired.disable).next() {
            return Err(D::Error::custom(format!(
                "TLS {both} cannot be both enabled and disabled"
            )));
        }
        Ok(desired)
    }
}
