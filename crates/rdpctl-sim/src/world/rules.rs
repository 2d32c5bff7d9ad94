//! Security group rules, and the one-line form in which a world writes them.
//!
//! `ACTION PROTOCOL [PORTS] PEER [# description]`, for example `ACCEPT tcp 3389 203.0.113.0/24 # office`.
//! A service template takes the place of protocol and ports: `ACCEPT ppm-0abc1234 ipm-0abc1234`.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use ipnet::{Ipv4Net, Ipv6Net};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::Text;

/// What a rule does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// Lets it in, or out.
    Accept,
    /// Throws it away.
    Drop,
}

/// The protocol a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Protocol {
    /// TCP
    Tcp,
    /// UDP
    Udp,
    /// ICMP
    Icmp,
    /// ICMP for IPv6
    Icmpv6,
    /// GRE
    Gre,
    /// Any.
    All,
}

/// What kind of traffic a rule matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Traffic {
    /// A protocol and ports as text (`all`, `3389`, `80,443`, `3000-4000`).
    Ports(Protocol, Text),
    /// A service template, `ppm-…`.
    Service(Text),
    /// A group of service templates, `ppmg-…`.
    ServiceGroup(Text),
}

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Peer {
    /// IPv4 addresses, as the vendor keeps the text.
    V4(Text),
    /// IPv6 addresses, as the vendor keeps the text.
    V6(Text),
    /// The private addresses of a group's members.
    Group(Text),
    /// An address template, `ipm-…`.
    Template(Text),
    /// A group of address templates, `ipmg-…`.
    TemplateGroup(Text),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// What it does.
    pub(crate) verdict: Verdict,
    /// To which traffic.
    pub(crate) traffic: Traffic,
    /// From or to whom.
    pub(crate) peer: Peer,
    /// What its author wrote beside it.
    pub(crate) description: Text,
    /// When it was last written.
    pub(crate) modified: Timestamp,
}

impl Rule {
    /// Whether the vendor takes it for the same rule: the description does not count.
    #[must_use]
    pub(crate) fn matches_like(&self, other: &Self) -> bool {
        self.traffic == other.traffic && self.peer == other.peer && self.verdict == other.verdict
    }
}

/// Why a line is not a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RuleError {
    /// It has too few or too many words.
    #[error("a rule is written `ACTION PROTOCOL PORTS PEER # description`")]
    Shape,
    /// Its first word is neither.
    #[error("a rule begins with ACCEPT or DROP")]
    Action,
    /// Nobody knows that protocol.
    #[error(
        "the protocol is one of tcp, udp, icmp, icmpv6, gre, all, or a service template (ppm-, ppmg-)"
    )]
    Protocol,
    /// The ports are no ports.
    #[error("ports are `all`, a number, a range `a-b` or several of these with commas")]
    Ports,
    /// Ports only make sense for protocols that have them.
    #[error("only tcp and udp have ports; write `all`")]
    PortsWithoutProtocol,
    /// The peer is no address, group or template.
    #[error(
        "the peer is an address, a CIDR block, a security group or an address template (ipm-, ipmg-)"
    )]
    Peer,
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (rule, description) = text.split_once('#').unwrap_or((text, ""));
        let words: Vec<&str> = rule.split_whitespace().collect();
        let (action, traffic, peer) = match words[..] {
            [action, service, peer] if service.starts_with("ppm") => {
                (action, parse_service(service)?, peer)
            }
            [action, protocol, peer] => (action, parse_traffic(protocol, "all")?, peer),
            [action, protocol, ports, peer] => (action, parse_traffic(protocol, ports)?, peer),
            _ => return Err(RuleError::Shape),
        };
        Ok(Self {
            verdict: action.parse()?,
            traffic,
            peer: peer.parse()?,
            description: description.trim().into(),
            modified: Timestamp::UNIX_EPOCH,
        })
    }
}

fn parse_service(text: &str) -> Result<Traffic, RuleError> {
    if text.starts_with("ppmg-") {
        Ok(Traffic::ServiceGroup(text.into()))
    } else if text.starts_with("ppm-") {
        Ok(Traffic::Service(text.into()))
    } else {
        Err(RuleError::Protocol)
    }
}

/// Checks ports against their protocol and brings them into the kept form.
pub(crate) fn parse_traffic(protocol: &str, ports: &str) -> Result<Traffic, RuleError> {
    let protocol: Protocol = protocol.parse()?;
    let ports = canonical_ports(ports)?;
    if !matches!(protocol, Protocol::Tcp | Protocol::Udp) && ports != "all" {
        return Err(RuleError::PortsWithoutProtocol);
    }
    Ok(Traffic::Ports(protocol, ports.into()))
}

fn canonical_ports(text: &str) -> Result<String, RuleError> {
    if text.is_empty() || text.eq_ignore_ascii_case("all") {
        return Ok("all".to_owned());
    }
    let mut kept = Vec::new();
    for part in text.split(',') {
        let (low, high) = part.split_once('-').unwrap_or((part, part));
        let low: u16 = low.trim().parse().map_err(|_| RuleError::Ports)?;
        let high: u16 = high.trim().parse().map_err(|_| RuleError::Ports)?;
        if low > high {
            return Err(RuleError::Ports);
        }
        kept.push(if part.contains('-') { format!("{low}-{high}") } else { low.to_string() });
    }
    Ok(kept.join(","))
}

/// Whether ports in the kept form contain `port`.
#[must_use]
pub(crate) fn ports_contain(ports: &str, port: u16) -> bool {
    ports.eq_ignore_ascii_case("all")
        || ports.split(',').any(|part| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            match (low.trim().parse::<u16>(), high.trim().parse::<u16>()) {
                (Ok(low), Ok(high)) => (low..=high).contains(&port),
                _ => false,
            }
        })
}

impl FromStr for Verdict {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text.eq_ignore_ascii_case("accept") {
            Ok(Self::Accept)
        } else if text.eq_ignore_ascii_case("drop") {
            Ok(Self::Drop)
        } else {
            Err(RuleError::Action)
        }
    }
}

impl FromStr for Protocol {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        match text.to_ascii_lowercase().as_str() {
            "tcp" => Ok(Self::Tcp),
            "udp" => Ok(Self::Udp),
            "icmp" => Ok(Self::Icmp),
            "icmpv6" => Ok(Self::Icmpv6),
            "gre" => Ok(Self::Gre),
            "all" => Ok(Self::All),
            _ => Err(RuleError::Protocol),
        }
    }
}

impl FromStr for Peer {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text.starts_with("sg-") {
            Ok(Self::Group(text.into()))
        } else if text.starts_with("ipmg-") {
            Ok(Self::TemplateGroup(text.into()))
        } else if text.starts_with("ipm-") {
            Ok(Self::Template(text.into()))
        } else if text.contains(':') {
            Self::v6(text)
        } else {
            Self::v4(text)
        }
    }
}

impl Peer {
    /// An IPv4 address or block; any block of length 0 at 0.0.0.0 is the whole internet, and every
    /// `0.0.0.0/n` is kept as that.
    pub(crate) fn v4(text: &str) -> Result<Self, RuleError> {
        let whole = text.split_once('/').is_some_and(|(address, _)| address == "0.0.0.0");
        let valid = text.parse::<Ipv4Net>().is_ok() || text.parse::<Ipv4Addr>().is_ok();
        match (valid, whole) {
            (true, true) => Ok(Self::V4("0.0.0.0/0".into())),
            (true, false) => Ok(Self::V4(text.into())),
            (false, _) => Err(RuleError::Peer),
        }
    }

    /// An IPv6 address or block.
    pub(crate) fn v6(text: &str) -> Result<Self, RuleError> {
        if text.parse::<Ipv6Net>().is_ok() || text.parse::<Ipv6Addr>().is_ok() {
            Ok(Self::V6(text.into()))
        } else {
            Err(RuleError::Peer)
        }
    }
}

/// Whether an address, block or dash range as templates write it contains `address`.
#[must_use]
pub(crate) fn range_contains(text: &str, address: IpAddr) -> bool {
    if let Some((low, high)) = text.split_once('-') {
        return match (low.trim().parse::<IpAddr>(), high.trim().parse::<IpAddr>()) {
            (Ok(low), Ok(high)) => {
                low.is_ipv4() == address.is_ipv4() && low <= address && address <= high
            }
            _ => false,
        };
    }
    match (text.parse::<ipnet::IpNet>(), text.parse::<IpAddr>()) {
        (Ok(block), _) => block.contains(&address),
        (_, Ok(single)) => single == address,
        (Err(_), Err(_)) => false,
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "ACCEPT",
            Self::Drop => "DROP",
        })
    }
}

impl Protocol {
    /// The vendor's spelling when it answers.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Icmpv6 => "icmpv6",
            Self::Gre => "gre",
            Self::All => "ALL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_in_every_form_and_wrong_ones_say_why() {
        /// The text, and what it says or why not.
        type Case<'a> = (&'a str, Result<(Verdict, Traffic, Peer), RuleError>);
        let cases: &[Case<'_>] = &[
            (
                "ACCEPT tcp 3389 203.0.113.0/24 # office",
                Ok((
                    Verdict::Accept,
                    Traffic::Ports(Protocol::Tcp, "3389".into()),
                    Peer::V4("203.0.113.0/24".into()),
                )),
            ),
            (
                "drop ALL all 0.0.0.0/8",
                Ok((
                    Verdict::Drop,
                    Traffic::Ports(Protocol::All, "all".into()),
                    Peer::V4("0.0.0.0/0".into()),
                )),
            ),
            (
                "ACCEPT icmpv6 ::/0",
                Ok((
                    Verdict::Accept,
                    Traffic::Ports(Protocol::Icmpv6, "all".into()),
                    Peer::V6("::/0".into()),
                )),
            ),
            (
                "ACCEPT ppm-0abc1234 ipmg-0abc1234",
                Ok((
                    Verdict::Accept,
                    Traffic::Service("ppm-0abc1234".into()),
                    Peer::TemplateGroup("ipmg-0abc1234".into()),
                )),
            ),
            (
                "ACCEPT tcp 80,3000-4000 sg-0abc1234",
                Ok((
                    Verdict::Accept,
                    Traffic::Ports(Protocol::Tcp, "80,3000-4000".into()),
                    Peer::Group("sg-0abc1234".into()),
                )),
            ),
            ("ALLOW tcp 3389 0.0.0.0/0", Err(RuleError::Action)),
            ("ACCEPT rdp 3389 0.0.0.0/0", Err(RuleError::Protocol)),
            ("ACCEPT tcp 70000 0.0.0.0/0", Err(RuleError::Ports)),
            ("ACCEPT tcp 90-80 0.0.0.0/0", Err(RuleError::Ports)),
            ("ACCEPT icmp 8 0.0.0.0/0", Err(RuleError::PortsWithoutProtocol)),
            ("ACCEPT tcp 3389 somewhere", Err(RuleError::Peer)),
            ("ACCEPT", Err(RuleError::Shape)),
        ];
        for (text, expected) in cases {
            let seen = text.parse::<Rule>().map(|rule| (rule.verdict, rule.traffic, rule.peer));
            assert_eq!(&seen, expected, "{text}");
        }
    }

    #[test]
    fn templates_write_addresses_in_three_ways() {
        let inside = IpAddr::from([198, 51, 100, 7]);
        for (text, expected) in [
            ("198.51.100.7", true),
            ("198.51.100.0/28", true),
            ("198.51.100.1-198.51.100.9", true),
            ("198.51.100.8-198.51.100.9", false),
            ("::/0", false),
        ] {
            assert_eq!(range_contains(text, inside), expected, "{text}");
        }
    }
}
