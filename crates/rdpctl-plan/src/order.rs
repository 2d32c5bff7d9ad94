//! The order of execution: given once, at the planner's end, with the numbers by which people know the steps.
//!
//! Afterwards a step needs only steps that stand before it, so that a circle cannot even be written down.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rdpctl_model::StepNumber;
use rdpctl_model::plan::{Held, Plan, StepId};

/// Where a step would stand if nothing needed anything: its first group, and its place in that group's list.
type Wish = (usize, usize);

/// Brings the steps into an order that respects their needs and otherwise keeps the groups together and the facets in
/// their order; then numbers them.
pub(crate) fn arrange(plan: &mut Plan) {
    let mut wishes: BTreeMap<StepId, Wish> = BTreeMap::new();
    for (group, found) in plan.groups.iter().enumerate() {
        for (place, id) in found.steps.iter().enumerate() {
            wishes.entry(*id).or_insert((group, place));
        }
    }
    let order = order(plan, &wishes);
    let places: BTreeMap<StepId, StepId> =
        (0_u32..).map(StepId).zip(&order).map(|(new, old)| (*old, new)).collect();
    // Every step is in the order exactly once; were one not, it would keep its place and the checker would object.
    let moved = |id: &StepId| places.get(id).copied().unwrap_or(*id);
    let mut steps: Vec<_> = (0_u32..).map(StepId).zip(std::mem::take(&mut plan.steps)).collect();
    steps.sort_by_key(|(old, _)| moved(old));
    plan.steps = steps.into_iter().map(|(_, step)| step).collect();
    for (number, step) in (1_u32..).zip(&mut plan.steps) {
        step.number = StepNumber::first_level(number);
        step.needs = step.needs.iter().map(moved).collect();
        step.needs.sort_unstable();
        if let Some(Held::Behind { step: before }) = &mut step.held {
            *before = moved(before);
        }
    }
    for group in &mut plan.groups {
        group.steps = group.steps.iter().map(moved).collect();
        group.steps.sort_unstable();
    }
}

/// All steps, each after those that it needs; of those that could come next, the one that wishes to come first.
fn order(plan: &Plan, wishes: &BTreeMap<StepId, Wish>) -> Vec<StepId> {
    let wish = |id: StepId| wishes.get(&id).copied().unwrap_or((usize::MAX, 0));
    let mut waits: Vec<usize> = plan.steps.iter().map(|step| step.needs.len()).collect();
    let mut needed_by: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
    for (id, step) in plan.numbered() {
        for need in &step.needs {
            needed_by.entry(*need).or_default().push(id);
        }
    }
    let mut ready: BinaryHeap<Reverse<(Wish, StepId)>> = plan
        .numbered()
        .filter(|(_, step)| step.needs.is_empty())
        .map(|(id, _)| Reverse((wish(id), id)))
        .collect();
    let mut order = Vec::with_capacity(plan.steps.len());
    while let Some(Reverse((_, id))) = ready.pop() {
        order.push(id);
        for next in needed_by.get(&id).into_iter().flatten() {
            let left = &mut waits[next.0 as usize];
            *left -= 1;
            if *left == 0 {
                ready.push(Reverse((wish(*next), *next)));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use rdpctl_model::plan::{Budget, Group, PLAN_FORMAT, PlannedStep, Subject};
    use rdpctl_model::step::{Disruption, Step};
    use rdpctl_model::{Action, FacetId, ProfileName, ProviderName};

    use super::*;

    /// A plan of one group per list; each step is known by what it sets, and needs those named.
    fn plan(groups: &[&[u32]], needs: &[(u32, &[u32])]) -> Plan {
        let steps = needs.iter().map(|(id, needs)| {
            let step = Step {
                facet: FacetId::Tls,
                action: Action::Prove { port: 3389 },
                before: String::new(),
                after: id.to_string(),
                why: String::new(),
                seed: String::new(),
                disruption: Disruption::None,
                guards: Vec::new(),
                reversible: true,
                expects: Vec::new(),
            };
            let needs = needs.iter().copied().map(StepId).collect();
            PlannedStep { needs, ..PlannedStep::new(step, Subject::Each(0)) }
        });
        let group = |steps: &&[u32]| Group {
            provider: ProviderName::new("gz"),
            profile: ProfileName::new("standard"),
            port: 3389,
            via: Vec::new(),
            members: Vec::new(),
            facets: Vec::new(),
            steps: steps.iter().copied().map(StepId).collect(),
        };
        Plan {
            format: PLAN_FORMAT,
            declaration: String::new(),
            survey: String::new(),
            groups: groups.iter().map(group).collect(),
            steps: steps.collect(),
            instances: 0,
            healthy: 0,
            security: Vec::new(),
            budget: Budget::default(),
        }
    }

    fn told(plan: &Plan) -> Vec<String> {
        plan.steps.iter().map(|step| format!("{} was {}", step.number, step.step.after)).collect()
    }

    #[test]
    fn a_step_stands_after_what_it_needs_and_otherwise_where_its_facet_does() {
        // The group lists 2 first: a switch that is armed before all else.
        let mut plan = plan(&[&[2, 0, 1]], &[(0, &[1, 2]), (1, &[]), (2, &[])]);
        arrange(&mut plan);
        assert_eq!(told(&plan), ["1 was 2", "2 was 1", "3 was 0"]);
        assert_eq!(plan.steps[2].needs, [StepId(0), StepId(1)]);
        assert_eq!(plan.groups[0].steps, [StepId(0), StepId(1), StepId(2)]);
    }

    #[test]
    fn groups_stay_together_around_what_they_share() {
        // Step 1 is shared: it stands with the first group, and closes only after the second group's step.
        let mut plan = plan(&[&[0, 1, 2], &[3, 1]], &[(0, &[]), (1, &[0, 3]), (2, &[0]), (3, &[])]);
        arrange(&mut plan);
        assert_eq!(told(&plan), ["1 was 0", "2 was 2", "3 was 3", "4 was 1"]);
        assert_eq!(plan.groups[1].steps, [StepId(2), StepId(3)]);
    }

    #[test]
    fn what_waits_behind_another_still_names_it() {
        let mut plan = plan(&[&[0, 1]], &[(0, &[1]), (1, &[])]);
        plan.steps[0].held = Some(Held::Behind { step: StepId(1) });
        arrange(&mut plan);
        assert_eq!(plan.steps[1].held, Some(Held::Behind { step: StepId(0) }));
    }
}
