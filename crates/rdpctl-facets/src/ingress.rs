//! The RDP port is open to the declared sources in the effective rules of the cloud.

use std::collections::BTreeSet;
use std::sync::Arc;

use ipnet::IpNet;
use rdpctl_model::action::{Binds, CloudVerb, DoorEdit, OwnAction};
use rdpctl_model::rules::{
    Doors, NewRule, Place, Rule, RuleAction, RuleOrder, RuleService, RuleSet, RuleSource,
    SourceRange, Stage,
};
use rdpctl_model::step::Guarded;
use rdpctl_model::{FacetId, Finding, Found, Gap, ResourceId, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::ingress_keeper;
use crate::ingress_shown::{is_the_world, list, said};
use crate::manual::Manual;
use crate::openings::{Addresses, Opening, Spot, evaluate, free_place};
use crate::steps::say as step;

/// The facet.
pub struct Ingress;

/// What can be declared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Desired {
    /// The networks that may connect.
    #[serde(deserialize_with = "crate::ingress_wish::networks")]
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub from: Vec<IpNet>,
}

/// The marker by which a rule is known as ours.
pub const MARKER: &str = "rdpctl";

impl Facet for Ingress {
    const ID: FacetId = FacetId::Ingress;
    const CAUSES: &'static [FacetId] = &[];
    const ASKS: &'static [CloudVerb] = &[CloudVerb::OpenDoor, CloudVerb::CloseDoor];
    const MANUAL: Manual = Manual {
        summary: "The RDP port is open to the declared networks in the effective rules.",
        declare: "ingress = { from = [\"203.0.113.0/24\"] }",
        reads: &[],
        healthy: "first match over all groups in bind order lets every declared network in; no match is a drop",
        sets: &[],
        risk: "A security group is shared: the rule concerns every instance bound to it, and the plan says how many.",
        undo: "The journal keeps the way back, which deletes the rule that rdpctl inserted, known by its description.",
        seed: &[
            "Tencent 4: is port 3389 open in the security group?",
            "Azure 1.3: network security group for the new port",
        ],
        pages: &["https://intl.cloud.tencent.com/document/product/213/34272"],
        errata: &[],
    };

    type Desired = Desired;
    type Seen = Doors;

    fn read(survey: &Survey) -> Result<Doors, Gap> {
        survey.cloud.as_ref().map(|cloud| plain(&cloud.doors)).map_err(Clone::clone)
    }

    fn judge(want: &Desired, seen: &Doors, at: &Context) -> Verdict {
        let to = say::open_to(at.port, said(&want.from));
        let mut closed = Vec::new();
        let mut any_open = false;
        let mut depends = false;
        for net in &want.from {
            for stage in &seen.stages {
                let opening = evaluate(stage, at.port, *net);
                any_open |= !opening.open.is_empty();
                depends |= opening.depends && !opening.closed.is_empty();
                closed.extend(opening.closed.networks(net.addr().is_ipv6()));
            }
            if seen.stages.is_empty() && seen.unfiltered == RuleAction::Drop {
                closed.push(*net);
            }
        }
        if closed.is_empty() {
            let left: Vec<u16> = left_open(seen, at.port).map(|(_, rule)| rule.port).collect();
            return match left.first() {
                None => Verdict::healthy(to),
                Some(port) => Verdict::drifted(say::rule_left(*port), to),
            };
        }
        if depends {
            return Verdict::Unknown { gap: Gap::garbled(say::names_another_group()) };
        }
        closed.sort_unstable();
        closed.dedup();
        if seen.stages.is_empty() {
            return Verdict::Blocked {
                from: say::closed(at.port),
                to,
                by: say::nothing_bound(),
                advice: say::bind_a_group(),
            };
        }
        let from =
            if any_open { say::closed_to(at.port, said(&closed)) } else { say::closed(at.port) };
        if let Some(keeper) = ingress_keeper::keeper(&want.from, seen, at.port) {
            let (by, advice) = ingress_keeper::said(&keeper);
            return Verdict::Blocked { from, to, by, advice };
        }
        if seen.stages.iter().any(|stage| stage.sets.is_empty()) {
            return Verdict::Blocked {
                from,
                to,
                by: say::no_group_bound(),
                advice: say::bind_a_group(),
            };
        }
        if let Err(full) =
            seen.stages.iter().try_for_each(|stage| openers(stage, want, at.port).map(drop))
        {
            return Verdict::Blocked {
                from,
                to,
                by: say::set_full(full.set.as_str()),
                advice: say::make_room(),
            };
        }
        Verdict::drifted(from, to)
    }

    fn findings(want: &Desired, seen: &Doors, at: &Context) -> Vec<Found> {
        if let Some(keeper) = ingress_keeper::keeper(&want.from, seen, at.port) {
            return vec![ingress_keeper::found(&keeper)];
        }
        let closed = want.from.iter().any(|net| {
            seen.stages.iter().any(|stage| {
                !evaluate(stage, at.port, *net).closed.networks(net.addr().is_ipv6()).is_empty()
            })
        });
        let none = seen.stages.is_empty() && seen.unfiltered == RuleAction::Drop;
        if closed || none { vec![Finding::RulesClosed.into()] } else { Vec::new() }
    }

    fn mend(want: &Desired, seen: &Doors, at: &Context) -> Vec<Step> {
        let purpose = Purpose {
            facet: Self::ID,
            seed: at.provider.vendor().step(FacetId::Ingress),
            why: step::door_closed(at.port),
        };
        let openers = seen.stages.iter().filter_map(|stage| openers(stage, want, at.port).ok());
        let mut sources: Vec<IpNet> =
            openers.flatten().flat_map(|(_, rule)| rule.sources).collect();
        sources.sort_unstable();
        sources.dedup();
        let mut steps = Vec::new();
        if !sources.is_empty() {
            let shown = list(&sources);
            let to_world = is_the_world(&sources);
            let step = purpose.own(
                OwnAction::OpenDoors { port: at.port, sources },
                say::closed_to(at.port, shown.clone()),
                say::open_to(at.port, shown),
            );
            let step = if to_world { step.guarded(Guarded::OpenToWorld) } else { step };
            steps.push(at.guarding_the_move(step));
        }
        let left: BTreeSet<u16> = left_open(seen, at.port).map(|(_, rule)| rule.port).collect();
        for port in left {
            let closing = Purpose {
                why: step::left_behind(),
                seed: at.provider.vendor().closing,
                ..purpose.clone()
            };
            steps.push(at.guarding_the_move(closing.own(
                OwnAction::CloseDoors { port },
                step::our_rule_opens(port),
                step::our_rule_deleted(port),
            )));
        }
        steps
    }

    fn bind(want: &Desired, survey: &Survey, at: &Context, binds: &mut Binds) {
        if let Ok(cloud) = &survey.cloud {
            edits(want, &cloud.doors, at.port, binds);
        }
    }
}

/// The networks that the rules let in to a port, fewest first.
#[must_use]
pub fn open_to(doors: &Doors, port: u16) -> Vec<IpNet> {
    let family = |everybody: IpNet| {
        let mut open = match (doors.stages.as_slice(), doors.unfiltered) {
            ([], RuleAction::Drop) => Addresses::default(),
            _ => Addresses::of(everybody),
        };
        for stage in &doors.stages {
            open = open.intersect(&evaluate(stage, port, everybody).open);
        }
        open.networks(everybody.addr().is_ipv6())
    };
    let all = |text: &str| text.parse().map(family).unwrap_or_default();
    [all("0.0.0.0/0"), all("::/0")].concat()
}

/// Where rules are to be made and deleted for one machine.
pub fn edits(want: &Desired, doors: &Doors, port: u16, binds: &mut Binds) {
    let edit = |(set, rule): (&RuleSet, NewRule)| {
        let (rule_set, version) = (set.id.clone(), set.version.clone());
        DoorEdit { rule_set, version, rule, affects: set.bound }
    };
    let openers = doors.stages.iter().filter_map(|stage| openers(stage, want, port).ok());
    binds.openings.extend(openers.flatten().map(edit));
    binds.closings.extend(left_open(doors, port).map(edit));
}

/// Doors as evidence: without what differs between machines that are open and closed to the same, the names of rule
/// sets, other people's words and rules that never decide about RDP.
fn plain(doors: &Doors) -> Doors {
    let mut number = 0;
    let mut set = |set: &Arc<RuleSet>| {
        number += 1;
        let kept = set.rules.iter().filter(|rule| {
            // Where rules have numbers, those of others are not free.
            set.order != RuleOrder::Positions || rule.service != RuleService::NotTcp
        });
        let rule = |(place, rule): (u32, &Rule)| Rule {
            index: if set.order == RuleOrder::Positions { place } else { rule.index },
            source: match &rule.source {
                RuleSource::Nets(nets) => RuleSource::Nets(nets.clone()),
                RuleSource::Group(_) => RuleSource::Group(ResourceId::new("another group")),
            },
            description: if rule.description.starts_with(MARKER) {
                rule.description.clone()
            } else {
                String::new()
            },
            ..rule.clone()
        };
        Arc::new(RuleSet {
            id: ResourceId::new(format!("rule set {number}")),
            version: String::new(),
            bound: set.bound.filter(|bound| *bound == 1),
            order: set.order,
            default: set.default,
            rules: (0..).zip(kept).map(rule).collect(),
        })
    };
    let mut stage = |stage: &Stage| Stage { sets: stage.sets.iter().map(&mut set).collect() };
    let stages = doors.stages.iter().map(&mut stage).collect();
    Doors { stages, unfiltered: doors.unfiltered }
}

/// Our own rules for ports on which RDP is not, in groups that no other instance uses: where others are bound, the
/// rule may be theirs.
fn left_open(seen: &Doors, port: u16) -> impl Iterator<Item = (&RuleSet, NewRule)> {
    let sets = seen.stages.iter().flat_map(|stage| &stage.sets).filter(|set| set.bound == Some(1));
    sets.flat_map(move |set| {
        set.rules.iter().filter_map(move |rule| {
            let own =
                rule.description.strip_prefix(MARKER)?.strip_prefix(": RDP ")?.parse().ok()?;
            let (RuleAction::Accept, RuleSource::Nets(nets)) = (rule.action, &rule.source) else {
                return None;
            };
            let net = |range: &SourceRange| match range {
                SourceRange::Net(net) => Some(*net),
                SourceRange::Range(..) => None,
            };
            let sources = nets.iter().map(net).collect::<Option<Vec<_>>>()?;
            let description = rule.description.clone();
            let place = set.order.place(rule.index);
            let rule = NewRule { place, port: own, sources, description };
            (own != port).then_some((set.as_ref(), rule))
        })
    })
}

/// A set in which no number is left for a rule that must stand there.
struct Full {
    set: ResourceId,
}

/// The rules that open one stage: one per place, with all sources that are missing there. Where rules have numbers (Azure)
/// the vendor refuses addresses of both families in one, so that each family has its own.
fn openers<'a>(
    stage: &'a Stage,
    want: &Desired,
    port: u16,
) -> Result<Vec<(&'a RuleSet, NewRule)>, Full> {
    let mut wanted: Vec<(Spot, Option<bool>, Vec<IpNet>)> = Vec::new();
    for net in &want.from {
        let v6 = net.addr().is_ipv6();
        let Opening { closed, spot, .. } = evaluate(stage, port, *net);
        let Some(spot) = spot else { continue };
        let missing = closed.networks(v6);
        // A rule for the whole declared network reads better than one for each of its closed parts, and lets in
        // nobody whom the declaration does not name.
        let sources = if missing.len() > 1 { vec![*net] } else { missing };
        let numbered = stage
            .sets
            .iter()
            .any(|set| set.id == spot.set && matches!(set.order, RuleOrder::Priorities { .. }));
        let family = numbered.then_some(v6);
        match wanted.iter_mut().find(|(other, of, _)| *other == spot && *of == family) {
            Some((.., all)) => all.extend(sources),
            None => wanted.push((spot, family, sources)),
        }
    }
    let mut rules: Vec<(&RuleSet, NewRule)> = Vec::new();
    for (spot, _, sources) in wanted {
        let Some(set) = stage.sets.iter().find(|set| set.id == spot.set) else { continue };
        let taken: Vec<Place> =
            rules.iter().filter(|(of, _)| of.id == set.id).map(|(_, rule)| rule.place).collect();
        let place =
            free_place(set, spot.before, &taken).ok_or_else(|| Full { set: set.id.clone() })?;
        let description = format!("{MARKER}: RDP {port}");
        rules.push((set.as_ref(), NewRule { place, port, sources, description }));
    }
    Ok(rules)
}

rdpctl_model::says! { "ingress":
    names_another_group();
    open_to(port, networks);
    closed_to(port, networks);
    closed(port);
    rule_left(port);
    nothing_bound();
    no_group_bound();
    bind_a_group();
    set_full(set);
    make_room();
}
