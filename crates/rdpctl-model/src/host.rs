//! Where a machine is met on the network.

use std::fmt;
use std::net::IpAddr;

/// An address, or a name that whoever dials has the resolver turn into one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// A literal address.
    Address(IpAddr),
    /// A name to resolve.
    Name(String),
}

impl Host {
    /// Reads a text that was declared as an address or a name; an IPv6 address may stand in brackets.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        bare.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Address)
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

/// As it stands in a URL or before a port.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_in_brackets_and_without_and_all_else_is_a_name() {
        for (text, shown, is_address) in [
            ("10.0.0.5", "10.0.0.5", true),
            ("fd00::5", "[fd00::5]", true),
            ("[fd00::5]", "[fd00::5]", true),
            ("web.example.com", "web.example.com", false),
            ("10.0.0.5.example.com", "10.0.0.5.example.com", false),
        ] {
            let host = Host::of(text);
            assert_eq!(host.to_string(), shown);
            assert_eq!(matches!(host, Host::Address(_)), is_address, "{text}");
        }
    }
}
