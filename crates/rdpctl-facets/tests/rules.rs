//! Rules that rdpctl adds, held against a reader of rules that knows addresses one by one and shares no code with it.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use ipnet::IpNet;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rdpctl_facets::ingress::{Desired, Ingress, edits};
use rdpctl_facets::{Context, Facet};
use rdpctl_model::action::{Binds, Deed};
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::rules::{
    Doors, NewRule, Place, Rule, RuleAction, RuleOrder, RuleService, RuleSet, RuleSource,
    SourceRange, Stage,
};
use rdpctl_model::{CloudAction, ResourceId, Verdict};

const PORT: u16 = 3389;

fn at() -> Context {
    Context::plain(Timestamp::UNIX_EPOCH, PORT, ProviderKind::Azure)
}

/// Sixteen addresses, and one from far away.
fn addresses() -> Vec<IpAddr> {
    let near = (0..16).map(|last| IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)));
    near.chain([IpAddr::from([8, 8, 8, 8])]).collect()
}

fn net() -> impl Strategy<Value = IpNet> {
    let narrow = (0_u8..16, 28_u8..=32).prop_map(|(last, length)| {
        IpNet::new(Ipv4Addr::new(203, 0, 113, last).into(), length).unwrap().trunc()
    });
    prop_oneof![4 => narrow, 1 => Just("0.0.0.0/0".parse().unwrap())]
}

fn rule() -> impl Strategy<Value = Rule> {
    let service = prop_oneof![
        3 => Just(RuleService::Ports(vec![(PORT, PORT)])),
        1 => Just(RuleService::Ports(vec![(22, 22)])),
        1 => Just(RuleService::AllPorts),
        1 => Just(RuleService::NotTcp),
    ];
    (select(vec![RuleAction::Accept, RuleAction::Drop]), service, net()).prop_map(
        |(action, service, net)| Rule {
            index: 0,
            action,
            service,
            source: RuleSource::Nets(vec![SourceRange::Net(net)]),
            description: String::new(),
            keeper: None,
        },
    )
}

fn set(id: &'static str, order: RuleOrder) -> impl Strategy<Value = Arc<RuleSet>> {
    let numbers = match order {
        RuleOrder::Positions => (0..5).collect(),
        // Narrow, so that numbers run out; and what the vendor itself puts behind.
        RuleOrder::Priorities { .. } => vec![100, 101, 102, 103, 104, 105, 65_500],
    };
    let indices = subsequence(numbers, 0..=5);
    let default = select(vec![RuleAction::Drop, RuleAction::Drop, RuleAction::Accept]);
    (indices, proptest::collection::vec(rule(), 5), default).prop_map(
        move |(indices, rules, default)| {
            let given = indices.into_iter().zip(rules);
            let mut rules: Vec<Rule> = given.map(|(index, rule)| Rule { index, ..rule }).collect();
            if order == RuleOrder::Positions {
                for (index, rule) in (0..).zip(&mut rules) {
                    rule.index = index;
                }
            }
            let id = ResourceId::new(id);
            let version = "1".to_owned();
            Arc::new(RuleSet { id, version, bound: None, order, default, rules })
        },
    )
}

fn doors() -> impl Strategy<Value = Doors> {
    let positions = (set("sg-1", RuleOrder::Positions), set("sg-2", RuleOrder::Positions))
        .prop_map(|(one, two)| vec![Stage { sets: vec![one, two] }]);
    let numbers = RuleOrder::Priorities { lowest: 100, highest: 105 };
    let priorities = (set("nic", numbers), set("subnet", numbers))
        .prop_map(|(one, two)| vec![Stage { sets: vec![one] }, Stage { sets: vec![two] }]);
    let unfiltered = select(vec![RuleAction::Accept, RuleAction::Drop]);
    (prop_oneof![4 => positions, 4 => priorities, 1 => Just(Vec::new())], unfiltered)
        .prop_map(|(stages, unfiltered)| Doors { stages, unfiltered })
}

/// What a vendor does with a packet: rule by rule, set by set, stage by stage.
fn lets_in(doors: &Doors, from: IpAddr, port: u16) -> bool {
    let passes = |stage: &Stage| {
        let mut default = RuleAction::Drop;
        for set in &stage.sets {
            default = set.default;
            for rule in &set.rules {
                let ports = match &rule.service {
                    RuleService::AllPorts => true,
                    RuleService::Ports(ranges) => {
                        ranges.iter().any(|(first, last)| *first <= port && port <= *last)
                    }
                    RuleService::NotTcp => false,
                };
                let sources = match &rule.source {
                    RuleSource::Group(_) => false,
                    RuleSource::Nets(nets) => nets.iter().any(|range| {
                        let (first, last) = range.bounds();
                        first <= from && from <= last
                    }),
                };
                if ports && sources {
                    return rule.action == RuleAction::Accept;
                }
            }
        }
        default == RuleAction::Accept
    };
    if doors.stages.is_empty() {
        return doors.unfiltered == RuleAction::Accept;
    }
    doors.stages.iter().all(passes)
}

/// Makes a rule as the vendor would; a number that is given already, or out of bounds, is refused.
fn insert(doors: &mut Doors, id: &ResourceId, new: &NewRule) -> Result<(), String> {
    let mut sets = doors.stages.iter_mut().flat_map(|stage| &mut stage.sets);
    let set = Arc::make_mut(sets.find(|set| set.id == *id).ok_or("no such set")?);
    let rule = Rule {
        index: new.place.index(),
        action: RuleAction::Accept,
        service: RuleService::Ports(vec![(new.port, new.port)]),
        source: RuleSource::Nets(new.sources.iter().copied().map(SourceRange::Net).collect()),
        description: new.description.clone(),
        keeper: None,
    };
    match (set.order, new.place) {
        (RuleOrder::Positions, Place::Position(position)) => {
            let position = usize::try_from(position).unwrap();
            if position > set.rules.len() {
                return Err(format!("position {position} of {}", set.rules.len()));
            }
            set.rules.insert(position, rule);
            for (index, rule) in (0..).zip(&mut set.rules) {
                rule.index = index;
            }
        }
        (RuleOrder::Priorities { lowest, highest }, Place::Priority(number)) => {
            if new.sources.iter().any(|net| net.addr().is_ipv6())
                && new.sources.iter().any(|net| net.addr().is_ipv4())
            {
                return Err(format!("both families at priority {number}"));
            }
            let given = set.rules.iter().any(|rule| rule.index == number);
            if given || !(lowest..=highest).contains(&number) {
                return Err(format!("priority {number} is not free"));
            }
            set.rules.push(rule);
            set.rules.sort_by_key(|rule| rule.index);
        }
        (order, place) => return Err(format!("{place} in {order:?}")),
    }
    Ok(())
}

/// Whether some set has fewer free numbers before a drop than there are rules to make.
fn is_full(doors: &Doors, rules: usize) -> bool {
    doors.stages.iter().flat_map(|stage| &stage.sets).any(|set| {
        let RuleOrder::Priorities { lowest, highest } = set.order else { return false };
        let drops = set.rules.iter().filter(|rule| rule.action == RuleAction::Drop);
        let last = drops.map(|rule| rule.index - 1).min().unwrap_or(highest).min(highest);
        let given = |number: &u32| set.rules.iter().any(|rule| rule.index == *number);
        (lowest..=last).filter(|number| !given(number)).count() < rules
    })
}

proptest! {
    #[test]
    fn new_rules_open_what_was_declared_and_nothing_else(
        before in doors(),
        from in proptest::collection::vec(net(), 1..4),
    ) {
        let want = Desired { from: from.clone() };
        let is_wanted = |address: &IpAddr| from.iter().any(|net| net.contains(address));
        let all_in = |doors: &Doors| {
            addresses()
                .into_iter()
                .filter(is_wanted)
                .all(|address| lets_in(doors, address, PORT))
        };
        match Ingress::judge(&want, &before, &at()) {
            Verdict::Healthy { .. } => prop_assert!(all_in(&before)),
            Verdict::Drifted { .. } => {
                let mut after = before.clone();
                let mut binds = Binds::default();
                edits(&want, &before, PORT, &mut binds);
                for step in Ingress::mend(&want, &before, &at()) {
                    let verb = step.action.verb();
                    prop_assert!(verb.is_some_and(|verb| Ingress::ASKS.contains(&verb)));
                    let Ok(Deed::Cloud(actions)) = step.deed(&binds) else {
                        return Err(TestCaseError::fail("a step that is bound to nothing"));
                    };
                    prop_assert_eq!(step.seed.as_str(), "Azure 1.3");
                    for action in actions {
                        let CloudAction::OpenDoor { rule_set, rule, .. } = &action else {
                            return Err(TestCaseError::fail("another step than a rule"));
                        };
                        insert(&mut after, rule_set, rule).map_err(TestCaseError::fail)?;
                    }
                }
                prop_assert!(all_in(&after), "{after:?}");
                for address in addresses() {
                    let (was, is) = (lets_in(&before, address, 22), lets_in(&after, address, 22));
                    prop_assert_eq!(was, is);
                    if !is_wanted(&address) {
                        let was = lets_in(&before, address, PORT);
                        prop_assert_eq!(was, lets_in(&after, address, PORT));
                    }
                }
            }
            Verdict::Blocked { .. } if before.stages.is_empty() => {
                prop_assert_eq!(before.unfiltered, RuleAction::Drop);
            }
            Verdict::Blocked { by, .. } => prop_assert!(is_full(&before, from.len()), "{by:?}"),
            other @ (Verdict::Unknown { .. } | Verdict::NotApplicable { .. }) => {
                return Err(TestCaseError::fail(format!("{other:?}")));
            }
        }
    }
}

#[test]
fn an_address_that_nothing_filters_is_open_or_closed_as_its_vendor_says() {
    let want = Desired { from: vec!["198.51.100.0/24".parse().unwrap()] };
    let judged = |unfiltered| Ingress::judge(&want, &Doors::without_stages(unfiltered), &at());
    assert!(judged(RuleAction::Accept).is_healthy());
    assert!(matches!(judged(RuleAction::Drop), Verdict::Blocked { .. }));
}

#[test]
fn a_set_without_a_free_number_is_named_and_no_step_is_tried() {
    let everything = RuleSource::Nets(vec![SourceRange::Net("0.0.0.0/0".parse().unwrap())]);
    let set = RuleSet {
        id: ResourceId::new("web-nsg"),
        version: String::new(),
        bound: None,
        order: RuleOrder::Priorities { lowest: 100, highest: 4096 },
        default: RuleAction::Drop,
        rules: vec![Rule {
            index: 100,
            action: RuleAction::Drop,
            service: RuleService::AllPorts,
            source: everything,
            description: String::new(),
            keeper: None,
        }],
    };
    let stages = vec![Stage { sets: vec![Arc::new(set)] }];
    let doors = Doors { stages, unfiltered: RuleAction::Drop };
    let want = Desired { from: vec!["198.51.100.0/24".parse().unwrap()] };
    let Verdict::Blocked { by, .. } = Ingress::judge(&want, &doors, &at()) else {
        panic!("not blocked");
    };
    let set = rdpctl_words::english(&by);
    assert_eq!(set, "web-nsg, where no number is free for a rule that would decide");
    assert!(Ingress::mend(&want, &doors, &at()).is_empty());
}
