//! What can be declared of the port: a number, or a number and the port that RDP may be moved to.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A port number, and where RDP may be moved when another program owns that port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Desired {
    /// The port.
    pub number: u16,
    /// The port that the guard move-port may move RDP to.
    pub otherwise: Option<u16>,
}

/// A port's number.
#[derive(Clone, Copy, Serialize)]
struct Number(u16);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        port(u64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Both {
    number: Number,
    #[serde(rename = "else")]
    otherwise: Number,
}

impl Serialize for Desired {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.otherwise {
            None => serializer.serialize_u16(self.number),
            Some(other) => {
                Both { number: Number(self.number), otherwise: Number(other) }.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Desired {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Desired;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or a table of `number` and `else`")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Desired, E> {
                let number = port(number).map_err(E::custom)?.0;
                Ok(Desired { number, otherwise: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Desired, A::Error> {
                let both = Both::deserialize(MapAccessDeserializer::new(table))?;
                let (number, other) = (both.number.0, both.otherwise.0);
                if number == other {
                    return Err(A::Error::custom(format!("`else` is {other} as well")));
                }
                Ok(Desired { number, otherwise: Some(other) })
            }
        }

        deserializer.deserialize_any(Written)
    }
}

fn port(number: u64) -> Result<Number, String> {
    u16::try_from(number)
        .ok()
        .filter(|port| *port > 0)
        .map(Number)
        .ok_or_else(|| format!("{number} is not a port; ports are 1 to 65535"))
}

impl JsonSchema for Desired {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PortDesired".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let port = serde_json::json!({ "type": "integer", "minimum": 1, "maximum": 65535 });
        schemars::json_schema!({
            "oneOf": [
                port,
                {
                    "type": "object",
                    "properties": { "number": port, "else": port },
                    "required": ["number", "else"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Desired, String> {
        let value = serde_json::from_str(text).unwrap();
        crate::wish::read(value).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_number_and_a_pair_are_both_read_and_written_again() {
        assert_eq!(read("3389"), Ok(Desired { number: 3389, otherwise: None }));
        let pair = read(r#"{ "number": 3389, "else": 3390 }"#).unwrap();
        assert_eq!(pair, Desired { number: 3389, otherwise: Some(3390) });
        assert_eq!(serde_json::to_string(&pair).unwrap(), r#"{"number":3389,"else":3390}"#);
        assert_eq!(read("70000"), Err("70000 is not a port; ports are 1 to 65535".to_owned()));
        assert_eq!(
            read(r#"{ "number": 3389, "else": 3389 }"#),
            Err("`else` is 3389 as well".to_owned())
        );
    }
}
