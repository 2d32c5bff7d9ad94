//! Address sets and the evaluation of ordered packet filters: is TCP port P open to network C?
//!
//! Rules overlap and some drop, so sets are evaluated, not single addresses. First match decides.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};
use rdpctl_model::ResourceId;
use rdpctl_model::rules::{
    Keeper, Place, Rule, RuleAction, RuleOrder, RuleService, RuleSet, RuleSource, Stage,
};
use smallvec::{SmallVec, smallvec};

/// Disjoint, sorted, inclusive ranges of addresses of one family, as numbers. Most are one network or two: those take no
/// memory of their own, where thousands of machines are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Addresses(Ranges);

type Ranges = SmallVec<[(u128, u128); 2]>;

impl Addresses {
    /// Those of a network.
    pub(crate) fn of(net: IpNet) -> Self {
        Self(smallvec![(number(net.network()), number(net.broadcast()))])
    }

    /// Those from one to another; none where they are of two families.
    pub(crate) fn of_bounds(first: IpAddr, last: IpAddr) -> Self {
        let (first, last) = (number(first), number(last));
        if first <= last { Self(smallvec![(first, last)]) } else { Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn intersect(&self, other: &Self) -> Self {
        let mut both = Ranges::new();
        let (mut i, mut j) = (0, 0);
        while let (Some(&(a, b)), Some(&(c, d))) = (self.0.get(i), other.0.get(j)) {
            let (low, high) = (a.max(c), b.min(d));
            if low <= high {
                both.push((low, high));
            }
            if b < d {
                i += 1;
            } else {
                j += 1;
            }
        }
        Self(both)
    }

    pub(crate) fn subtract(&self, other: &Self) -> Self {
        let mut left = Ranges::new();
        for &(first, last) in &self.0 {
            let mut start = Some(first);
            for &(c, d) in &other.0 {
                let Some(from) = start else { break };
                if d < from || c > last {
                    continue;
                }
                if c > from {
                    left.push((from, c - 1));
                }
                start = d.checked_add(1).filter(|next| *next <= last);
            }
            if let Some(from) = start {
                left.push((from, last));
            }
        }
        Self(left)
    }

    pub(crate) fn union(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
        self.0.sort_unstable();
        self.0.dedup_by(|(first, last), before| {
            let meets = *first <= before.1.saturating_add(1);
            if meets {
                before.1 = before.1.max(*last);
            }
            meets
        });
    }

    /// Whether there is a stretch of more than so many addresses of a family.
    pub(crate) fn is_broader_than(&self, addresses: u128) -> bool {
        self.0.iter().any(|(first, last)| last - first >= addresses)
    }

    /// The same as networks of a family, fewest first.
    pub(crate) fn networks(&self, v6: bool) -> Vec<IpNet> {
        let mut nets = Vec::new();
        for &(first, last) in &self.0 {
            if v6 {
                let subnets = Ipv6Subnets::new(Ipv6Addr::from(first), Ipv6Addr::from(last), 0);
                nets.extend(subnets.map(IpNet::V6));
            } else if let (Ok(first), Ok(last)) = (u32::try_from(first), u32::try_from(last)) {
                nets.extend(
                    Ipv4Subnets::new(Ipv4Addr::from(first), Ipv4Addr::from(last), 0).map(IpNet::V4),
                );
            }
        }
        nets
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// What a stage does with packets from one network to one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// Let in.
    pub(crate) open: Addresses,
    /// Dropped.
    pub(crate) closed: Addresses,
    /// Sources that a group-to-group rule may or may not let in.
    pub(crate) depends: bool,
    /// Where an accept rule must stand to open what is closed; none where there is no set.
    pub(crate) spot: Option<Spot>,
    /// Who keeps it closed, where that is somebody over whom no rule of ours is to win.
    pub(crate) kept: Option<Keeper>,
}

/// Where a rule must stand to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// In which set.
    pub(crate) set: ResourceId,
    /// Before the drop with this index, if one decided.
    pub(crate) before: Option<u32>,
}

/// Evaluates one stage for packets from `from` to TCP `port`.
pub(crate) fn evaluate(stage: &Stage, port: u16, from: IpNet) -> Opening {
    let mut remaining = Addresses::of(from);
    let mut open = Addresses::default();
    let mut closed = Addresses::default();
    let mut depends = false;
    let mut spot = None;
    let mut kept = None;
    for set in &stage.sets {
        for rule in &set.rules {
            if !matches_port(&rule.service, port) {
                continue;
            }
            let Some(sources) = sources_of(rule, from) else {
                depends |= is_private(from);
                continue;
            };
            let hit = remaining.intersect(&sources);
            if hit.is_empty() {
                continue;
            }
            match rule.action {
                RuleAction::Accept => open.union(&hit),
                RuleAction::Drop => {
                    closed.union(&hit);
                    kept = kept.or_else(|| rule.keeper.clone());
                    spot.get_or_insert_with(|| Spot {
                        set: set.id.clone(),
                        before: Some(rule.index),
                    });
                }
            }
            remaining = remaining.subtract(&hit);
        }
    }
    match stage.sets.last().map_or(RuleAction::Drop, |set| set.default) {
        RuleAction::Accept => open.union(&remaining),
        RuleAction::Drop => closed.union(&remaining),
    }
    if !closed.is_empty() && spot.is_none() {
        // Nothing decided, so any place will do: the group with the fewest members disturbs the fewest.
        let quietest = stage
            .sets
            .iter()
            .filter(|set| !is_an_administrator_s(set))
            .min_by_key(|set| set.bound.unwrap_or(u32::MAX));
        spot = quietest.map(|set| Spot { set: set.id.clone(), before: None });
    }
    Opening { open, closed, depends, spot, kept }
}

/// Whether a set is one in which nobody but its administrator makes rules.
fn is_an_administrator_s(set: &RuleSet) -> bool {
    let kept = |rule: &Rule| matches!(rule.keeper, Some(Keeper::SecurityAdmin(_)));
    set.rules.first().is_some_and(kept)
}

/// The place of a new rule in a set, before the rule with that index or behind all; `taken` are places that other new
/// rules will have. `None` where every number that would do is given.
pub(crate) fn free_place(set: &RuleSet, before: Option<u32>, taken: &[Place]) -> Option<Place> {
    match set.order {
        RuleOrder::Positions => {
            let end = || set.rules.iter().map(|rule| rule.index + 1).max().unwrap_or(0);
            Some(Place::Position(before.unwrap_or_else(end)))
        }
        RuleOrder::Priorities { lowest, highest } => {
            // The vendor's own rules have numbers beyond those of users.
            let last = match before {
                None => highest,
                Some(drop) => highest.min(drop.checked_sub(1)?),
            };
            let given: BTreeSet<u32> = set
                .rules
                .iter()
                .map(|rule| rule.index)
                .chain(taken.iter().map(|place| place.index()))
                .filter(|index| (lowest..=last).contains(index))
                .collect();
            // Close behind the rules that are there; where that is full, close before what it must come before.
            let behind = given.last().map_or(lowest, |index| index + 1);
            let free = (behind <= last)
                .then_some(behind)
                .or_else(|| (lowest..=last).rev().find(|number| !given.contains(number)));
            free.map(Place::Priority)
        }
    }
}

fn matches_port(service: &RuleService, port: u16) -> bool {
    match service {
        RuleService::AllPorts => true,
        RuleService::Ports(ranges) => {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&port))
        }
        RuleService::NotTcp => false,
    }
}

/// The rule's sources in the family of `from`; `None` when they are the members of another group.
fn sources_of(rule: &Rule, from: IpNet) -> Option<Addresses> {
    match &rule.source {
        RuleSource::Group(_) => None,
        RuleSource::Nets(ranges) => {
            let mut all = Addresses::default();
            for range in ranges {
                let (first, last) = range.bounds();
                if first.is_ipv4() == from.addr().is_ipv4()
                    && last.is_ipv4() == from.addr().is_ipv4()
                {
                    all.union(&Addresses::of_bounds(first, last));
                }
            }
            Some(all)
        }
    }
}

fn is_private(net: IpNet) -> bool {
    match net.network() {
        IpAddr::V4(v4) => v4.is_private() && net.prefix_len() >= 8,
        IpAddr::V6(v6) => (v6.segments()[0] & 0xfe00) == 0xfc00,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rdpctl_model::rules::SourceRange;

    use super::*;

    fn rule(index: u32, text: &str) -> Rule {
        let words: Vec<&str> = text.split(' ').collect();
        let action = if words[0] == "ACCEPT" { RuleAction::Accept } else { RuleAction::Drop };
        let service = match (words[1], words[2]) {
            ("udp", _) => RuleService::NotTcp,
            (_, "all") => RuleService::AllPorts,
            (_, ports) => RuleService::Ports(
                ports
                    .split(',')
                    .map(|part| {
                        let (first, last) = part.split_once('-').unwrap_or((part, part));
                        (first.parse().unwrap(), last.parse().unwrap())
                    })
                    .collect(),
            ),
        };
        let source = if words[3].starts_with("sg-") {
            RuleSource::Group(words[3].into())
        } else if let Some((first, last)) = words[3].split_once('-') {
            RuleSource::Nets(vec![SourceRange::Range(
                first.parse().unwrap(),
                last.parse().unwrap(),
            )])
        } else {
            RuleSource::Nets(vec![SourceRange::Net(words[3].parse().unwrap())])
        };
        Rule { index, action, service, source, description: String::new(), keeper: None }
    }

    fn stage(groups: &[&[&str]]) -> Stage {
        let sets = groups
            .iter()
            .enumerate()
            .map(|(place, rules)| {
                Arc::new(RuleSet {
                    id: ResourceId::new(format!("sg-{place}")),
                    version: "1".to_owned(),
                    bound: None,
                    order: RuleOrder::Positions,
                    default: RuleAction::Drop,
                    rules: (0..).zip(*rules).map(|(index, text)| rule(index, text)).collect(),
                })
            })
            .collect();
        Stage { sets }
    }

    fn verdict(groups: &[&[&str]], from: &str) -> &'static str {
        let opening = evaluate(&stage(groups), 3389, from.parse().unwrap());
        match (opening.open.is_empty(), opening.closed.is_empty()) {
            (false, true) => "open",
            (true, _) => "closed",
            (false, false) => "partial",
        }
    }

    /// The table of the vendor's specification, row by row.
    #[test]
    fn effective_rules_are_read_as_the_vendor_reads_them() {
        let world = "0.0.0.0/0";
        assert_eq!(verdict(&[&["ACCEPT tcp 3389 0.0.0.0/0"]], world), "open");
        assert_eq!(verdict(&[&[]], world), "closed");
        assert_eq!(
            verdict(&[&["DROP ALL all 0.0.0.0/0", "ACCEPT tcp 3389 0.0.0.0/0"]], world),
            "closed"
        );
        assert_eq!(verdict(&[&["ACCEPT tcp 3000-4000 0.0.0.0/0"]], world), "open");
        assert_eq!(verdict(&[&["ACCEPT TCP 80,443,3389 0.0.0.0/0"]], world), "open");
        assert_eq!(verdict(&[&["ACCEPT All all 0.0.0.0/0"]], world), "open");
        assert_eq!(verdict(&[&["ACCEPT udp 3389 0.0.0.0/0"]], world), "closed");
        assert_eq!(verdict(&[&["ACCEPT tcp 3389 198.51.100.0/24"]], "198.51.100.7/32"), "open");
        assert_eq!(verdict(&[&["ACCEPT tcp 3389 198.51.100.0/24"]], world), "partial");
        let but_one: &[&str] = &["DROP tcp 3389 203.0.113.0/24", "ACCEPT tcp all 0.0.0.0/0"];
        assert_eq!(verdict(&[but_one], world), "partial");
        assert_eq!(verdict(&[but_one], "198.51.100.0/24"), "open");
        let (ssh, rdp): (&[&str], &[&str]) =
            (&["ACCEPT tcp 22 0.0.0.0/0"], &["ACCEPT tcp 3389 0.0.0.0/0"]);
        assert_eq!(verdict(&[ssh, rdp], world), "open");
        let drop: &[&str] = &["DROP tcp 3389 0.0.0.0/0"];
        assert_eq!(verdict(&[drop, rdp], world), "closed");
        assert_eq!(verdict(&[rdp, drop], world), "open");
        assert_eq!(verdict(&[&["ACCEPT tcp 3389 ::/0"]], world), "closed");
        assert_eq!(verdict(&[&["ACCEPT tcp 3389 ::/0"]], "::/0"), "open");
        assert_eq!(verdict(&[&["ACCEPT tcp 3389 sg-self"]], world), "closed");
        assert_eq!(
            verdict(&[&["ACCEPT tcp 3389 198.51.100.1-198.51.100.9"]], "198.51.100.0/28"),
            "partial"
        );
    }

    #[test]
    fn the_opening_rule_goes_before_the_drop_that_decided() {
        let opening = evaluate(
            &stage(&[&["ACCEPT tcp 22 0.0.0.0/0", "DROP tcp 3389 0.0.0.0/0"]]),
            3389,
            "0.0.0.0/0".parse().unwrap(),
        );
        assert_eq!(opening.spot, Some(Spot { set: "sg-0".into(), before: Some(1) }));
    }

    #[test]
    fn what_is_missing_is_named_as_networks() {
        let partly = stage(&[&["ACCEPT tcp 3389 198.51.100.0-198.51.100.127"]]);
        let opening = evaluate(&partly, 3389, "198.51.100.0/24".parse().unwrap());
        assert_eq!(opening.closed.networks(false), ["198.51.100.128/25".parse::<IpNet>().unwrap()]);
    }
}
