//! Order, gate and explain: assessments in, plan out.
//!
//! The planner is a pure function: the same input gives the same plan, byte for byte. It does no I/O, and the
//! time reaches it as an argument. [`violations`] is written independently of it, and every plan must pass it.

mod budget;
mod check;
mod delta;
mod digest;
mod gate;
mod graft;
mod group;
mod lockout;
mod needs;
mod order;
mod settle;
mod window;

pub use check::{Violation, violations};
pub use digest::digest;
pub use graft::{graft, held_before};
pub use window::next_opening;

use std::collections::BTreeSet;

use jiff::Timestamp;
use rdpctl_model::Assessed;
use rdpctl_model::declaration::Guards;
use rdpctl_model::plan::{PLAN_FORMAT, Plan, PlannedStep, StepId, Subject};
use rdpctl_model::step::{Action, CloudAction, Guarded};

/// What a plan is made from.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// What the facets conclude, by instances that look alike.
    pub assessed: Vec<Assessed>,
    /// The guards.
    pub guards: &'a Guards,
    /// Guards that somebody allowed for this run.
    pub allowed: &'a BTreeSet<Guarded>,
    /// Now, for maintenance windows.
    pub now: Timestamp,
    /// Digest of the declaration.
    pub declaration: String,
    /// Digest of the surveys.
    pub survey: String,
}

/// Makes the plan.
#[must_use]
pub fn plan(request: Request<'_>) -> Plan {
    let instances = request.assessed.iter().map(|assessed| assessed.members.len()).sum();
    let merged = group::merge(request.assessed);
    let mut plan = Plan {
        format: PLAN_FORMAT,
        declaration: request.declaration,
        survey: request.survey,
        groups: Vec::new(),
        steps: Vec::new(),
        instances,
        healthy: instances,
        security: Vec::new(),
        budget: rdpctl_model::plan::Budget::default(),
    };
    for difference in merged {
        plan.healthy -= difference.members.len();
        let place = plan.groups.len();
        let (group, steps) = group::build(difference, place, request.guards.snapshot_first);
        plan.groups.push(group);
        for step in steps {
            let id = place_step(&mut plan.steps, step, place);
            let steps = &mut plan.groups[place].steps;
            if !steps.contains(&id) {
                steps.push(id);
            }
        }
        needs::connect(&mut plan, place);
    }
    lockout::guard(&mut plan);
    order::arrange(&mut plan);
    gate::hold(&mut plan, request.guards, request.allowed, request.now);
    plan.security = delta::security(&plan);
    plan.budget = budget::estimate(&plan);
    plan
}

/// Holds and releases a saved plan's steps anew: guards may have been answered, a window may have opened since.
pub fn regate(plan: &mut Plan, guards: &Guards, allowed: &BTreeSet<Guarded>, now: Timestamp) {
    for step in &mut plan.steps {
        let stays = matches!(step.held, Some(rdpctl_model::plan::Held::LockOut { .. }));
        if !stays {
            step.held = None;
        }
    }
    gate::hold(plan, guards, allowed, now);
}

/// Adds a node, or finds the one that acts on the same shared object in the same way.
fn place_step(steps: &mut Vec<PlannedStep>, planned: PlannedStep, group: usize) -> StepId {
    if let Subject::Shared { object, provider, .. } = &planned.on {
        let same = steps.iter_mut().enumerate().find(|(_, other)| {
            other.step.action == planned.step.action
                && matches!(&other.on, Subject::Shared { object: o, provider: p, .. } if o == object && p == provider)
        });
        if let Some((place, other)) = same {
            if let Subject::Shared { groups, .. } = &mut other.on {
                groups.push(group);
            }
            return id_of(place);
        }
    }
    steps.push(planned);
    id_of(steps.len() - 1)
}

fn id_of(place: usize) -> StepId {
    StepId(u32::try_from(place).unwrap_or(u32::MAX))
}

/// The object on which an action acts when that is not the instance itself.
fn shared_object(action: &Action) -> Option<&rdpctl_model::ResourceId> {
    match action {
        Action::Cloud(
            CloudAction::OpenDoor { rule_set, .. } | CloudAction::CloseDoor { rule_set, .. },
        ) => Some(rule_set),
        Action::Cloud(
            CloudAction::Start
            | CloudAction::AllocateAddress { .. }
            | CloudAction::AssociateAddress
            | CloudAction::TransformAddress
            | CloudAction::SetAddressBandwidth { .. }
            | CloudAction::SetInstanceBandwidth { .. }
            | CloudAction::SnapshotSystemDisk
            | CloudAction::Reboot
            | CloudAction::ReleaseAddress { .. },
        )
        | Action::Guest(_)
        | Action::Observe { .. }
        | Action::Prove { .. } => None,
    }
}
