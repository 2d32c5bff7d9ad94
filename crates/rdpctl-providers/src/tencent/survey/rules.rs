//! The vendor's words for rules, ports and sources, read into the model's.
//!
//! What cannot be read is an error and not a rule that matches nothing: a misread drop would make a closed port look
//! open.

use std::net::IpAddr;

use ipnet::IpNet;
use rdpctl_model::rules::{RuleAction, RuleService, SourceRange};

/// What a text was expected to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub(crate) struct Misread {
    text: String,
    expected: &'static str,
}

fn misread(text: &str, expected: &'static str) -> Misread {
    Misread { text: text.escape_debug().to_string(), expected }
}

/// Accept or drop.
pub(crate) fn action(text: &str) -> Result<RuleAction, Misread> {
    if text.eq_ignore_ascii_case("accept") {
        Ok(RuleAction::Accept)
    } else if text.eq_ignore_ascii_case("drop") {
        Ok(RuleAction::Drop)
    } else {
        Err(misread(text, "what a rule does"))
    }
}

/// The TCP ports of a protocol with its ports.
pub(crate) fn service(protocol: &str, port: &str) -> Result<RuleService, Misread> {
    if protocol.eq_ignore_ascii_case("all") {
        return Ok(RuleService::AllPorts);
    }
    if protocol.eq_ignore_ascii_case("tcp") {
        return ports(port);
    }
    if ["udp", "icmp", "icmpv6", "gre"].iter().any(|other| protocol.eq_ignore_ascii_case(other)) {
        return Ok(RuleService::NotTcp);
    }
    Err(misread(protocol, "a protocol"))
}

/// `all`, `3389`, `3000-4000`, `80,443`, or a mixture; nothing means all.
fn ports(text: &str) -> Result<RuleService, Misread> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("all") {
        return Ok(RuleService::AllPorts);
    }
    let number =
        |word: &str| word.trim().parse::<u16>().map_err(|_| misread(text, "a list of ports"));
    let mut ranges = Vec::new();
    for part in text.split(',') {
        ranges.push(match part.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(part)?, number(part)?),
        });
    }
    Ok(RuleService::Ports(ranges))
}

/// All entries of service templates together: `tcp:80,443`, `udp:all`, `icmp`, `all`.
pub(crate) fn services<'a>(
    entries: impl IntoIterator<Item = &'a str>,
) -> Result<RuleService, Misread> {
    let mut ranges = Vec::new();
    for entry in entries {
        let (protocol, port) = entry.split_once(':').unwrap_or((entry, ""));
        match service(protocol.trim(), port)? {
            RuleService::AllPorts => return Ok(RuleService::AllPorts),
            RuleService::Ports(more) => ranges.extend(more),
            RuleService::NotTcp => {}
        }
    }
    Ok(if ranges.is_empty() { RuleService::NotTcp } else { RuleService::Ports(ranges) })
}

/// An address, a network, or a range with a dash.
pub(crate) fn source(text: &str) -> Result<SourceRange, Misread> {
    const EXPECTED: &str = "an address, a network or a range";
    let text = text.trim();
    if let Some((first, last)) = text.split_once('-') {
        let ends = (first.trim().parse::<IpAddr>(), last.trim().parse::<IpAddr>());
        return match ends {
            (Ok(first), Ok(last)) if first.is_ipv4() == last.is_ipv4() && first <= last => {
                Ok(SourceRange::Range(first, last))
            }
            _ => Err(misread(text, EXPECTED)),
        };
    }
    network(text).map(SourceRange::Net).ok_or_else(|| misread(text, EXPECTED))
}

/// A network; a bare address is the network of itself alone.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_and_ports_are_read_in_every_form() {
        for (protocol, port, expected) in [
            ("TCP", "3389", RuleService::Ports(vec![(3389, 3389)])),
            ("tcp", "3000-4000", RuleService::Ports(vec![(3000, 4000)])),
            (
                "tcp",
                "80,443,3000-4000",
                RuleService::Ports(vec![(80, 80), (443, 443), (3000, 4000)]),
            ),
            ("tcp", "ALL", RuleService::AllPorts),
            ("tcp", "", RuleService::AllPorts),
            ("All", "all", RuleService::AllPorts),
            ("udp", "3389", RuleService::NotTcp),
            ("ICMPv6", "", RuleService::NotTcp),
        ] {
            assert_eq!(service(protocol, port).unwrap(), expected, "{protocol} {port}");
        }
    }

    #[test]
    fn service_templates_are_read_together() {
        assert_eq!(
            services(["udp:53", "tcp:80,443", "icmp"]).unwrap(),
            RuleService::Ports(vec![(80, 80), (443, 443)])
        );
        assert_eq!(services(["tcp:22", "all"]).unwrap(), RuleService::AllPorts);
        assert_eq!(services(["tcp:all"]).unwrap(), RuleService::AllPorts);
        assert_eq!(services(["gre"]).unwrap(), RuleService::NotTcp);
    }

    #[test]
    fn sources_are_read_in_every_form() {
        for (text, first, last) in [
            ("10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ("198.51.100.0/24", "198.51.100.0", "198.51.100.255"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
            ("10.0.0.1-10.0.0.100", "10.0.0.1", "10.0.0.100"),
            ("2001:db8::/126", "2001:db8::", "2001:db8::3"),
            ("2001:db8::1-2001:db8::9", "2001:db8::1", "2001:db8::9"),
        ] {
            let bounds = source(text).unwrap().bounds();
            assert_eq!(
                (bounds.0.to_string(), bounds.1.to_string()),
                (first.to_owned(), last.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_a_rule_that_matches_nothing() {
        assert!(service("tcp", "http").is_err());
        assert!(service("tcp", "70000").is_err());
        assert!(service("", "").is_err());
        assert!(source("").is_err());
        assert!(source("10.0.0.9-10.0.0.1").is_err());
        assert!(source("10.0.0.1-::1").is_err());
        assert!(action("PERMIT").is_err());
    }
}
