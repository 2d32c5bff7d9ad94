//! One rule: the string in the registry, and what it matches.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::Packet;
use crate::guest::spec::NetworkProfile;

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::guest) enum Action {
    Allow,
    Block,
}

/// A rule: its fields in the order of the string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::guest) struct Rule {
    pub(in crate::guest) version: String,
    pub(in crate::guest) action: Action,
    pub(in crate::guest) fields: Vec<(String, String)>,
}

/// Fields under which an allowance does not help an ordinary connection.
const NARROWING: [&str; 13] = [
    "Security", "RMAuth", "RUAuth", "IF", "IFType", "AppPkgId", "LUOwn", "LUAuth", "TTK",
    "TTK2_22", "TTK2_27", "TTK2_28", "LA4",
];
/// Fields under which a block is not about an ordinary service.
const ELSEWHERE: [&str; 3] = ["AppPkgId", "LUOwn", "LUAuth"];
/// Ports by a name of Windows' own; none of them is RDP's.
const PORT_NAMES: [&str; 2] = ["LPort2_20", "LPort2_24"];

impl Rule {
    /// Reads `v2.31|Action=Allow|...|`.
    pub(in crate::guest) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        let version = parts.next()?.to_owned();
        if !version.starts_with('v') {
            return None;
        }
        let fields: Vec<(String, String)> = parts
            .filter(|part| !part.is_empty())
            .map(|part| {
                let (key, value) = part.split_once('=')?;
                Some((key.to_owned(), value.to_owned()))
            })
            .collect::<Option<_>>()?;
        let action = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("Action"))?;
        let action =
            if action.1.eq_ignore_ascii_case("Block") { Action::Block } else { Action::Allow };
        Some(Self { version, action, fields })
    }

    /// The string again.
    pub(in crate::guest) fn to_text(&self) -> String {
        let mut text = self.version.clone();
        text.push('|');
        for (key, value) in &self.fields {
            text.push_str(key);
            text.push('=');
            text.push_str(value);
            text.push('|');
        }
        text
    }

    pub(in crate::guest) fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    pub(in crate::guest) fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.as_str())
    }

    /// Replaces every field of these names by new ones.
    pub(in crate::guest) fn replace(&mut self, keys: &[&str], new: Vec<(String, String)>) {
        if let Some((_, value)) = new.iter().find(|(key, _)| key.eq_ignore_ascii_case("Action")) {
            self.action =
                if value.eq_ignore_ascii_case("Block") { Action::Block } else { Action::Allow };
        }
        let is_old =
            |(known, _): &(String, String)| keys.iter().any(|key| known.eq_ignore_ascii_case(key));
        let at = self.fields.iter().position(is_old).unwrap_or(self.fields.len());
        let mut kept: Vec<_> = self.fields[..at].to_vec();
        kept.extend(new);
        kept.extend(self.fields[at..].iter().filter(|field| !is_old(field)).cloned());
        self.fields = kept;
    }

    pub(in crate::guest) fn active(&self) -> bool {
        self.get("Active").is_none_or(|value| value.eq_ignore_ascii_case("TRUE"))
    }

    pub(in crate::guest) fn inbound(&self) -> bool {
        self.get("Dir").is_none_or(|value| value.eq_ignore_ascii_case("In"))
    }

    pub(super) fn matches(&self, packet: &Packet<'_>) -> bool {
        let narrowed = NARROWING.iter().any(|key| self.get(key).is_some());
        self.active()
            && self.inbound()
            && !(narrowed && self.action == Action::Allow)
            && !(self.action == Action::Block
                && ELSEWHERE.iter().any(|key| self.get(key).is_some()))
            && !PORT_NAMES.iter().any(|key| self.get(key).is_some())
            && self.matches_protocol(packet)
            && self.matches_profile(packet.profile)
            && self.matches_program(packet)
            && self.matches_remote(packet.remote)
            && self.get("RPort").is_none()
    }

    fn matches_protocol(&self, packet: &Packet<'_>) -> bool {
        if let Some(protocol) = self.get("Protocol")
            && protocol.parse() != Ok(packet.protocol)
        {
            return false;
        }
        let mut ports = self.all("LPort").chain(self.all("LPort2_10")).peekable();
        ports.peek().is_none()
            || ports.any(|port| match port.split_once('-') {
                Some((from, to)) => match (from.parse::<u16>(), to.parse::<u16>()) {
                    (Ok(from), Ok(to)) => (from..=to).contains(&packet.port),
                    _ => false,
                },
                None => port.parse() == Ok(packet.port),
            })
    }

    fn matches_profile(&self, profile: NetworkProfile) -> bool {
        let name = match profile {
            NetworkProfile::Domain => "Domain",
            NetworkProfile::Private => "Private",
            NetworkProfile::Public => "Public",
        };
        let mut profiles = self.all("Profile").peekable();
        profiles.peek().is_none() || profiles.any(|known| known.eq_ignore_ascii_case(name))
    }

    fn matches_program(&self, packet: &Packet<'_>) -> bool {
        let file = |path: &str| path.rsplit('\\').next().unwrap_or(path).to_lowercase();
        let app = self.get("App").is_none_or(|app| file(app) == file(packet.image));
        let service = self.get("Svc").is_none_or(|service| {
            service == "*"
                || packet.services.iter().any(|known| known.eq_ignore_ascii_case(service))
        });
        app && service
    }

    fn matches_remote(&self, remote: IpAddr) -> bool {
        let mut any = true;
        for key in ["RA4", "RA6", "RA42", "RA62"] {
            for address in self.all(key) {
                any = false;
                if address_matches(address, remote) {
                    return true;
                }
            }
        }
        any
    }
}

/// `LocalSubnet`, one address, a range, or a network with a mask or prefix.
fn address_matches(text: &str, remote: IpAddr) -> bool {
    if text.eq_ignore_ascii_case("LocalSubnet") {
        // The simulated machines' subnet is 10.0.0.0/24; loopback counts as near.
        return match remote {
            IpAddr::V4(v4) => v4.octets()[..3] == [10, 0, 0] || v4.is_loopback(),
            IpAddr::V6(v6) => v6.is_loopback() || v6.segments()[0] & 0xffc0 == 0xfe80,
        };
    }
    if let Some((from, to)) = text.split_once('-') {
        return match (from.parse::<IpAddr>(), to.parse::<IpAddr>()) {
            (Ok(from), Ok(to)) => (from..=to).contains(&remote),
            _ => false,
        };
    }
    if let Some((network, mask)) = text.split_once('/')
        && let (Ok(network), Ok(mask)) = (network.parse::<Ipv4Addr>(), mask.parse::<Ipv4Addr>())
    {
        return match remote {
            IpAddr::V4(v4) => v4.to_bits() & mask.to_bits() == network.to_bits() & mask.to_bits(),
            IpAddr::V6(_) => false,
        };
    }
    match (text.parse::<IpNet>(), text.parse::<IpAddr>()) {
        (Ok(network), _) => network.contains(&remote),
        (_, Ok(address)) => address == remote,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_written_back_as_it_was_read() {
        let text = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=5985|";
        let mut rule = Rule::parse(text).unwrap();
        assert_eq!(rule.to_text(), text);
        rule.replace(&["Active"], vec![("Active".to_owned(), "FALSE".to_owned())]);
        assert_eq!(rule.to_text(), text.replace("TRUE", "FALSE"));
        rule.replace(&["Profile"], vec![("Profile".to_owned(), "Public".to_owned())]);
        assert_eq!(
            rule.to_text(),
            "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|Profile=Public|LPort=5985|"
        );
    }
}
