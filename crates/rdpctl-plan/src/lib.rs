//! Order, gate and explain: assessments in, plan out.
//!
//! The planner is a pure function: the same input gives the same plan, byte for byte. It does no I/O, and the
//! time reaches it as an argument. [`violations`] is written independently of it, and every plan must pass it.

mod back;
mod budget;
mod canon;
mod check;
mod consent;
mod delta;
mod digest;
mod gate;
mod graft;
mod group;
mod lockout;
mod needs;
mod order;
#[cfg(test)]
mod samples;
mod sessions;
mod settle;
mod window;

pub use back::{Lasts, Stays, Undone, WayBack, closings, way_back};
pub use budget::{charged_as, money_of};
pub use canon::{Asked, Difference, canonical_digest, differences, is_same_repair};
pub use check::{Violation, violations};
pub use consent::{consent, consents};
pub use delta::security_of;
pub use digest::digest;
pub use graft::{graft, held_before};
pub use sessions::{Dropped, dropped};
pub use window::next_opening;

use std::collections::BTreeSet;

use jiff::Timestamp;
use rdpctl_model::Assessed;
use rdpctl_model::declaration::Guards;
use rdpctl_model::plan::{Basis, PLAN_FORMAT, Plan, StepId};
use rdpctl_model::step::Guarded;
use rdpctl_model::tariff::Tariffs;

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
    /// How old they are, and what nobody could see.
    pub basis: Basis,
    /// What asking and acting costs at whom.
    pub tariffs: &'a Tariffs,
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
        groups: Vec::with_capacity(merged.len()),
        // What is not written to takes no memory; to grow would mean to copy what thousands need.
        steps: Vec::with_capacity(merged.iter().map(group::Difference::most_steps).sum()),
        repairs: Vec::new(),
        instances,
        healthy: instances,
        security: Vec::new(),
        budget: rdpctl_model::plan::Budget::default(),
        basis: request.basis,
    };
    for difference in merged {
        plan.healthy -= difference.members.len();
        let before = u32::try_from(plan.steps.len()).unwrap_or(u32::MAX);
        let place = plan.groups.len();
        let (mut group, mut steps) = group::build(difference, place);
        needs::connect(&mut steps);
        group.steps = (before..).map(StepId).take(steps.len()).collect();
        plan.groups.push(group);
        plan.steps.extend(order::arrange(steps, before));
    }
    plan.steps.shrink_to_fit();
    gate::hold(&mut plan, request.guards, request.allowed, request.now);
    // What is held is no part of what will happen.
    plan.security = delta::security_of(&plan, plan.changes().map(|(_, planned)| planned));
    plan.budget = budget::estimate(&plan, request.tariffs);
    plan
}

/// Says anew what a plan costs, now that its members are bound to what is their own.
pub fn reckon(plan: &mut Plan, tariffs: &Tariffs) {
    plan.budget = budget::estimate(plan, tariffs);
}
