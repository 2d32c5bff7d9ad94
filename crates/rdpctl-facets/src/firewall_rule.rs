//! Windows firewall rules as the registry keeps them, and whether they let an RDP packet in.
//!
//! `v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|…`: fields in any order. A field that is not known here
//! is a condition that nobody can judge, so that what a later Windows adds does not make a rule look wider than it is.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::openings::Addresses;

/// The part of a rule on which the judgement rests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct FirewallRule {
    /// Its id in the registry.
    pub(crate) id: String,
    pub(crate) blocks: bool,
    pub(crate) active: bool,
    /// Windows' own group for Remote Desktop.
    pub(crate) remote_desktop_group: bool,
    /// Matches TCP on the asked port, for `TermService`.
    pub(crate) matches: Match,
    /// Profiles to which it applies; empty means all.
    pub(crate) profiles: Vec<String>,
    /// Remote addresses as written; empty means any.
    pub(crate) remote: Vec<String>,
}

/// How sure it is that a rule concerns an RDP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Match {
    /// It does.
    Yes,
    /// It carries conditions that we cannot evaluate: no help when it allows, may hurt when it blocks.
    Conditional,
    /// It does not.
    No,
}

/// The addresses that a rule names, by family, and the words among them that only Windows can resolve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) v4: Addresses,
    pub(crate) v6: Addresses,
    /// `LocalSubnet` and its like.
    pub(crate) words: bool,
}

impl Named {
    pub(crate) const fn family(&self, v6: bool) -> &Addresses {
        if v6 { &self.v6 } else { &self.v4 }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.v4.union(&other.v4);
        self.v6.union(&other.v6);
        self.words |= other.words;
    }

    /// Every address there is.
    pub(crate) fn all() -> Self {
        let any4 = IpNet::V4(ipnet::Ipv4Net::default());
        let any6 = IpNet::V6(ipnet::Ipv6Net::default());
        Self { v4: Addresses::of(any4), v6: Addresses::of(any6), words: false }
    }
}

/// Windows' own resource id for its group of Remote Desktop rules.
pub(crate) const REMOTE_DESKTOP_GROUP: &str = "@FirewallAPI.dll,-28752";

/// Fields that say nothing of which packets a rule matches.
const SILENT: [&str; 7] = ["Name", "Desc", "EmbedCtxt", "Edge", "Defer", "ICMP4", "ICMP6"];

impl FirewallRule {
    /// Reads a rule; `None` when the text is not a rule or not about incoming packets.
    pub(crate) fn parse(id: &str, text: &str, port: u16) -> Option<Self> {
        let (version, fields) = text.split_once('|')?;
        if !version.starts_with('v') {
            return None;
        }
        let mut rule = Self {
            id: id.to_owned(),
            blocks: false,
            active: false,
            remote_desktop_group: false,
            matches: Match::Yes,
            profiles: Vec::new(),
            remote: Vec::new(),
        };
        let mut incoming = false;
        let mut ports: Option<bool> = None;
        let mut tcp = true;
        let mut ours = true;
        let mut conditional = false;
        for field in fields.split('|').filter(|field| !field.is_empty()) {
            let Some((key, value)) = field.split_once('=') else { continue };
            match key {
                "Action" => rule.blocks = value.eq_ignore_ascii_case("Block"),
                "Active" => rule.active = value.eq_ignore_ascii_case("TRUE"),
                "Dir" => incoming = value.eq_ignore_ascii_case("In"),
                "Protocol" => tcp = value == "6",
                "LPort" => *ports.get_or_insert(false) |= value.parse() == Ok(port),
                "LPort2_10" => {
                    let inside = value.split_once('-').is_some_and(|(first, last)| {
                        matches!((first.parse::<u16>(), last.parse::<u16>()), (Ok(first), Ok(last)) if (first..=last).contains(&port))
                    });
                    *ports.get_or_insert(false) |= inside;
                }
                // Ports by a name of Windows' (`LPort2_20=Ply2Disc`): none of them is RDP's.
                _ if key.starts_with("LPort") => {
                    ports.get_or_insert(false);
                }
                "Profile" => rule.profiles.push(value.to_ascii_lowercase()),
                _ if key.starts_with("RA4") || key.starts_with("RA6") => {
                    if !value.eq_ignore_ascii_case("any") && value != "*" {
                        rule.remote.push(value.to_owned());
                    }
                }
                "App" => ours &= value.to_ascii_lowercase().ends_with(r"\svchost.exe"),
                "Svc" => ours &= value == "*" || value.eq_ignore_ascii_case("termservice"),
                _ if SILENT.contains(&key) => {
                    if key == "EmbedCtxt" {
                        rule.remote_desktop_group =
                            value.eq_ignore_ascii_case(REMOTE_DESKTOP_GROUP);
                    }
                }
                _ => conditional = true,
            }
        }
        if !incoming {
            return None;
        }
        rule.matches = if !tcp || !ours || ports == Some(false) {
            Match::No
        } else if conditional {
            Match::Conditional
        } else {
            Match::Yes
        };
        Some(rule)
    }

    /// Whether it applies to a profile (`domain`, `private`, `public`).
    pub(crate) fn applies_to(&self, profile: &str) -> bool {
        self.profiles.is_empty() || self.profiles.iter().any(|named| named == profile)
    }

    /// The addresses that it is about.
    pub(crate) fn named(&self) -> Named {
        if self.remote.is_empty() {
            return Named::all();
        }
        let mut named = Named::default();
        for text in &self.remote {
            match addresses(text) {
                Some((found, true)) => named.v6.union(&found),
                Some((found, false)) => named.v4.union(&found),
                None => named.words = true,
            }
        }
        named
    }
}

/// One address, a range, a network with a mask or a prefix; with whether it is of the newer family.
fn addresses(text: &str) -> Option<(Addresses, bool)> {
    let single = |text: &str| text.parse::<IpAddr>().ok();
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (single(first)?, single(last)?);
        let one_family = first.is_ipv6() == last.is_ipv6();
        return one_family.then(|| (Addresses::of_bounds(first, last), first.is_ipv6()));
    }
    if let Some((network, mask)) = text.split_once('/')
        && let (Ok(network), Ok(mask)) = (network.parse::<Ipv4Addr>(), mask.parse::<Ipv4Addr>())
    {
        let net = IpNet::with_netmask(network.into(), mask.into()).ok()?;
        return Some((Addresses::of(net), false));
    }
    let net = text.parse::<IpNet>().ok().or_else(|| single(text).map(IpNet::from))?;
    Some((Addresses::of(net), net.addr().is_ipv6()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: &str = r"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App=%SystemRoot%\system32\svchost.exe|Svc=termservice|Name=@FirewallAPI.dll,-28775|Desc=@FirewallAPI.dll,-28756|EmbedCtxt=@FirewallAPI.dll,-28752|";

    #[test]
    fn the_built_in_rule_concerns_its_own_port_only() {
        let rule = FirewallRule::parse("RemoteDesktop-UserMode-In-TCP", BUILT_IN, 3389).unwrap();
        assert!(rule.active && !rule.blocks && rule.remote_desktop_group);
        assert_eq!(rule.matches, Match::Yes);
        assert_eq!(FirewallRule::parse("x", BUILT_IN, 3390).unwrap().matches, Match::No);
    }

    #[test]
    fn rules_are_read_by_their_fields() {
        let case = |text: &str| FirewallRule::parse("x", text, 3389).map(|rule| rule.matches);
        let tcp =
            |rest: &str| case(&format!("v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|{rest}"));
        assert_eq!(tcp("LPort2_10=3000-4000|"), Some(Match::Yes));
        assert_eq!(tcp("LPort2_10=4000-5000|LPort=3389|"), Some(Match::Yes));
        assert_eq!(case("v2.10|Action=Allow|Active=TRUE|Dir=In|"), Some(Match::Yes));
        assert_eq!(
            case("v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=3389|"),
            Some(Match::No)
        );
        assert_eq!(tcp(r"LPort=3389|App=C:\x\httpd.exe|"), Some(Match::No));
        // A port by name is not RDP's, and not any port either.
        assert_eq!(tcp("LPort2_20=Ply2Disc|"), Some(Match::No));
        assert_eq!(tcp("LPort=RPC|"), Some(Match::No));
        // What is not known is a condition.
        for field in [
            "IF={guid}",
            "IFType=Wireless",
            "LUAuth=O:LSD:(D;;CC;;;S-1-2-1)",
            "TTK2_22=x",
            "Tomorrow=1",
        ] {
            assert_eq!(tcp(&format!("LPort=3389|{field}|")), Some(Match::Conditional), "{field}");
        }
        assert_eq!(tcp("LPort=3389|Edge=TRUE|Defer=App|Desc=x|"), Some(Match::Yes));
        assert_eq!(case("v2.10|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|"), None);
        assert_eq!(case("no rule at all"), None);
    }

    #[test]
    fn addresses_are_read_in_every_form_that_windows_writes() {
        let named = |fields: &str| {
            let text = format!("v2.31|Action=Block|Active=TRUE|Dir=In|{fields}|");
            FirewallRule::parse("x", &text, 3389).unwrap().named()
        };
        let shown = |named: &Named| {
            let nets = named.v4.networks(false).into_iter().chain(named.v6.networks(true));
            nets.map(|net| net.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(&named(
                "RA4=192.0.2.0/255.255.255.0|RA4=198.51.100.1/255.255.255.255|RA4=203.0.113.7"
            )),
            ["192.0.2.0/24", "198.51.100.1/32", "203.0.113.7/32"]
        );
        assert_eq!(
            shown(&named("RA4=10.0.0.0-10.0.0.3|RA6=2001:db8::/32")),
            ["10.0.0.0/30", "2001:db8::/32"]
        );
        assert_eq!(shown(&named("LPort=3389")), ["0.0.0.0/0", "::/0"]);
        let words = named("RA4=LocalSubnet|RA6=LocalSubnet");
        assert!(words.words && shown(&words).is_empty());
    }
}
