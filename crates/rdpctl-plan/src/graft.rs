//! Adding to a plan what an observation in the middle of its run revealed.

use rdpctl_model::action::traits::Phase;
use rdpctl_model::plan::{Held, Plan, StepId};

use crate::gate;

/// Adds a plan's groups and steps at the end of another, for machines that `observed` looked at. Returns the first of
/// the new steps.
///
/// The new proofs wait for what was planned before the observation, too; where some of that is held, so are they.
pub fn graft(whole: &mut Plan, observed: &[StepId], added: Plan) -> StepId {
    let base = StepId(u32::try_from(whole.steps.len()).unwrap_or(u32::MAX));
    let groups = whole.groups.len();
    let shift = |id: StepId| StepId(id.0 + base.0);
    let before = before(whole, observed);
    let look = observed.first().map(|id| whole.number(*id)).unwrap_or_default();
    let known =
        whole.steps.iter().filter(|step| step.number.revealed_by().as_ref() == Some(&look)).count();
    let known = u32::try_from(known).unwrap_or(u32::MAX);
    for mut planned in added.steps {
        planned.number = look.revealed(planned.number.last().saturating_add(known));
        planned.needs = planned.needs.into_iter().map(shift).collect();
        planned.group += groups;
        if let Some(Held::Behind { step }) = &mut planned.held {
            *step = shift(*step);
        }
        if planned.step.action.traits().phase == Phase::Prove {
            planned.needs.extend(before.iter().copied());
        }
        whole.steps.push(planned);
    }
    for mut group in added.groups {
        group.steps = group.steps.into_iter().map(shift).collect();
        whole.groups.push(group);
    }
    whole.security.extend(added.security);
    gate::hold_behind(whole, base, groups);
    base
}

/// The first step before an observation for which the proof of what it reveals would wait in vain.
#[must_use]
pub fn held_before(plan: &Plan, observed: StepId) -> Option<StepId> {
    before(plan, &[observed])
        .into_iter()
        .find(|id| plan.step(*id).is_some_and(|step| step.held.is_some()))
}

/// What was planned for machines before they were observed, as far as a proof waits for it.
fn before(plan: &Plan, observed: &[StepId]) -> Vec<StepId> {
    let mut before: Vec<StepId> = observed
        .iter()
        .filter_map(|id| plan.groups.get(plan.step(*id)?.group))
        .flat_map(|group| group.steps.iter().copied())
        .filter(|id| {
            // What a proof of the first plan opens the way for waits for that one alone.
            plan.step(*id).is_some_and(|it| it.step.action.traits().phase <= Phase::Prove)
        })
        .collect();
    before.sort_unstable();
    before.dedup();
    before
}
