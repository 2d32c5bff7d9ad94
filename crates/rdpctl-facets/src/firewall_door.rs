//! What a packet to RDP meets in one of the firewall's profiles: settings by policy, by management and local, rules,
//! and the addresses for which it is let in.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::firewall_by::By;
use crate::firewall_rule::{FirewallRule, Match, Named};
use crate::firewall_seen::{Owned, ProfileSeen};
use crate::openings::Addresses;

/// Networks of which more than this many addresses stand in one stretch are the world: a list of banned addresses does
/// not contradict having them let in.
const WORLD: [u128; 2] = [1 << 24, 1 << 112];

/// Who is to be let in.
#[derive(Clone, Copy)]
pub(crate) struct Callers<'a> {
    /// The networks that were declared.
    pub(crate) declared: &'a [IpNet],
    /// Whoever looks, where that is known.
    pub(crate) looking: Option<IpAddr>,
}

/// Whether a rule is about whoever looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Looker {
    /// It is.
    Meant,
    /// It is about others.
    Others,
    /// From which address anybody looks is not known, or for whom the rule is.
    NotKnown,
}

impl Looker {
    fn of(looking: Option<IpAddr>, named: &Named) -> Self {
        let Some(address) = looking else { return Self::NotKnown };
        let own = Addresses::of(IpNet::from(address));
        if !own.intersect(named.family(address.is_ipv6())).is_empty() {
            Self::Meant
        } else if named.words {
            Self::NotKnown
        } else {
            Self::Others
        }
    }
}

/// What keeps RDP out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shut {
    /// Everything incoming is refused.
    Exceptions(By),
    /// Rules block it.
    Blocked(Vec<Block>),
    /// Nothing lets it in.
    NoRule {
        /// Who ignores the local rules, if somebody does.
        ignored_by: Option<By>,
        /// Rules that would, under conditions that nobody here can judge.
        conditional: Vec<String>,
    },
    /// What lets it in does so for others.
    Scoped {
        /// The rules, and for whom they are.
        rules: Vec<String>,
        to: Vec<String>,
        /// Who was to be let in and is not.
        missing: Vec<IpNet>,
        ignored_by: Option<By>,
    },
}

/// A rule that blocks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Block {
    pub(crate) rule: String,
    /// Under Windows' own group for Remote Desktop.
    pub(crate) group: bool,
    /// By policy or management, where nothing local changes it.
    pub(crate) by: By,
    /// The addresses as written; empty for all.
    pub(crate) addresses: Vec<String>,
    /// Whether whoever looks is among them.
    pub(crate) looker: Looker,
}

/// What a packet meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Door {
    pub(crate) shut: Option<Shut>,
    /// Rules that block some of those who are to be let in, though not all.
    pub(crate) bans: Vec<Block>,
    /// Whether some are let in only as far as rules that cannot be judged say.
    pub(crate) scoped_for_unknown: Option<(Vec<String>, Vec<String>)>,
}

/// What a packet meets in one profile, `domain`, `private` or `public`.
pub(crate) fn door(
    seen: &ProfileSeen,
    profile: &str,
    rules: &[Owned],
    callers: Callers<'_>,
) -> Door {
    if let Some(by) = seen.exceptions_refused() {
        return Door { shut: Some(Shut::Exceptions(by)), ..Door::default() };
    }
    let ignored_by = seen.local_rules_ignored_by();
    let effective = || {
        rules.iter().filter(|(rule, by)| {
            rule.active && rule.applies_to(profile) && (*by != By::Local || ignored_by.is_none())
        })
    };
    let blocks: Vec<(&FirewallRule, Block)> = effective()
        .filter(|(rule, _)| rule.blocks && rule.matches == Match::Yes)
        .map(|(rule, by)| (rule, block(rule, *by, callers)))
        .collect();
    let (hits, bans) = sort_out(&blocks, callers);
    if !hits.is_empty() {
        return Door { shut: Some(Shut::Blocked(hits)), ..Door::default() };
    }
    if seen.lets_all_in() {
        return Door { bans, ..Door::default() };
    }
    let allows: Vec<&FirewallRule> = effective()
        .map(|(rule, _)| rule)
        .filter(|rule| !rule.blocks && rule.matches == Match::Yes)
        .collect();
    let (mut shut, scoped_for_unknown) = let_in(&allows, callers, ignored_by);
    if let Some(Shut::NoRule { conditional, .. }) = &mut shut {
        let judged = |rule: &&FirewallRule| !rule.blocks && rule.matches == Match::Conditional;
        let rules = effective().map(|(rule, _)| rule).filter(judged);
        *conditional = rules.map(|rule| rule.id.clone()).collect();
    }
    Door { shut, bans, scoped_for_unknown }
}

fn block(rule: &FirewallRule, by: By, callers: Callers<'_>) -> Block {
    Block {
        rule: rule.id.clone(),
        group: rule.remote_desktop_group,
        by,
        addresses: rule.remote.clone(),
        looker: Looker::of(callers.looking, &rule.named()),
    }
}

/// Blocks that keep out somebody who is to be let in, and those that keep out some of the world.
fn sort_out(blocks: &[(&FirewallRule, Block)], callers: Callers<'_>) -> (Vec<Block>, Vec<Block>) {
    let (mut hits, mut bans) = (Vec::new(), Vec::new());
    for (rule, block) in blocks {
        if rule.remote.is_empty() {
            hits.push(block.clone());
            continue;
        }
        let named = rule.named();
        let overlaps = |net: &&IpNet| {
            let v6 = net.addr().is_ipv6();
            !Addresses::of(**net).intersect(named.family(v6)).is_empty()
        };
        let all_of = |net: &IpNet| {
            let v6 = net.addr().is_ipv6();
            Addresses::of(*net).subtract(named.family(v6)).is_empty()
        };
        let touched: Vec<&IpNet> = callers.declared.iter().filter(overlaps).collect();
        if touched.iter().any(|net| all_of(net) || !is_world(**net)) {
            hits.push(block.clone());
        } else if !touched.is_empty() || callers.declared.is_empty() || named.words {
            bans.push(block.clone());
        }
    }
    (hits, bans)
}

fn is_world(net: IpNet) -> bool {
    Addresses::of(net).is_broader_than(WORLD[usize::from(net.addr().is_ipv6())])
}

/// The names of rules, and for whom they are.
type Scope = (Vec<String>, Vec<String>);

/// What is wrong with the rules that let RDP in, for those who are to be let in.
fn let_in(
    allows: &[&FirewallRule],
    callers: Callers<'_>,
    ignored_by: Option<By>,
) -> (Option<Shut>, Option<Scope>) {
    if allows.is_empty() {
        return (Some(Shut::NoRule { ignored_by, conditional: Vec::new() }), None);
    }
    if allows.iter().any(|rule| rule.remote.is_empty()) {
        return (None, None);
    }
    let mut named = Named::default();
    for rule in allows {
        named.add(&rule.named());
    }
    let rules = allows.iter().map(|rule| rule.id.clone()).collect();
    let to: Vec<String> = allows.iter().flat_map(|rule| rule.remote.clone()).collect();
    // Nobody said who may connect: whether the right ones are let in cannot be told, but for whoever looks.
    if callers.declared.is_empty() {
        return match Looker::of(callers.looking, &named) {
            Looker::Meant => (None, None),
            Looker::Others | Looker::NotKnown => (None, Some((rules, to))),
        };
    }
    let missing: Vec<IpNet> = callers
        .declared
        .iter()
        .flat_map(|net| {
            let v6 = net.addr().is_ipv6();
            Addresses::of(*net).subtract(named.family(v6)).networks(v6)
        })
        .collect();
    if missing.is_empty() {
        return (None, None);
    }
    // The machine's own network is none of what lies outside, but may well be a private one that was declared.
    if named.words && missing.iter().all(|net| is_private(*net)) {
        return (None, Some((rules, to)));
    }
    (Some(Shut::Scoped { rules, to, missing, ignored_by }), None)
}

fn is_private(net: IpNet) -> bool {
    match net {
        IpNet::V4(net) => net.addr().is_private() && net.prefix_len() >= 8,
        IpNet::V6(net) => net.addr().is_unique_local() || net.addr().is_unicast_link_local(),
    }
}
