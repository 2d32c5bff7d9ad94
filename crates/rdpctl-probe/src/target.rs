//! Whom to probe: `HOST[:PORT]`, parsed once at the edge.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

pub use rdpctl_model::host::Host;

/// The port of Remote Desktop unless somebody moved it.
pub const DEFAULT_PORT: u16 = 3389;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// Where the machine is.
    pub host: Host,
    /// Where Remote Desktop should listen.
    pub port: u16,
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing stands before the port.
    #[error("no host in `{0}`")]
    NoHost(String),
    /// What follows the last colon is not 1 to 65535.
    #[error("`{port}` in `{text}` is not a port (1 to 65535)")]
    Port {
        /// The whole text.
        text: String,
        /// The part that should have been a port.
        port: String,
    },
    /// Brackets hold an IPv6 address and nothing else.
    #[error("`{0}` is not an IPv6 address in brackets")]
    Brackets(String),
    /// A resolver would not understand it.
    #[error("`{0}` is neither an address nor a host name")]
    Name(String),
}

impl Target {
    /// A target at an address.
    #[must_use]
    pub fn at(address: IpAddr, port: u16) -> Self {
        Self { host: Host::Address(address), port }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if let Some(rest) = text.strip_prefix('[') {
            let brackets = || TargetError::Brackets(text.to_owned());
            let (inside, after) = rest.split_once(']').ok_or_else(brackets)?;
            let address: Ipv6Addr = inside.parse().map_err(|_| brackets())?;
            let port = match after.strip_prefix(':') {
                Some(port) => parse_port(text, port)?,
                None if after.is_empty() => DEFAULT_PORT,
                None => return Err(brackets()),
            };
            return Ok(Self::at(address.into(), port));
        }
        // More than one colon and no brackets: a bare IPv6 address, never a port.
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self::at(address.into(), DEFAULT_PORT));
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, parse_port(text, port)?),
            None => (text, DEFAULT_PORT),
        };
        if host.is_empty() {
            return Err(TargetError::NoHost(text.to_owned()));
        }
        match host.parse::<IpAddr>() {
            Ok(address) => Ok(Self::at(address, port)),
            Err(_) if is_name(host) => Ok(Self { host: Host::Name(host.to_owned()), port }),
            Err(_) => Err(TargetError::Name(host.to_owned())),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

fn parse_port(text: &str, port: &str) -> Result<u16, TargetError> {
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(number) if digits && number > 0 => Ok(number),
        Ok(_) | Err(_) => Err(TargetError::Port { text: text.to_owned(), port: port.to_owned() }),
    }
}

/// Letters, digits, `-`, `_` and dots between labels; anything beyond ASCII is left to the resolver.
fn is_name(host: &str) -> bool {
    host.len() <= 253
        && !host.starts_with(['-', '.'])
        && !host.contains("..")
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_host_and_an_optional_port() {
        for (text, shown) in [
            ("10.0.0.4", "10.0.0.4:3389"),
            ("10.0.0.4:3390", "10.0.0.4:3390"),
            ("web-01.example.com", "web-01.example.com:3389"),
            ("web_01:13389", "web_01:13389"),
            ("[::1]", "[::1]:3389"),
            ("[2001:db8::7]:3390", "[2001:db8::7]:3390"),
            ("2001:db8::7", "[2001:db8::7]:3389"),
        ] {
            assert_eq!(
                text.parse::<Target>().map(|t| t.to_string()),
                Ok(shown.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_target_says_which_part() {
        for (text, message) in [
            ("", "no host in ``"),
            (":3389", "no host in `:3389`"),
            ("host:", "`` in `host:` is not a port (1 to 65535)"),
            ("host:0", "`0` in `host:0` is not a port (1 to 65535)"),
            ("host:70000", "`70000` in `host:70000` is not a port (1 to 65535)"),
            ("host:+1", "`+1` in `host:+1` is not a port (1 to 65535)"),
            ("[10.0.0.4]:1", "`[10.0.0.4]:1` is not an IPv6 address in brackets"),
            ("[::1]3389", "`[::1]3389` is not an IPv6 address in brackets"),
            ("a b", "`a b` is neither an address nor a host name"),
            ("-oProxy", "`-oProxy` is neither an address nor a host name"),
            ("a;b", "`a;b` is neither an address nor a host name"),
        ] {
            assert_eq!(
                text.parse::<Target>().map_err(|e| e.to_string()),
                Err(message.to_owned()),
                "{text}"
            );
        }
    }
}
