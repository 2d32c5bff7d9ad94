//! Network security groups of Azure, and the one-line form in which a world writes their inbound rules.
//!
//! `PRIORITY ACCESS PROTOCOL PORTS SOURCES NAME`, for example `300 allow tcp 3389 203.0.113.0/24 office`; ports and
//! sources may be lists with commas, and sources service tags.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::model::{AccountIndex, Text};

/// A declared network security group.
#[derive(Clone, Debug)]
pub(crate) struct NsgSpec {
    pub(crate) name: Text,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) resource_group: Text,
    /// `NETWORK/SUBNET`
    pub(crate) subnets: Vec<Text>,
    pub(crate) rules: Vec<NsgRule>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Access {
    /// Lets it in.
    Allow,
    /// Keeps it out.
    Deny,
    /// Lets it in whatever groups say: an administrator's rules alone.
    AlwaysAllow,
}

/// Security admin rules, as Virtual Network Manager deploys them to networks.
#[derive(Clone, Debug)]
pub(crate) struct AdminSpec {
    pub(crate) account: AccountIndex,
    pub(crate) networks: Vec<Text>,
    pub(crate) rules: Vec<NsgRule>,
}

/// One rule, as the vendor keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NsgRule {
    pub(crate) name: Text,
    pub(crate) priority: u32,
    pub(crate) access: Access,
    pub(crate) inbound: bool,
    /// `Tcp`, `Udp`, `Icmp`, `*`
    pub(crate) protocol: Text,
    pub(crate) sources: Vec<Text>,
    pub(crate) destinations: Vec<Text>,
    pub(crate) ports: Vec<Text>,
    pub(crate) description: Text,
}

/// Why a line is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rule looks like `300 allow tcp 3389 203.0.113.0/24 office`: {0}")]
pub(crate) struct NsgRuleError(&'static str);

impl FromStr for NsgRule {
    type Err = NsgRuleError;

    fn from_str(line: &str) -> Result<Self, NsgRuleError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [priority, access, protocol, ports, sources, name] = words[..] else {
            return Err(NsgRuleError("it has six words"));
        };
        let list = |text: &str| text.split(',').map(Text::from).collect();
        let protocol = match protocol.to_ascii_lowercase().as_str() {
            "tcp" => "Tcp",
            "udp" => "Udp",
            "icmp" => "Icmp",
            "*" => "*",
            _ => return Err(NsgRuleError("the protocol is tcp, udp, icmp or *")),
        };
        Ok(Self {
            name: name.into(),
            priority: priority
                .parse()
                .ok()
                .filter(|number| (100..=4096).contains(number))
                .ok_or(NsgRuleError("the priority is 100 to 4096"))?,
            access: match access {
                "allow" => Access::Allow,
                "deny" => Access::Deny,
                "always-allow" => Access::AlwaysAllow,
                _ => return Err(NsgRuleError("access is allow or deny")),
            },
            inbound: true,
            protocol: protocol.into(),
            sources: list(sources),
            destinations: vec!["*".into()],
            ports: list(ports),
            description: "".into(),
        })
    }
}

impl NsgRule {
    /// Whether it speaks of a TCP packet from `remote` to `port` of a VM at `private`.
    pub(crate) fn matches(&self, port: u16, remote: IpAddr, private: IpAddr) -> bool {
        self.inbound
            && (&*self.protocol == "*" || self.protocol.eq_ignore_ascii_case("tcp"))
            && self.ports.iter().any(|range| holds_port(range, port))
            && self.sources.iter().any(|place| holds(place, remote))
            && self.destinations.iter().any(|place| holds(place, private))
    }
}

/// Whether an address of the virtual network is meant: in these worlds the private ranges.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(_) => false,
    }
}

fn holds(place: &str, address: IpAddr) -> bool {
    if place == "*" {
        return true;
    }
    if place.eq_ignore_ascii_case("internet") {
        return !is_private(address);
    }
    if place.eq_ignore_ascii_case("virtualnetwork") {
        return is_private(address);
    }
    place.parse::<IpNet>().map_or_else(
        |_| place.parse::<IpAddr>().is_ok_and(|single| single == address),
        |net| net.contains(&address),
    )
}

fn holds_port(range: &str, port: u16) -> bool {
    if range == "*" {
        return true;
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    first.parse().is_ok_and(|first: u16| first <= port)
        && last.parse().is_ok_and(|last: u16| port <= last)
}
