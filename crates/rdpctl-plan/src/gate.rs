//! Guards and maintenance windows: what may not be done yet, and why.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rdpctl_model::declaration::{GuardAnswer, Guards};
use rdpctl_model::plan::{Held, Plan, PlannedStep, StepId};
use rdpctl_model::step::{Action, Disruption, Guarded, GuestAction};

use crate::window::next_opening;

/// Marks the steps that may not be done, and all that need them.
pub(crate) fn hold(plan: &mut Plan, guards: &Guards, allowed: &BTreeSet<Guarded>, now: Timestamp) {
    let window = next_opening(&guards.windows, now);
    for step in &mut plan.steps {
        if step.held.is_none() {
            step.held = by_guard(step, guards, allowed).or_else(|| by_window(step, window));
        }
    }
    // Needs point anywhere, so the marking is repeated until it settles; a plan is a few dozen nodes.
    loop {
        let held: BTreeSet<StepId> =
            plan.numbered().filter(|(_, step)| step.held.is_some()).map(|(id, _)| id).collect();
        let mut moved = false;
        for step in &mut plan.steps {
            if step.held.is_none()
                && let Some(first) = step.needs.iter().find(|need| held.contains(need))
            {
                step.held = Some(Held::Behind { step: *first });
                moved = true;
            }
        }
        if !moved {
            return;
        }
    }
}

fn by_guard(step: &PlannedStep, guards: &Guards, allowed: &BTreeSet<Guarded>) -> Option<Held> {
    let mut asks = Vec::new();
    for guard in &step.step.guards {
        match guards.answer(*guard) {
            GuardAnswer::Allow => {}
            GuardAnswer::Deny => return Some(Held::Denied { guard: *guard }),
            GuardAnswer::Ask if allowed.contains(guard) => {}
            GuardAnswer::Ask => asks.push(*guard),
        }
    }
    (!asks.is_empty()).then_some(Held::Asks { guards: asks })
}

fn by_window(step: &PlannedStep, opens: Option<Timestamp>) -> Option<Held> {
    let disrupts = matches!(
        step.step.action,
        Action::Guest(GuestAction::RestartRdp { .. } | GuestAction::Reboot)
            | Action::Cloud(rdpctl_model::CloudAction::Reboot)
    ) || (matches!(step.step.action, Action::Guest(_))
        && step.step.disruption != Disruption::None);
    match opens {
        Some(opens) if disrupts => Some(Held::Window { opens: opens.to_string() }),
        Some(_) | None => None,
    }
}
