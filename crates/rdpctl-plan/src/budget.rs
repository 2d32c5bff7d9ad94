//! What a plan will cost, said before it starts.

use std::collections::BTreeSet;

use rdpctl_model::action::traits::{Money, Restarts, Through};
use rdpctl_model::plan::{Budget, Plan, PlannedStep, StepId};
use rdpctl_model::step::{Action, CloudAction, Guarded};

/// Estimates calls, round trips, time, money, reboots and dropped sessions, without what is held.
pub(crate) fn estimate(plan: &Plan) -> Budget {
    let mut budget = Budget::default();
    for (_, planned) in plan.changes() {
        let width = plan.width(planned) as u64;
        let traits = planned.step.action.traits();
        budget.seconds += traits.seconds;
        match traits.restarts {
            Restarts::Nothing => {}
            Restarts::Rdp { .. } => budget.dropped_sessions += width,
            Restarts::Windows => {
                budget.reboots += width;
                budget.dropped_sessions += width;
            }
        }
        if planned.step.guards.contains(&Guarded::Spend) {
            *budget.money.entry(money(traits.money).to_owned()).or_default() += width;
        }
        match &planned.step.action {
            Action::Cloud(action) => budget.api_calls += calls(action, width),
            Action::Own(_) if traits.through == Through::Cloud => {
                budget.api_calls += 2 * edited_sets(plan, planned);
            }
            Action::Observe { .. } => {
                budget.guest_round_trips += width;
                budget.api_calls += width.div_ceil(100) * 3;
            }
            Action::Own(_) | Action::Guest(_) | Action::Prove { .. } => {}
        }
    }
    // Guest steps of one instance travel together: one trip to check, one to do and read back.
    let inside =
        |(_, step): &(StepId, &PlannedStep)| step.step.action.traits().through == Through::Guest;
    let groups: BTreeSet<usize> = plan.changes().filter(inside).map(|(_, it)| it.group).collect();
    for group in groups.into_iter().filter_map(|place| plan.groups.get(place)) {
        budget.guest_round_trips += 2 * group.members.len() as u64;
        budget.api_calls += 6 * (group.members.len() as u64).div_ceil(100);
    }
    budget
}

/// Calls for one action on so many instances: one per hundred, and a shared poller that looks a few times.
fn calls(action: &CloudAction, width: u64) -> u64 {
    let pages = width.div_ceil(100);
    match action {
        CloudAction::Start | CloudAction::Reboot => pages * 6,
        CloudAction::AllocateAddress { .. } => width + pages * 2,
        CloudAction::AssociateAddress | CloudAction::TransformAddress => width + pages * 3,
        CloudAction::SetAddressBandwidth { .. } => width.div_ceil(20) + pages * 2,
        CloudAction::SetInstanceBandwidth { .. } => pages * 3,
        CloudAction::OpenDoor { .. } | CloudAction::CloseDoor { .. } => 2 * width,
        CloudAction::SnapshotSystemDisk => width * 3,
        CloudAction::ReleaseAddress { .. } => width,
    }
}

/// How many rule sets a step edits: those that are known of its members, or one for all of them.
fn edited_sets(plan: &Plan, planned: &PlannedStep) -> u64 {
    let group = plan.groups.get(planned.group);
    let members = group.map(|group| group.members.as_slice()).unwrap_or_default();
    let mut sets = BTreeSet::new();
    for binds in members.iter().filter_map(|member| member.binds.as_deref()) {
        sets.extend(binds.openings.iter().chain(&binds.closings).map(|edit| &edit.rule_set));
    }
    (sets.len() as u64).max(1)
}

const fn money(money: Money) -> &'static str {
    match money {
        Money::Nothing => "other",
        Money::Instance => "instances charged again",
        Money::Address => "elastic addresses, charged by traffic",
        Money::Bandwidth => "bandwidth charged by time",
        Money::Snapshot => "snapshots",
    }
}
