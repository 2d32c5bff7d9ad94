//! What can be declared of TLS: the versions to have in force, and those not to.

use std::collections::BTreeSet;

use rdpctl_model::handshake::TlsVersion;
use schemars::JsonSchema;
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

impl<'de> Deserialize<'de> for Desired {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Both {
            #[serde(default)]
            enable: BTreeSet<TlsVersion>,
            #[serde(default)]
            disable: BTreeSet<TlsVersion>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            List(Vec<String>),
            Both(serde_json::Value),
        }
        let desired = match Written::deserialize(deserializer)? {
            Written::List(list) => {
                let versions = list
                    .iter()
                    .map(|text| {
                        TlsVersion::from_name(text).ok_or_else(|| {
                            serde::de::Error::custom(format!(
                                "`{text}` is not a version of TLS; versions are 1.0, 1.1, 1.2, 1.3"
                            ))
                        })
                    })
                    .collect::<Result<BTreeSet<_>, D::Error>>()?;
                Self { enable: versions, disable: BTreeSet::new() }
            }
            Written::Both(value) => {
                let both: Both = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
                Self { enable: both.enable, disable: both.disable }
            }
        };
        if let Some(both) = desired.enable.intersection(&desired.disable).next() {
            return Err(serde::de::Error::custom(format!(
                "TLS {} cannot be both enabled and disabled",
                both.name()
            )));
        }
        Ok(desired)
    }
}
