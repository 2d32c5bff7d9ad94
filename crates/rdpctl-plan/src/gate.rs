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
    hold_behind(plan, StepId(0), 0);
}

/// Marks what needs something held among the steps and groups from these on.
pub(crate) fn hold_behind(plan: &mut Plan, from: StepId, groups: usize) {
    spread(plan, from);
    settle_switches(plan, groups);
    spread(plan, from);
}

/// Marks what needs something held. Needs point anywhere, so it is repeated until it settles; a plan is a few dozen
/// nodes.
fn spread(plan: &mut Plan, from: StepId) {
    loop {
        let held: BTreeSet<StepId> =
            plan.numbered().filter(|(_, step)| step.held.is_some()).map(|(id, _)| id).collect();
        let mut moved = false;
        for step in &mut plan.steps[from.0 as usize..] {
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

/// A dead man's switch is armed only for steps that are done, waits only for those, and protects none whose proof
/// cannot be had in this run.
fn settle_switches(plan: &mut Plan, from: usize) {
    for group in from..plan.groups.len() {
        let ids = plan.groups[group].steps.clone();
        let find = |plan: &Plan, test: &dyn Fn(&Action) -> bool| {
            ids.iter().copied().find(|id| plan.step(*id).is_some_and(|it| test(&it.step.action)))
        };
        let arm = find(plan, &|action| {
            matches!(action, Action::Guest(GuestAction::ArmDeadMansSwitch { .. }))
        });
        let disarm =
            find(plan, &|action| *action == Action::Guest(GuestAction::DisarmDeadMansSwitch));
        let (Some(arm), Some(disarm)) = (arm, disarm) else { continue };
        let proof = find(plan, &|action| matches!(action, Action::Prove { .. }));
        if let Some(reason) = proof.and_then(|proof| reason(plan, proof)) {
            for step in &mut plan.steps {
                if step.held.is_none() && step.needs.contains(&arm) && !is_disarm(step) {
                    step.held = Some(reason.clone());
                }
            }
        }
        let guarded = |step: &&PlannedStep| step.needs.contains(&arm) && !is_disarm(step);
        if plan.steps.iter().filter(guarded).all(|step| step.held.is_some()) {
            let first =
                ids.iter().find(|id| plan.step(**id).is_some_and(|step| guarded(&step))).copied();
            plan.steps[arm.0 as usize].held = first.and_then(|first| reason(plan, first));
        }
        let needs = ids
            .iter()
            .copied()
            .filter(|id| *id != disarm)
            .filter(|id| *id == arm || plan.step(*id).is_some_and(|step| step.held.is_none()))
            .collect();
        let last = &mut plan.steps[disarm.0 as usize];
        last.needs = needs;
        last.held = None;
    }
}

fn is_disarm(step: &PlannedStep) -> bool {
    step.step.action == Action::Guest(GuestAction::DisarmDeadMansSwitch)
}

/// Why a step is held in the end: what stands at the beginning of the chain of those held behind others.
fn reason(plan: &Plan, step: StepId) -> Option<Held> {
    let mut id = step;
    // A chain is no longer than the plan.
    for _ in 0..=plan.steps.len() {
        match plan.step(id)?.held.as_ref()? {
            Held::Behind { step } => id = *step,
            held @ (Held::Asks { .. }
            | Held::Denied { .. }
            | Held::Window { .. }
            | Held::LockOut { .. }) => return Some(held.clone()),
        }
    }
    None
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
