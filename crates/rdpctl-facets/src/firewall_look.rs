//! What is wrong with the firewall, profile by profile: in words, as findings, and what keeps us from mending it.

use std::collections::BTreeSet;

use ipnet::IpNet;
use rdpctl_model::step::{FirewallProfile, Switch};
use rdpctl_model::{Finding, Found};

use crate::facet::Context;
use crate::firewall_door::{Block, Callers, Door, Shut, door};
use crate::firewall_seen::{By, PROFILES, Seen};
use crate::firewall_wish::Desired;

/// What was found, profile by profile.
pub(crate) struct Look {
    pub(crate) sides: Vec<Side>,
    /// Ports for which a rule of ours is left.
    pub(crate) left: BTreeSet<u16>,
}

pub(crate) struct Side {
    pub(crate) profile: FirewallProfile,
    pub(crate) word: &'static str,
    pub(crate) key: &'static str,
    /// Off against the wish, by something that wins over us.
    pub(crate) off_by: Option<By>,
    /// What would set it as wished.
    pub(crate) set: Option<Switch>,
    pub(crate) door: Door,
}

impl Look {
    pub(crate) fn at(want: Desired, seen: &Seen, at: &Context) -> Self {
        let rules = seen.all_rules(at.port);
        let sides = seen
            .profiles
            .iter()
            .zip(PROFILES)
            .map(|(settings, (profile, word, key, _))| {
                let (on, by) = settings.enabled();
                let (off_by, set) = match (want, on) {
                    (Desired::On, false) if by.rules_over_us() => (Some(by), None),
                    (Desired::On, false) => (None, Some(Switch::On)),
                    (Desired::Off, true) if profile != FirewallProfile::Domain => {
                        (None, Some(Switch::Off))
                    }
                    (Desired::On | Desired::Keep | Desired::Off, _) => (None, None),
                };
                // A profile that is to be turned on is judged as if it were.
                let filters = (on || want == Desired::On) && want != Desired::Off;
                let door = if filters {
                    door(settings, word, &rules, Callers(&at.sources))
                } else {
                    Door::default()
                };
                Side { profile, word, key, off_by, set, door }
            })
            .collect();
        Self { sides, left: left_open(seen, at.port) }
    }

    pub(crate) fn shut(&self) -> impl Iterator<Item = (&Side, &Shut)> {
        self.sides.iter().filter_map(|side| Some((side, side.door.shut.as_ref()?)))
    }

    pub(crate) fn bans(&self) -> BTreeSet<&Block> {
        self.sides.iter().flat_map(|side| &side.door.bans).collect()
    }

    pub(crate) fn scoped_for_unknown(&self) -> Option<&(Vec<String>, Vec<String>)> {
        self.sides.iter().find_map(|side| side.door.scoped_for_unknown.as_ref())
    }

    /// The profiles in which it is shut, for people: none where it is shut in all of them.
    fn where_shut(&self) -> String {
        let words: Vec<&str> = self.shut().map(|(side, _)| side.word).collect();
        if words.len() == self.sides.len() {
            String::new()
        } else {
            format!(" for {} networks", words.join(", "))
        }
    }

    pub(crate) fn words(&self, port: u16) -> String {
        let mut words: Vec<String> = self
            .sides
            .iter()
            .filter_map(|side| {
                let is = match (side.off_by, side.set) {
                    (Some(_), _) | (None, Some(Switch::On)) => "off",
                    (None, Some(Switch::Off)) => "on",
                    (None, None) => return None,
                };
                Some(format!("firewall {is} for {} networks", side.word))
            })
            .collect();
        words.extend(self.left.iter().map(|left| format!("our rule for port {left} is left")));
        if let Some((_, shut)) = self.shut().next() {
            let place = self.where_shut();
            words.push(match shut {
                Shut::Scoped { to, .. } => {
                    format!("port {port} let in for {} only{place}", short(to))
                }
                Shut::NoRule { conditional, .. } if !conditional.is_empty() => {
                    format!(
                        "port {port} let in under conditions of {} only{place}",
                        short(conditional)
                    )
                }
                Shut::Exceptions(_) | Shut::Blocked(_) | Shut::NoRule { .. } => {
                    format!("port {port} not let in{place}")
                }
            });
        }
        words.join(", ")
    }

    /// What keeps us from mending it, and what the user can do.
    pub(crate) fn hindrance(&self) -> Option<(String, String)> {
        let policy = "change the policy: add a rule for Remote Desktop there, or allow local rules to be merged";
        if let Some((side, by)) =
            self.sides.iter().find_map(|side| side.off_by.map(|by| (side, by)))
        {
            return Some((
                format!("{} that keeps the firewall off for {} networks", by.words(), side.word),
                policy.to_owned(),
            ));
        }
        self.shut().find_map(|(_, shut)| match shut {
            Shut::Exceptions(by) => Some((
                format!("“block all incoming connections”, set by {}: every allow rule is ignored", by.words()),
                if by.rules_over_us() {
                    "change the policy: let exceptions be made (DoNotAllowExceptions = 0)".to_owned()
                } else {
                    "netsh advfirewall set allprofiles firewallpolicy blockinbound,allowoutbound, where rules are to count again".to_owned()
                },
            )),
            Shut::NoRule { ignored_by: Some(by), .. }
            | Shut::Scoped { ignored_by: Some(by), .. } => {
                Some((
                    format!("{} that ignores local rules (AllowLocalPolicyMerge = 0)", by.words()),
                    policy.to_owned(),
                ))
            }
            Shut::Blocked(blocks) => {
                // A local block under the built-in group is ours to turn round; anybody else's was made on purpose.
                let foreign = blocks.iter().find(|block| !block.group || block.by.rules_over_us())?;
                let rule = &foreign.rule;
                let whose = if foreign.by.rules_over_us() {
                    format!("the active block rule {rule} of {}", foreign.by.words())
                } else {
                    format!("the active block rule {rule}, which somebody made on purpose")
                };
                let advice = if foreign.addresses.is_empty() {
                    format!("disable or delete the rule {rule}; a block beats every allow")
                } else {
                    format!(
                        "take the addresses that are to connect out of the rule {rule} ({}); a block beats every allow",
                        short(&foreign.addresses)
                    )
                };
                Some((whose, advice))
            }
            Shut::NoRule { ignored_by: None, .. } | Shut::Scoped { ignored_by: None, .. } => None,
        })
    }

    pub(crate) fn findings(&self, port: u16) -> Vec<Found> {
        let mut found = Vec::new();
        for side in &self.sides {
            match (side.off_by, side.set) {
                (Some(by), _) => found.push(
                    Found::from(Finding::FirewallOffByPolicy)
                        .with("profile", side.word)
                        .with("by", by.words()),
                ),
                (None, Some(Switch::On)) => {
                    found.push(Found::from(Finding::FirewallOff).with("profile", side.word));
                }
                (None, Some(Switch::Off) | None) => {}
            }
        }
        let profiles: Vec<&str> = self.shut().map(|(side, _)| side.word).collect();
        let profiles = profiles.join(", ");
        if let Some((_, shut)) = self.shut().next() {
            found.extend(shut_findings(shut, port, &profiles));
        }
        found.extend(self.bans().into_iter().map(|ban| {
            Found::from(Finding::FirewallBlockedSource)
                .with("rule", ban.rule.as_str())
                .with("addresses", short(&ban.addresses))
        }));
        if let Some((rules, to)) = self.scoped_for_unknown() {
            found.push(
                Found::from(Finding::FirewallScoped)
                    .with("rules", short(rules))
                    .with("to", short(to)),
            );
        }
        let left = self.left.iter();
        found.extend(
            left.map(|left| Found::from(Finding::FirewallRuleLeft).with("port", left.to_string())),
        );
        found
    }
}

fn shut_findings(shut: &Shut, port: u16, profiles: &str) -> Vec<Found> {
    match shut {
        Shut::Exceptions(by) => vec![
            Found::from(Finding::FirewallExceptionsRefused)
                .with("profiles", profiles)
                .with("by", by.words()),
        ],
        Shut::Blocked(blocks) => blocks
            .iter()
            .map(|block| {
                Found::from(Finding::FirewallBlockRule)
                    .with("rule", block.rule.as_str())
                    .with("addresses", short(&block.addresses))
            })
            .collect(),
        Shut::NoRule { ignored_by: Some(by), .. } => vec![
            Found::from(Finding::FirewallLocalRulesIgnored)
                .with("profiles", profiles)
                .with("by", by.words()),
        ],
        Shut::NoRule { ignored_by: None, conditional } if !conditional.is_empty() => vec![
            Found::from(Finding::FirewallConditional)
                .with("rules", short(conditional))
                .with("port", port.to_string())
                .with("profiles", profiles),
        ],
        Shut::NoRule { ignored_by: None, .. } => vec![
            Found::from(Finding::FirewallNoRule)
                .with("port", port.to_string())
                .with("profiles", profiles),
        ],
        Shut::Scoped { rules, to, missing, .. } => {
            let missing: Vec<String> = missing.iter().map(IpNet::to_string).collect();
            vec![
                Found::from(Finding::FirewallScoped)
                    .with("rules", short(rules))
                    .with("to", short(to))
                    .with("missing", short(&missing)),
            ]
        }
    }
}

/// Ports other than RDP's for which our own rules are left.
fn left_open(seen: &Seen, port: u16) -> BTreeSet<u16> {
    let ours = |text: &String| {
        let (_, rest) = text.split_once("|Name=rdpctl-rdp-tcp-")?;
        rest.split('|').next()?.parse().ok()
    };
    seen.rules.values().filter_map(ours).filter(|own| *own != port).collect()
}

/// A list for people: the first few, and how many more there are.
pub(crate) fn short(list: &[String]) -> String {
    const SHOWN: usize = 4;
    match list.len() {
        0 => "all addresses".to_owned(),
        1..=SHOWN => list.join(", "),
        more => format!("{} and {} more", list[..SHOWN].join(", "), more - SHOWN),
    }
}
