//! An independent checker that every plan must pass. It shares no rule with the planner: it looks at the result.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rdpctl_model::StepNumber;
use rdpctl_model::plan::{Held, Plan, StepId, Subject};
use rdpctl_model::step::{Action, CloudAction, GuestAction, Switch};

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
    /// The proof does not come last.
    ProofNotLast(StepId),
    /// An instance stands in two groups, or twice in one.
    Twice(String),
    /// A difference that can be mended has no step, or a group has none at all without saying why.
    Unmended(usize, &'static str),
    /// A step's action and its subject do not fit.
    WrongSubject(StepId),
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
        if let Action::Observe { .. } = step.step.action {
            looks.insert(step.number.clone());
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
        let homes: Vec<usize> = match &step.on {
            Subject::Each(group) => vec![*group],
            Subject::Shared { groups, .. } => groups.clone(),
        };
        let at_home =
            |home: &usize| plan.groups.get(*home).is_some_and(|group| group.steps.contains(&id));
        if homes.is_empty() || !homes.iter().all(at_home) {
            found.push(Violation::Stray(id));
        }
        let is_door = matches!(
            step.step.action,
            Action::Cloud(CloudAction::OpenDoor { .. } | CloudAction::CloseDoor { .. })
        );
        if is_door != matches!(step.on, Subject::Shared { .. }) {
            found.push(Violation::WrongSubject(id));
        }
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
    let steps: Vec<(StepId, &rdpctl_model::plan::PlannedStep)> =
        group.steps.iter().filter_map(|id| plan.step(*id).map(|step| (*id, step))).collect();
    for pair in group.steps.windows(2) {
        if pair[0] >= pair[1] {
            found.push(Violation::OutOfOrder(pair[1]));
        }
    }
    let disruptions = steps
        .iter()
        .filter(|(_, step)| {
            matches!(
                step.step.action,
                Action::Guest(GuestAction::RestartRdp { .. } | GuestAction::Reboot)
            )
        })
        .count();
    if disruptions > 1 {
        found.push(Violation::TwoDisruptions(place));
    }
    let id_where = |test: &dyn Fn(&Action) -> bool| {
        steps.iter().find(|(_, step)| test(&step.step.action)).map(|(id, _)| *id)
    };
    let start = id_where(&|action| *action == Action::Cloud(CloudAction::Start));
    let obtain =
        id_where(&|action| matches!(action, Action::Cloud(CloudAction::AllocateAddress { .. })));
    let doors: Vec<StepId> = steps
        .iter()
        .filter(|(_, step)| {
            matches!(
                step.step.action,
                Action::Guest(
                    GuestAction::EnableRemoteDesktopRules | GuestAction::AddFirewallRule { .. }
                )
            )
        })
        .map(|(id, _)| *id)
        .collect();
    for (id, step) in &steps {
        match &step.step.action {
            Action::Cloud(CloudAction::AssociateAddress) => {
                if obtain.is_some_and(|obtain| !reaches(plan, *id, obtain)) {
                    found.push(Violation::BoundBeforeObtained(*id));
                }
            }
            Action::Guest(action) => {
                if start.is_some_and(|start| !reaches(plan, *id, start)) {
                    found.push(Violation::GuestBeforeStart(*id));
                }
                if matches!(action, GuestAction::SetFirewallProfile { state: Switch::On, .. })
                    && doors.iter().any(|door| !reaches(plan, *id, *door))
                {
                    found.push(Violation::WallBeforeDoor(*id));
                }
            }
            Action::Prove { .. } => {
                let changes = steps.iter().filter(|(other, step)| {
                    other != id
                        && !matches!(
                            step.step.action,
                            Action::Guest(
                                GuestAction::DisarmDeadMansSwitch
                                    | GuestAction::DeleteFirewallRule { .. }
                            ) | Action::Cloud(CloudAction::CloseDoor { .. })
                        )
                });
                if changes.into_iter().any(|(other, _)| !reaches(plan, *id, *other)) {
                    found.push(Violation::ProofNotLast(*id));
                }
            }
            Action::Cloud(_) | Action::Observe { .. } => {}
        }
        let closes = matches!(
            step.step.action,
            Action::Cloud(CloudAction::CloseDoor { .. })
                | Action::Guest(GuestAction::DeleteFirewallRule { .. })
        );
        let proofs = steps.iter().filter(|(_, it)| matches!(it.step.action, Action::Prove { .. }));
        if closes && proofs.into_iter().any(|(proof, _)| !reaches(plan, *id, *proof)) {
            found.push(Violation::ClosedBeforeProof(*id));
        }
    }
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
