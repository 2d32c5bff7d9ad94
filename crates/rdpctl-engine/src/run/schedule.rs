//! What can be done next: as much as fits into one call.

use std::collections::BTreeMap;

use rdpctl_model::plan::{Plan, StepId, Subject};
use rdpctl_model::step::{Action, GuestAction};

use super::state::{Board, Status};

/// A piece of work for one task.
pub(crate) enum Unit {
    /// One action on many instances, or on one shared object.
    Cloud { step: StepId, members: Vec<usize> },
    /// A sequence of actions inside guests that are in the same position.
    Guest { group: usize, steps: Vec<StepId>, members: Vec<usize> },
    /// A second look at guests that can be seen now.
    Observe { step: StepId, members: Vec<usize> },
    /// A handshake from outside.
    Prove { step: StepId, members: Vec<usize> },
}

impl Unit {
    pub(crate) fn steps(&self) -> &[StepId] {
        match self {
            Self::Cloud { step, .. } | Self::Observe { step, .. } | Self::Prove { step, .. } => {
                std::slice::from_ref(step)
            }
            Self::Guest { steps, .. } => steps,
        }
    }

    pub(crate) fn members(&self) -> &[usize] {
        match self {
            Self::Cloud { members, .. }
            | Self::Guest { members, .. }
            | Self::Observe { members, .. }
            | Self::Prove { members, .. } => members,
        }
    }
}

/// Subjects that one unit takes at most, so that a failure or a stop concerns few.
const UNIT_SIZE: usize = 500;

/// The next unit, marked as running; nothing when all that is left waits.
pub(crate) fn next(plan: &Plan, board: &mut Board) -> Option<Unit> {
    let unit = find(plan, board)?;
    for step in unit.steps() {
        for member in unit.members() {
            board.set(*step, *member, Status::Running);
        }
    }
    Some(unit)
}

fn find(plan: &Plan, board: &Board) -> Option<Unit> {
    for (id, planned) in plan.numbered() {
        if planned.held.is_some() {
            continue;
        }
        let ready: Vec<usize> = (0..plan.width(planned))
            .filter(|member| is_ready(plan, board, id, *member, &[]))
            .take(UNIT_SIZE)
            .collect();
        if ready.is_empty() {
            continue;
        }
        return Some(match (&planned.step.action, &planned.on) {
            (Action::Cloud(_), _) => Unit::Cloud { step: id, members: ready },
            (Action::Observe { .. }, _) => Unit::Observe { step: id, members: ready },
            (Action::Prove { .. }, _) => Unit::Prove { step: id, members: ready },
            (Action::Guest(_), Subject::Each(group)) => guest_unit(plan, board, *group, &ready),
            (Action::Guest(_), Subject::Shared { .. }) => continue,
        });
    }
    None
}

fn is_ready(plan: &Plan, board: &Board, step: StepId, member: usize, with: &[StepId]) -> bool {
    board.own(step, member) == Status::Open
        && plan.step(step).is_some_and(|planned| {
            planned.needs.iter().all(|need| {
                with.contains(need) || board.get(plan, *need, step, member) == Status::Done
            })
        })
}

/// Everything that can be done in a guest in one go, for the members that are in the same position.
fn guest_unit(plan: &Plan, board: &Board, group: usize, members: &[usize]) -> Unit {
    let mut sequences: BTreeMap<Vec<StepId>, Vec<usize>> = BTreeMap::new();
    for member in members {
        let mut sequence = Vec::new();
        for id in &plan.groups[group].steps {
            let Some(planned) = plan.step(*id) else { continue };
            let Action::Guest(action) = &planned.step.action else { continue };
            if planned.held.is_none() && is_ready(plan, board, *id, *member, &sequence) {
                sequence.push(*id);
                // Nothing goes on in the same batch after a reboot.
                if *action == GuestAction::Reboot {
                    break;
                }
            }
        }
        sequences.entry(sequence).or_default().push(*member);
    }
    // The largest crowd first; the others come with the next call.
    let (steps, members) =
        sequences.into_iter().max_by_key(|(_, members)| members.len()).unwrap_or_default();
    Unit::Guest { group, steps, members }
}
