//! An independent checker that every plan must pass. It shares no rule with the planner: it looks at the result.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rdpctl_model::StepNumber;
use rdpctl_model::action::traits::{Phase, Sets, Thing, Through, Ways};
use rdpctl_model::guest::Through as Way;
use rdpctl_model::plan::{Group, Held, Plan, PlannedStep, StepId};
use rdpctl_model::repair::{PlannedRepair, RepairStage};
use rdpctl_model::step::Step;

/// Something that a plan must never have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A step needs one that does not stand before it: the order cannot be kept, or the two need each other.
    NeedsLater(StepId, StepId),
    /// A step needs one that is not there.
    Dangling(StepId, StepId),
    /// A step's number is another's too, is not the next one, or speaks of a look that is none.
    Misnumbered(StepId),
    /// A step belongs to no group, or a group names one that is not its own.
    Stray(StepId),
    /// A group's list is not in the plan's order.
    OutOfOrder(StepId),
    /// More than one restart or reboot for one instance, or both.
    TwoDisruptions(usize),
    /// An address is bound before it is obtained.
    BoundBeforeObtained(StepId),
    /// A guest is touched that does not run yet.
    GuestBeforeStart(StepId),
    /// A step that is not held needs one that is.
    PastAHeldStep(StepId, StepId),
    /// A wall goes up before the door in it is open.
    WallBeforeDoor(StepId),
    /// A former door is closed before the new one is proved.
    ClosedBeforeProof(StepId),
    /// It could close the last way in, and no dead man's switch stands around it.
    LastWayIn(StepId),
    /// The proof does not come last.
    ProofNotLast(StepId),
    /// An instance stands in two groups, or twice in one.
    Twice(String),
    /// The stages of a repair are not those that it has, in their order, numbered behind all that stands before; or it asks
    /// for less than every repair does.
    Misrepaired(String),
    /// A difference that can be mended has no step, or a group has none at all without saying why.
    Unmended(usize, &'static str),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// All violations of a plan; none is what it must be.
#[must_use]
pub fn violations(plan: &Plan) -> Vec<Violation> {
    let mut found = Vec::new();
    numbers(plan, &mut found);
    structure(plan, &mut found);
    repairs(plan, &mut found);
    for place in 0..plan.groups.len() {
        group(plan, place, &mut found);
    }
    found
}

/// Numbers count from 1 without a gap, those of a look below the look's own.
fn numbers(plan: &Plan, found: &mut Vec<Violation>) {
    let mut last: BTreeMap<Option<StepNumber>, u32> = BTreeMap::new();
    let mut looks = BTreeSet::new();
    for (id, step) in plan.numbered() {
        let by = step.number.revealed_by();
        let known = by.as_ref().is_none_or(|look| looks.contains(look));
        let count = last.entry(by).or_default();
        *count += 1;
        if !known || step.number.last() != *count {
            found.push(Violation::Misnumbered(id));
        }
        if step.step.action.traits().phase == Phase::Look {
            looks.insert(step.number.clone());
        }
    }
}

/// Each goes all the way that it is to go, and its numbers go on where those before it ended.
fn repairs(plan: &Plan, found: &mut Vec<Violation>) {
    let first_level = |step: &&PlannedStep| step.number.revealed_by().is_none();
    let mut last = plan.steps.iter().filter(first_level).count();
    for repair in &plan.repairs {
        let stages = repair.steps.iter().map(|step| step.stage);
        let goes_all_the_way = stages.eq(RepairStage::of(repair.hold));
        let asks = PlannedRepair::GUARDS.iter().all(|guard| repair.guards.contains(guard));
        let is_numbered = repair.steps.iter().zip(last + 1..).all(|(step, place)| {
            step.number.revealed_by().is_none() && step.number.last() as usize == place
        });
        last += repair.steps.len();
        if !(goes_all_the_way && asks && is_numbered) {
            found.push(Violation::Misrepaired(repair.instance.to_string()));
        }
    }
}

fn structure(plan: &Plan, found: &mut Vec<Violation>) {
    for (id, step) in plan.numbered() {
        for need in &step.needs {
            match plan.step(*need) {
                None => found.push(Violation::Dangling(id, *need)),
                Some(needed) => {
                    if *need >= id {
                        found.push(Violation::NeedsLater(id, *need));
                    }
                    if step.held.is_none() && needed.held.is_some() {
                        found.push(Violation::PastAHeldStep(id, *need));
                    }
                }
            }
        }
        if let Some(Held::Behind { step: before }) = &step.held
            && !step.needs.contains(before)
        {
            found.push(Violation::Dangling(id, *before));
        }
        let home = plan.groups.get(step.group);
        if !home.is_some_and(|group| group.steps.contains(&id)) {
            found.push(Violation::Stray(id));
        }
    }
    for (place, group) in plan.groups.iter().enumerate() {
        let strangers =
            group.steps.iter().filter(|id| plan.step(**id).is_none_or(|step| step.group != place));
        found.extend(strangers.map(|id| Violation::Stray(*id)));
    }
    let mut names = BTreeSet::new();
    for group in &plan.groups {
        for member in &group.members {
            if !names.insert(&member.name) {
                found.push(Violation::Twice(member.name.to_string()));
            }
        }
    }
}

fn group(plan: &Plan, place: usize, found: &mut Vec<Violation>) {
    let group = &plan.groups[place];
    let steps: Vec<(StepId, &PlannedStep)> =
        group.steps.iter().filter_map(|id| plan.step(*id).map(|step| (*id, step))).collect();
    for pair in group.steps.windows(2) {
        if pair[0] >= pair[1] {
            found.push(Violation::OutOfOrder(pair[1]));
        }
    }
    let has = |phase: Phase| {
        steps.iter().filter(move |(_, step)| step.step.action.traits().phase == phase)
    };
    if has(Phase::Restart).count() > 1 {
        found.push(Violation::TwoDisruptions(place));
    }
    for (id, step) in &steps {
        let traits = step.step.action.traits();
        let lacks = |other: StepId| other != *id && !reaches(plan, *id, other);
        let inside = traits.through == Through::Guest;
        if inside && has(Phase::Start).any(|(start, _)| lacks(*start)) {
            found.push(Violation::GuestBeforeStart(*id));
        }
        let made = |(_, step): &&(StepId, &PlannedStep)| {
            traits.uses != Thing::Nothing && step.step.action.traits().makes == traits.uses
        };
        if steps.iter().filter(made).any(|(maker, _)| lacks(*maker)) {
            found.push(Violation::BoundBeforeObtained(*id));
        }
        let door = |(_, step): &&(StepId, &PlannedStep)| {
            step.step.action.traits().through == Through::Guest
        };
        if traits.phase == Phase::Wall
            && has(Phase::Open).filter(door).any(|(door, _)| lacks(*door))
        {
            found.push(Violation::WallBeforeDoor(*id));
        }
        if traits.phase == Phase::CloseFormer && has(Phase::Prove).any(|(proof, _)| lacks(*proof)) {
            found.push(Violation::ClosedBeforeProof(*id));
        }
        let earlier = |(other, step): &(StepId, &PlannedStep)| {
            // What is held is not done, and there is nothing of it to prove.
            step.held.is_none() && step.step.action.traits().phase < Phase::Prove && lacks(*other)
        };
        if traits.phase == Phase::Prove && steps.iter().any(earlier) {
            found.push(Violation::ProofNotLast(*id));
        }
    }
    last_way_in(plan, group, &steps, found);
    for finding in &group.facets {
        let own = steps.iter().any(|(_, step)| step.step.facet == finding.facet);
        // The handshake is proof, not something that a step could mend.
        let mendable = finding.facet != rdpctl_model::FacetId::Reachable;
        if mendable
            && finding.verdict.is_drifted()
            && !own
            && finding.blocked_by.is_none()
            && group.steps.is_empty()
        {
            found.push(Violation::Unmended(place, finding.facet.name()));
        }
    }
}

/// Where the only way in is one that rests on the guest's network, or where none is known, what could close that one is
/// done between an armed dead man's switch and its disarming, and that waits for the proof.
fn last_way_in(
    plan: &Plan,
    group: &Group,
    steps: &[(StepId, &PlannedStep)],
    found: &mut Vec<Violation>,
) {
    match group.way.map(|kind| kind.way().through) {
        Some(Way::Agent | Way::Console | Way::Disk) => return,
        Some(Way::Network) | None => {}
    }
    let done = || steps.iter().filter(|(_, step)| step.held.is_none());
    let of = |phase: Phase| {
        done().find(|(_, step)| step.step.action.traits().phase == phase).map(|(id, _)| *id)
    };
    let (arm, disarm, proof) = (of(Phase::Arm), of(Phase::Disarm), of(Phase::Prove));
    for (id, _) in done().filter(|(_, step)| could_close(&step.step)) {
        let inside = arm.is_some_and(|arm| reaches(plan, *id, arm));
        let left = disarm.is_some_and(|disarm| {
            reaches(plan, disarm, *id) && proof.is_none_or(|proof| reaches(plan, disarm, proof))
        });
        if !(inside && left) {
            found.push(Violation::LastWayIn(*id));
        }
    }
}

/// Whether a step could keep out whoever comes over the network. The table says so, or else the name of the value that
/// it writes: a file may say of a value that it is for something else.
fn could_close(step: &Step) -> bool {
    const LISTENER: [&str; 4] =
        ["PortNumber", "UserAuthentication", "SecurityLayer", "fAllowSecProtocolNegotiation"];
    let traits = step.action.traits();
    let by_name = match traits.sets {
        Sets::Value { key, name, .. } => {
            LISTENER.iter().any(|known| known.eq_ignore_ascii_case(name))
                || key.to_ascii_lowercase().contains(r"\schannel\protocols\")
        }
        Sets::Key { .. }
        | Sets::ServiceStart { .. }
        | Sets::ServiceRun { .. }
        | Sets::FirewallProfile { .. }
        | Sets::Other => false,
    };
    traits.may_close == Ways::Network || by_name
}

/// Whether `from` needs `to`, directly or not.
fn reaches(plan: &Plan, from: StepId, to: StepId) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id)
            && let Some(step) = plan.step(id)
        {
            open.extend(step.needs.iter().copied());
        }
    }
    false
}
