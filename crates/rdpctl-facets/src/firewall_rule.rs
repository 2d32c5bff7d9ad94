//! Windows firewall rules as the registry keeps them, and whether they let an RDP packet in.
//!
//! `v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|…`: fields in any order, unknown ones ignored.

use serde::{Deserialize, Serialize};

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

/// Windows' own resource id for its group of Remote Desktop rules.
pub(crate) const REMOTE_DESKTOP_GROUP: &str = "@FirewallAPI.dll,-28752";

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
                "Profile" => rule.profiles.push(value.to_ascii_lowercase()),
                "RA4" | "RA6" | "RA42" | "RA62" => rule.remote.push(value.to_owned()),
                "App" => ours &= value.to_ascii_lowercase().ends_with(r"\svchost.exe"),
                "Svc" => ours &= value == "*" || value.eq_ignore_ascii_case("termservice"),
                "EmbedCtxt" => {
                    rule.remote_desktop_group = value.eq_ignore_ascii_case(REMOTE_DESKTOP_GROUP);
                }
                "Security" | "RMAuth" | "RUAuth" | "IF" | "AppPkgId" | "LUOwn" | "RPort"
                | "RPort2_10" | "LA4" | "LA6" => conditional = true,
                _ => {}
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
        assert_eq!(
            case("v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort2_10=3000-4000|"),
            Some(Match::Yes)
        );
        assert_eq!(case("v2.10|Action=Allow|Active=TRUE|Dir=In|"), Some(Match::Yes));
        assert_eq!(
            case("v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=3389|"),
            Some(Match::No)
        );
        assert_eq!(
            case("v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|IF={guid}|"),
            Some(Match::Conditional)
        );
        assert_eq!(
            case(
                r"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App=C:\x\httpd.exe|"
            ),
            Some(Match::No)
        );
        assert_eq!(case("v2.10|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|"), None);
        assert_eq!(case("no rule at all"), None);
    }
}
