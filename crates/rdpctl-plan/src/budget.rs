//! What a plan will cost, said before it starts.

use rdpctl_model::plan::{Budget, Plan, Subject};
use rdpctl_model::step::{Action, CloudAction, Guarded, GuestAction};

/// Estimates calls, round trips, time, money, reboots and dropped sessions, without what is held.
pub(crate) fn estimate(plan: &Plan) -> Budget {
    let mut budget = Budget::default();
    for (_, planned) in plan.changes() {
        let width = plan.width(planned) as u64;
        let pages = width.div_ceil(100);
        match &planned.step.action {
            Action::Cloud(action) => {
                let (calls, seconds) = match action {
                    // One call per hundred, and a shared poller that looks a few times.
                    CloudAction::Start | CloudAction::Reboot => (pages * 6, 60),
                    CloudAction::AllocateAddress { .. } => (width + pages * 2, 10),
                    CloudAction::AssociateAddress | CloudAction::TransformAddress => {
                        (width + pages * 3, 10)
                    }
                    CloudAction::SetAddressBandwidth { .. } => (width.div_ceil(20) + pages * 2, 5),
                    CloudAction::SetInstanceBandwidth { .. } => (pages * 3, 5),
                    CloudAction::OpenDoor { .. } | CloudAction::CloseDoor { .. } => (2, 1),
                    CloudAction::SnapshotSystemDisk => (width * 3, 120),
                    CloudAction::ReleaseAddress { .. } => (width, 5),
                };
                budget.api_calls += calls;
                budget.seconds += seconds;
                if planned.step.guards.contains(&Guarded::Spend) {
                    *budget.money.entry(money(action).to_owned()).or_default() += width;
                }
            }
            Action::Guest(action) => {
                let (seconds, reboots, drops) = weight(action);
                budget.seconds += seconds;
                budget.reboots += reboots * width;
                budget.dropped_sessions += drops * width;
            }
            Action::Observe { .. } => {
                budget.guest_round_trips += width;
                budget.api_calls += pages * 3;
                budget.seconds += 30;
            }
            Action::Prove { .. } => budget.seconds += 2,
        }
    }
    // Guest steps of one instance travel together: one trip to check, one to do and read back.
    for (place, group) in plan.groups.iter().enumerate() {
        let acts = plan.changes().any(|(_, step)| {
            matches!(step.step.action, Action::Guest(_))
                && matches!(step.on, Subject::Each(on) if on == place)
        });
        if acts {
            budget.guest_round_trips += 2 * group.members.len() as u64;
            budget.api_calls += 6 * (group.members.len() as u64).div_ceil(100);
        }
    }
    budget
}

/// Seconds that a guest action takes, and whether it reboots and drops sessions.
fn weight(action: &GuestAction) -> (u64, u64, u64) {
    if *action == GuestAction::Reboot {
        (180, 1, 1)
    } else if matches!(action, GuestAction::RestartRdp { .. }) {
        (20, 0, 1)
    } else if matches!(action, GuestAction::RefreshPolicy { .. }) {
        (60, 0, 0)
    } else {
        (1, 0, 0)
    }
}

const fn money(action: &CloudAction) -> &'static str {
    match action {
        CloudAction::Start => "instances charged again",
        CloudAction::AllocateAddress { .. } => "elastic addresses, charged by traffic",
        CloudAction::SetAddressBandwidth { .. } | CloudAction::SetInstanceBandwidth { .. } => {
            "bandwidth charged by time"
        }
        CloudAction::SnapshotSystemDisk => "snapshots",
        CloudAction::AssociateAddress
        | CloudAction::TransformAddress
        | CloudAction::OpenDoor { .. }
        | CloudAction::CloseDoor { .. }
        | CloudAction::Reboot
        | CloudAction::ReleaseAddress { .. } => "other",
    }
}
