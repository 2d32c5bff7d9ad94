//! What is wrong with the firewall, profile by profile: in words, as findings, and what keeps us from mending it.

use std::collections::BTreeSet;

use ipnet::IpNet;
use rdpctl_model::said::Arg;
use rdpctl_model::step::{FirewallProfile, Switch};
use rdpctl_model::{Finding, Found, Said};

use crate::facet::Context;
use crate::firewall_by::{By, PROFILES};
use crate::firewall_door::{Block, Callers, Door, Shut, door};
use crate::firewall_policy::{ENABLED, MERGE, NO_EXCEPTIONS, Owners};
use crate::firewall_seen::Seen;
use crate::firewall_wish::Desired;

/// What was found, profile by profile.
pub(crate) struct Look {
    pub(crate) sides: Vec<Side>,
    /// Ports for which a rule of ours is left.
    pub(crate) left: BTreeSet<u16>,
    /// Who stands behind what a policy sets.
    owners: Owners,
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

impl Side {
    /// The networks of its profile.
    pub(crate) fn said(&self) -> Said {
        match self.profile {
            FirewallProfile::Domain => say::domain(),
            FirewallProfile::Private => say::private(),
            FirewallProfile::Public => say::public(),
        }
    }
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
                    door(
                        settings,
                        word,
                        &rules,
                        Callers { declared: &at.sources, looking: at.caller },
                    )
                } else {
                    Door::default()
                };
                Side { profile, word, key, off_by, set, door }
            })
            .collect();
        Self { sides, left: left_open(seen, at.port), owners: seen.owners.clone() }
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
    fn where_shut(&self) -> Said {
        let networks: Vec<Said> = self.shut().map(|(side, _)| side.said()).collect();
        if networks.len() == self.sides.len() { say::in_all() } else { say::for_networks(networks) }
    }

    pub(crate) fn said(&self, port: u16) -> Vec<Said> {
        let mut said: Vec<Said> = self
            .sides
            .iter()
            .filter_map(|side| match (side.off_by, side.set) {
                (Some(_), _) | (None, Some(Switch::On)) => Some(say::off_for(side.said())),
                (None, Some(Switch::Off)) => Some(say::on_for(side.said())),
                (None, None) => None,
            })
            .collect();
        said.extend(self.left.iter().map(|left| say::rule_left(*left)));
        if let Some((_, shut)) = self.shut().next() {
            let place = self.where_shut();
            said.push(match shut {
                Shut::Scoped { to, .. } => say::let_in_for(port, short(to), place),
                Shut::NoRule { conditional, .. } if !conditional.is_empty() => {
                    say::let_in_under(port, short(conditional), place)
                }
                Shut::Exceptions(_) | Shut::Blocked(_) | Shut::NoRule { .. } => {
                    say::not_let_in(port, place)
                }
            });
        }
        said
    }

    /// What keeps us from mending it, and what the user can do.
    pub(crate) fn hindrance(&self) -> Option<(Said, Said)> {
        if let Some((side, by)) =
            self.sides.iter().find_map(|side| side.off_by.map(|by| (side, by)))
        {
            let whose = self.owners.of_value(by, side.word, ENABLED);
            let there = self.owners.way_out(by, side.word, ENABLED, say::turn_it_on_there());
            return Some((say::keeps_off(whose, side.said()), there));
        }
        self.shut().find_map(|(side, shut)| match shut {
            Shut::Exceptions(by) => {
                let there = if by.rules_over_us() {
                    say::let_exceptions()
                } else {
                    say::netsh_exceptions()
                };
                Some((
                    say::exceptions_refused(self.owners.of_value(*by, side.word, NO_EXCEPTIONS)),
                    self.owners.way_out(*by, side.word, NO_EXCEPTIONS, there),
                ))
            }
            Shut::NoRule { ignored_by: Some(by), .. }
            | Shut::Scoped { ignored_by: Some(by), .. } => Some((
                say::local_ignored(self.owners.of_value(*by, side.word, MERGE)),
                self.owners.way_out(*by, side.word, MERGE, say::change_the_policy()),
            )),
            Shut::Blocked(blocks) => {
                // A local block under the built-in group is ours to turn round; anybody else's was made on purpose.
                let foreign =
                    blocks.iter().find(|block| !block.group || block.by.rules_over_us())?;
                let rule = &foreign.rule;
                let whose = if foreign.by.rules_over_us() {
                    say::foreign_block_rule(rule, self.owners.of_rule(foreign.by, rule))
                } else {
                    say::made_on_purpose(rule)
                };
                let advice = if foreign.addresses.is_empty() {
                    say::delete_the_rule(rule)
                } else {
                    say::take_out(rule, short(&foreign.addresses))
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
                        .with("profile", side.said())
                        .with("by", self.owners.of_value(by, side.word, ENABLED)),
                ),
                (None, Some(Switch::On)) => {
                    found.push(Found::from(Finding::FirewallOff).with("profile", side.said()));
                }
                (None, Some(Switch::Off) | None) => {}
            }
        }
        let profiles: Vec<Said> = self.shut().map(|(side, _)| side.said()).collect();
        if let Some((side, shut)) = self.shut().next() {
            let whose = |by: By, value: &str| self.owners.of_value(by, side.word, value);
            found.extend(shut_findings(shut, port, &profiles.into(), whose));
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

fn shut_findings(
    shut: &Shut,
    port: u16,
    profiles: &Arg,
    whose: impl Fn(By, &str) -> Said,
) -> Vec<Found> {
    match shut {
        Shut::Exceptions(by) => vec![
            Found::from(Finding::FirewallExceptionsRefused)
                .with("profiles", profiles.clone())
                .with("by", whose(*by, NO_EXCEPTIONS)),
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
                .with("profiles", profiles.clone())
                .with("by", whose(*by, MERGE)),
        ],
        Shut::NoRule { ignored_by: None, conditional } if !conditional.is_empty() => vec![
            Found::from(Finding::FirewallConditional)
                .with("rules", short(conditional))
                .with("port", port.to_string())
                .with("profiles", profiles.clone()),
        ],
        Shut::NoRule { ignored_by: None, .. } => vec![
            Found::from(Finding::FirewallNoRule)
                .with("port", port.to_string())
                .with("profiles", profiles.clone()),
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
pub(crate) fn short(list: &[String]) -> Arg {
    const SHOWN: usize = 4;
    match list.len() {
        0 => say::all_addresses().into(),
        1..=SHOWN => list.to_vec().into(),
        more => say::and_more(list[..SHOWN].to_vec(), more - SHOWN).into(),
    }
}

rdpctl_model::says! { "firewall":
    domain();
    private();
    public();
    off_for(networks);
    on_for(networks);
    rule_left(port);
    in_all();
    for_networks(networks);
    let_in_for(port, to, place);
    let_in_under(port, rules, place);
    not_let_in(port, place);
    keeps_off(by, networks);
    turn_it_on_there();
    change_the_policy();
    exceptions_refused(by);
    let_exceptions();
    netsh_exceptions();
    local_ignored(by);
    foreign_block_rule(rule, by);
    made_on_purpose(rule);
    delete_the_rule(rule);
    take_out(rule, addresses);
    all_addresses();
    and_more(list, more);
}
