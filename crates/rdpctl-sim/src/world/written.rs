//! Values that a world may write in more than one way.

use std::{fmt, marker::PhantomData, net::Ipv4Addr};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{
        self, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use toml::Spanned;

use super::model::{AddressKind, Bandwidth, TrafficCharge};
use crate::clock::Pace;

/// A moment in ISO 8601, as text or as TOML's own type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a moment such as 2026-01-05T09:00:00Z")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Moment, E> {
                value
                    .parse()
                    .map(Moment)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Moment, A::Error> {
                let written = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                self.visit_str(&written.to_string())
            }
        }
        deserializer.deserialize_any(Written)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TimeScale(pub(super) Pace);

impl Default for TimeScale {
    fn default() -> Self {
        Self(Pace::Scaled(1.0))
    }
}

impl<'de> Deserialize<'de> for TimeScale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = TimeScale;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("how many simulated seconds pass in a real one (above 0, at most 86400), or \"instant\" or \"skipped\"")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<TimeScale, E> {
                let scale = i32::try_from(value)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))?;
                self.visit_f64(f64::from(scale))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<TimeScale, E> {
                if value > 0.0 && value <= 86_400.0 {
                    Ok(TimeScale(Pace::Scaled(value)))
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(value), &self))
                }
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<TimeScale, E> {
                match value {
                    "instant" => Ok(TimeScale(Pace::Instant)),
                    "skipped" => Ok(TimeScale(Pace::Skipped)),
                    other => Err(E::unknown_variant(other, &["instant", "skipped"])),
                }
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// A value that may be written once or as a list.
#[derive(Debug)]
pub(super) struct OneOrMany<T>(pub(super) Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table or a list of tables")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// `network`: `"classic"`, or a table that names the private cloud.
#[derive(Debug)]
pub(super) enum NetworkFile {
    Classic,
    Vpc(VpcFile),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct VpcFile {
    pub(super) vpc: Option<String>,
    pub(super) subnet: Option<String>,
}

impl Default for NetworkFile {
    fn default() -> Self {
        Self::Vpc(VpcFile::default())
    }
}

impl<'de> Deserialize<'de> for NetworkFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = NetworkFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"classic\", \"vpc\" or a table with `vpc` and `subnet`")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<NetworkFile, E> {
                match value {
                    "classic" => Ok(NetworkFile::Classic),
                    "vpc" => Ok(NetworkFile::default()),
                    other => Err(E::unknown_variant(other, &["classic", "vpc"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<NetworkFile, A::Error> {
                VpcFile::deserialize(MapAccessDeserializer::new(map)).map(NetworkFile::Vpc)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// `address`: `"none"`, `"eip"`, `"wan"`, or a table.
#[derive(Clone, Debug)]
pub(super) enum AddressFile {
    None,
    Some(AddressTable),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AddressTable {
    #[serde(rename = "type")]
    pub(super) kind: AddressKind,
    pub(super) ip: Option<Spanned<Ipv4Addr>>,
    #[serde(default = "five")]
    pub(super) bandwidth: u32,
    #[serde(default)]
    pub(super) charge_type: TrafficCharge,
    pub(super) package: Option<String>,
    #[serde(default)]
    pub(super) blocked: bool,
    #[serde(default)]
    pub(super) arrears: bool,
}

fn five() -> u32 {
    5
}

impl<'de> Deserialize<'de> for AddressFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = AddressFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"none\", \"eip\", \"wan\" or a table with `type`")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<AddressFile, E> {
                let kind = match value {
                    "none" => return Ok(AddressFile::None),
                    "eip" => AddressKind::Eip,
                    "wan" => AddressKind::Wan,
                    other => return Err(E::unknown_variant(other, &["none", "eip", "wan"])),
                };
                Ok(AddressFile::Some(AddressTable {
                    kind,
                    ip: None,
                    bandwidth: five(),
                    charge_type: TrafficCharge::default(),
                    package: None,
                    blocked: false,
                    arrears: false,
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AddressFile, A::Error> {
                AddressTable::deserialize(MapAccessDeserializer::new(map)).map(AddressFile::Some)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// `bandwidth`: Mbps, or a table that also says how it is paid.
#[derive(Clone, Copy, Debug)]
pub(super) struct BandwidthFile(pub(super) Bandwidth);

impl<'de> Deserialize<'de> for BandwidthFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = BandwidthFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of Mbps, or a table with `max-out` and `charge-type`")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<BandwidthFile, E> {
                let max_out = u32::try_from(value)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))?;
                Ok(BandwidthFile(Bandwidth { charge_type: TrafficCharge::default(), max_out }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BandwidthFile, A::Error> {
                Bandwidth::deserialize(MapAccessDeserializer::new(map)).map(BandwidthFile)
            }
        }
        deserializer.deserialize_any(Written)
    }
}
