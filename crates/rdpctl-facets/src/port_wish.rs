//! What can be declared of the port: a number, or a number and the port that RDP may be moved to.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A port number, and where RDP may be moved when another program owns that port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Desired {
    /// The port.
    pub number: u16,
    /// The port that the guard move-port may move RDP to.
    pub otherwise: Option<u16>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Both {
    number: u32,
    #[serde(rename = "else")]
    otherwise: u32,
}

impl Serialize for Desired {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.otherwise {
            None => serializer.serialize_u16(self.number),
            Some(other) => Both { number: u32::from(self.number), otherwise: u32::from(other) }
                .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Desired {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = serde_json::Value::deserialize(deserializer)?;
        if value.is_object() {
            let both: Both = serde_json::from_value(value).map_err(D::Error::custom)?;
            let number = port(both.number).map_err(D::Error::custom)?;
            let other = port(both.otherwise).map_err(D::Error::custom)?;
            if number == other {
                return Err(D::Error::custom(format!("`else` is {other} as well")));
            }
            return Ok(Self { number, otherwise: Some(other) });
        }
        let number: u32 = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Self { number: port(number).map_err(D::Error::custom)?, otherwise: None })
    }
}

fn port(number: u32) -> Result<u16, String> {
    u16::try_from(number)
        .ok()
        .filter(|port| *port > 0)
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
        serde_json::from_str(text).map_err(|error| error.to_string())
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
