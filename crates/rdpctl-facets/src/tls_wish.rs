//! What can be declared of TLS: the versions to have in force, and those not to.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::paths::SCHANNEL;

/// A version of TLS.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Version {
    /// 1.0
    #[serde(rename = "1.0")]
    V10,
    /// 1.1
    #[serde(rename = "1.1")]
    V11,
    /// 1.2
    #[serde(rename = "1.2")]
    V12,
    /// 1.3
    #[serde(rename = "1.3")]
    V13,
}

impl Version {
    pub(crate) const ALL: [Self; 4] = [Self::V10, Self::V11, Self::V12, Self::V13];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::V10 => "1.0",
            Self::V11 => "1.1",
            Self::V12 => "1.2",
            Self::V13 => "1.3",
        }
    }

    pub(crate) fn key(self) -> String {
        format!(r"{SCHANNEL}\Protocols\TLS {}\Server", self.name())
    }

    pub(crate) const fn is_old(self) -> bool {
        matches!(self, Self::V10 | Self::V11)
    }
}

/// What can be declared: a list of versions to enable, or what to enable and what to disable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Desired {
    /// Versions to enable. What is named nowhere is left alone.
    pub enable: BTreeSet<Version>,
    /// Versions to disable.
    pub disable: BTreeSet<Version>,
}

impl JsonSchema for Desired {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TlsDesired".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let versions = generator.subschema_for::<BTreeSet<Version>>();
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
            enable: BTreeSet<Version>,
            #[serde(default)]
            disable: BTreeSet<Version>,
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
                        Version::ALL.into_iter().find(|version| version.name() == text).ok_or_else(|| {
                            serde::de::Error::custom(format!("`{text}` is not a version of TLS; versions are 1.0, 1.1, 1.2, 1.3"))
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
