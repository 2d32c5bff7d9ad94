//! Who allows what: questions as values, put to whoever is there to answer. A terminal words them, flags have answered
//! them beforehand, a page or an annotation answers later; all of them are asked the same.

use std::collections::BTreeMap;

use async_trait::async_trait;
use rdpctl_model::plan::{Budget, Held, Plan, PlannedStep, StepId};
use rdpctl_model::step::{Action, Disruption, Guarded};
use rdpctl_model::{InstanceName, StepNumber};

/// Answers questions before anything is done.
#[async_trait]
pub trait Approver: Send + Sync {
    /// Shows the plan that the questions are about, before the first of them and whenever answers changed it.
    async fn show(&self, plan: &Plan);

    /// Answers one question. Whoever is interrupted here leaves.
    async fn answer(&self, question: &Question) -> Answer;
}

/// Something that somebody has to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// About what.
    pub about: About,
    /// What would be done, and on whom.
    pub steps: Vec<Waiting>,
    /// What it would cost beyond what is allowed already: money, reboots, dropped sessions, time.
    pub cost: Budget,
    /// What may be answered.
    pub answers: &'static [Answer],
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A guard that asks.
    Guard(Guarded),
    /// The plan as a whole.
    Plan,
}

/// A step that waits for an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its number in the plan.
    pub number: StepNumber,
    /// What it does.
    pub action: Action,
    /// What it replaces.
    pub before: String,
    /// On whom: a few of them by name.
    pub on: Vec<InstanceName>,
    /// On how many.
    pub width: usize,
    /// What it disturbs.
    pub disruption: Disruption,
    /// Whether there is a way back.
    pub reversible: bool,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Do it.
    Yes,
    /// Leave that out, and ask on.
    No,
    /// End here; nothing was done and nothing will be.
    Leave,
    /// There is nobody to ask.
    Nobody,
}

/// Names of a step's subjects that a question carries.
const NAMES: usize = 3;

/// Guards that ask in a plan, in their order.
pub(crate) fn guards(plan: &Plan) -> Vec<Guarded> {
    let mut guards: Vec<Guarded> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.held {
            Some(Held::Asks { guards }) => Some(guards),
            Some(
                Held::Denied { .. }
                | Held::Window { .. }
                | Held::LockOut { .. }
                | Held::Behind { .. },
            )
            | None => None,
        })
        .flatten()
        .copied()
        .collect();
    guards.sort_unstable();
    guards.dedup();
    guards
}

/// The question about one guard: the steps that wait for it, and what the plan would cost more with it.
pub(crate) fn about_guard(guard: Guarded, plan: &Plan, with: &Plan) -> Question {
    let waits = |step: &PlannedStep| match &step.held {
        Some(Held::Asks { guards }) => guards.contains(&guard),
        Some(
            Held::Denied { .. } | Held::Window { .. } | Held::LockOut { .. } | Held::Behind { .. },
        )
        | None => false,
    };
    Question {
        about: About::Guard(guard),
        steps: waiting(plan, waits),
        cost: beyond(&plan.budget, &with.budget),
        answers: &[Answer::Yes, Answer::No, Answer::Leave],
    }
}

/// The question about the whole: everything that is not held.
pub(crate) fn about_plan(plan: &Plan) -> Question {
    Question {
        about: About::Plan,
        steps: waiting(plan, |step| step.held.is_none()),
        cost: plan.budget.clone(),
        answers: &[Answer::Yes, Answer::Leave],
    }
}

fn waiting(plan: &Plan, of: impl Fn(&PlannedStep) -> bool) -> Vec<Waiting> {
    plan.numbered()
        .filter(|(_, step)| of(step))
        .map(|(id, planned)| Waiting {
            number: planned.number.clone(),
            action: planned.step.action.clone(),
            before: planned.step.before.clone(),
            on: names(plan, id),
            width: plan.width(planned),
            disruption: planned.step.disruption,
            reversible: planned.step.reversible,
        })
        .collect()
}

/// The instances that a step is for: members of its groups, also where it acts on what they share.
fn names(plan: &Plan, id: StepId) -> Vec<InstanceName> {
    plan.groups
        .iter()
        .filter(|group| group.steps.contains(&id))
        .flat_map(|group| &group.members)
        .take(NAMES)
        .map(|member| member.name.clone())
        .collect()
}

fn beyond(without: &Budget, with: &Budget) -> Budget {
    let money: BTreeMap<String, u64> = with
        .money
        .iter()
        .map(|(what, number)| {
            let before = without.money.get(what).copied().unwrap_or(0);
            (what.clone(), number.saturating_sub(before))
        })
        .filter(|(_, number)| *number > 0)
        .collect();
    Budget {
        api_calls: with.api_calls.saturating_sub(without.api_calls),
        guest_round_trips: with.guest_round_trips.saturating_sub(without.guest_round_trips),
        seconds: with.seconds.saturating_sub(without.seconds),
        reboots: with.reboots.saturating_sub(without.reboots),
        dropped_sessions: with.dropped_sessions.saturating_sub(without.dropped_sessions),
        money,
    }
}
