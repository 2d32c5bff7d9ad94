//! Networks as people write them, and what is wrong with those that are none.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A network as it is written, refused in words of its own.
struct Written(IpNet);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        network(&text).map(Self).map_err(D::Error::custom)
    }
}

/// Reads a list that names somebody.
pub(crate) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let written = Vec::<Written>::deserialize(deserializer)?;
    if written.is_empty() {
        return Err(D::Error::custom(
            "`from` names nobody; leave `ingress` out where it is none of rdpctl's business",
        ));
    }
    Ok(written.into_iter().map(|one| one.0).collect())
}

fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(net) = text.parse::<IpNet>() {
        let trunc = net.trunc();
        return if trunc == net {
            Ok(net)
        } else {
            Err(format!(
                "{text} is an address within {trunc}; say which of the two is meant: {trunc}, or {}",
                IpNet::from(net.addr())
            ))
        };
    }
    let Some((address, length)) = text.split_once('/') else {
        return Err(match text.trim().parse::<IpAddr>() {
            Ok(_) => format!("{text} is an address, not a network"),
            Err(_) => format!("`{text}` is no network"),
        });
    };
    Err(match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => {
            format!("/{length} is no length of an IPv4 network; lengths are 0 to 32")
        }
        Ok(IpAddr::V6(_)) => {
            format!("/{length} is no length of an IPv6 network; lengths are 0 to 128")
        }
        Err(_) => format!("`{address}` is no IP address"),
    })
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_network_that_is_none_is_told_what_is_wrong_with_it() {
        for (text, said) in [
            ("203.0.113.0/33", "/33 is no length of an IPv4 network; lengths are 0 to 32"),
            ("2001:db8::/129", "/129 is no length of an IPv6 network; lengths are 0 to 128"),
            ("203.0.113.5", "203.0.113.5 is an address, not a network"),
            (
                "10.1.2.3/8",
                "10.1.2.3/8 is an address within 10.0.0.0/8; say which of the two is meant: 10.0.0.0/8, or 10.1.2.3/32",
            ),
            ("office", "`office` is no network"),
            ("office/24", "`office` is no IP address"),
        ] {
            assert_eq!(network(text).unwrap_err(), said);
        }
        assert_eq!(network("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
    }
}
