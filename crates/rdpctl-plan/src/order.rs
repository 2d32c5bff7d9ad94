//! The order of execution: given once, at the planner's end, with the numbers by which people know the steps.
//!
//! Afterwards a step needs only steps that stand before it, so that a circle cannot even be written down.

use rdpctl_model::StepNumber;
use rdpctl_model::plan::{Held, PlannedStep, StepId};

/// Brings the steps of one group, whose needs are places among themselves, into an order that respects them and
/// otherwise keeps the facets in theirs; then numbers them as those of a plan that has so many steps already.
pub(crate) fn arrange(steps: Vec<PlannedStep>, before: u32) -> Vec<PlannedStep> {
    let order = order(&steps);
    let mut places = vec![StepId(before); steps.len()];
    for (place, old) in (before..).zip(&order) {
        places[*old] = StepId(place);
    }
    let moved = |id: StepId| places.get(id.0 as usize).copied().unwrap_or(id);
    let mut arranged: Vec<(StepId, PlannedStep)> = steps
        .into_iter()
        .enumerate()
        .map(|(old, mut step)| {
            let place = places[old];
            step.number = StepNumber::first_level(place.0.saturating_add(1));
            step.needs = step.needs.into_iter().map(moved).collect();
            step.needs.sort_unstable();
            if let Some(Held::Behind { step: before }) = &mut step.held {
                *before = moved(*before);
            }
            (place, step)
        })
        .collect();
    arranged.sort_by_key(|(place, _)| *place);
    arranged.into_iter().map(|(_, step)| step).collect()
}

/// All steps, each after those that it needs; of those that could come next, the one that stood first.
fn order(steps: &[PlannedStep]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(steps.len());
    let mut left: Vec<usize> = (0..steps.len()).collect();
    while !left.is_empty() {
        let is_ready =
            |at: &usize| steps[*at].needs.iter().all(|need| !left.contains(&(need.0 as usize)));
        // In a circle nobody is ready; the checker objects to whatever comes of it.
        let next = left.iter().position(is_ready).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::prove;

    /// Steps that need those named; each is known by its former place.
    fn arranged(needs: &[&[u32]], before: u32) -> Vec<PlannedStep> {
        let step = |(place, needs): (usize, &&[u32])| {
            let mut step = prove();
            step.after = rdpctl_model::Said::quoted(place.to_string());
            let needs = needs.iter().copied().map(StepId).collect();
            PlannedStep { needs, ..PlannedStep::new(step, 0) }
        };
        arrange(needs.iter().enumerate().map(step).collect(), before)
    }

    fn told(steps: &[PlannedStep]) -> Vec<String> {
        steps
            .iter()
            .map(|step| format!("{} was {}", step.number, step.step.after.quote().unwrap()))
            .collect()
    }

    #[test]
    fn a_step_stands_after_what_it_needs_and_otherwise_where_its_facet_does() {
        let steps = arranged(&[&[1, 3], &[], &[], &[]], 0);
        assert_eq!(told(&steps), ["1 was 1", "2 was 2", "3 was 3", "4 was 0"]);
        assert_eq!(steps[3].needs, [StepId(0), StepId(2)]);
    }

    #[test]
    fn numbers_go_on_where_the_group_before_ended() {
        let steps = arranged(&[&[1], &[]], 7);
        assert_eq!(told(&steps), ["8 was 1", "9 was 0"]);
        assert_eq!(steps[1].needs, [StepId(7)]);
    }
}
