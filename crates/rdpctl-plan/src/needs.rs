//! Which step needs which: edges for real needs only, so that the rest runs side by side.

use rdpctl_model::FacetId;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::step::{Action, CloudAction, Disruption, GuestAction, Step, Switch};

/// Draws the edges between a group's steps.
pub(crate) fn connect(plan: &mut Plan, group: usize) {
    let ids = plan.groups[group].steps.clone();
    for &later in &ids {
        let mut needs: Vec<StepId> = plan.steps[later.0 as usize].needs.clone();
        for &earlier in &ids {
            if earlier != later
                && !needs.contains(&earlier)
                && needs_before(
                    &plan.steps[later.0 as usize].step,
                    &plan.steps[earlier.0 as usize].step,
                )
            {
                needs.push(earlier);
            }
        }
        needs.sort_unstable();
        plan.steps[later.0 as usize].needs = needs;
    }
}

/// Whether `later` cannot be done before `earlier` is.
fn needs_before(later: &Step, earlier: &Step) -> bool {
    match (&later.action, &earlier.action) {
        // The proof comes after everything; an observation after what makes it possible.
        // Former doors are closed only once the new ones are proved.
        (Action::Prove { .. }, earlier) => !closes_a_former_door(earlier),
        (later, Action::Prove { .. }) => closes_a_former_door(later),
        (Action::Observe { .. }, Action::Cloud(CloudAction::Start)) => true,
        (Action::Observe { .. }, _) => false,
        (Action::Cloud(later), Action::Cloud(earlier)) => cloud_after_cloud(later, earlier),
        // What can be seen only after the start is planned only after the observation, so no guest step needs it.
        (Action::Guest(_), Action::Cloud(CloudAction::Start)) => true,
        (Action::Guest(_), Action::Cloud(CloudAction::SnapshotSystemDisk)) => is_risky(later.facet),
        // Make before break: the cloud's door for a new port is open before RDP moves there.
        (Action::Guest(action), Action::Cloud(CloudAction::OpenDoor { .. })) => moves_port(action),
        (Action::Cloud(CloudAction::CloseDoor { .. }), Action::Guest(earlier)) => !matches!(
            earlier,
            GuestAction::DeleteFirewallRule { .. } | GuestAction::DisarmDeadMansSwitch
        ),
        (Action::Guest(one), Action::Guest(other)) => guest_after_guest(later, one, earlier, other),
        (Action::Guest(_) | Action::Cloud(_), _) => false,
    }
}

pub(crate) const fn closes_a_former_door(action: &Action) -> bool {
    matches!(
        action,
        Action::Cloud(CloudAction::CloseDoor { .. })
            | Action::Guest(GuestAction::DeleteFirewallRule { .. })
    )
}

fn cloud_after_cloud(later: &CloudAction, earlier: &CloudAction) -> bool {
    matches!(
        (later, earlier),
        (CloudAction::AssociateAddress, CloudAction::AllocateAddress { .. })
            | (
                CloudAction::SetAddressBandwidth { .. },
                CloudAction::AssociateAddress | CloudAction::TransformAddress
            )
            | (CloudAction::CloseDoor { .. }, CloudAction::OpenDoor { .. })
    )
}

fn guest_after_guest(later: &Step, one: &GuestAction, earlier: &Step, other: &GuestAction) -> bool {
    // What an earlier run left could put values back in the middle of this one, so it goes first of all.
    if *other == GuestAction::ClearDeadMansSwitch || *one == GuestAction::ClearDeadMansSwitch {
        return *one != GuestAction::ClearDeadMansSwitch;
    }
    // The dead man's switch is armed before anything and disarmed after everything.
    if matches!(other, GuestAction::ArmDeadMansSwitch { .. })
        || matches!(one, GuestAction::DisarmDeadMansSwitch)
    {
        return true;
    }
    if matches!(one, GuestAction::ArmDeadMansSwitch { .. })
        || matches!(other, GuestAction::DisarmDeadMansSwitch)
    {
        return false;
    }
    match (one, other) {
        // Policy is held before anything that it could put back, and let back after all of it; the refresh shows
        // what it does with everything that was changed.
        (GuestAction::HoldGroupPolicy, _) => return false,
        (GuestAction::RefreshPolicy { .. }, GuestAction::DeleteFirewallRule { .. }) => {
            return false;
        }
        (GuestAction::RefreshPolicy { .. }, _) => return true,
        (_, GuestAction::RefreshPolicy { .. }) => {
            return matches!(one, GuestAction::DeleteFirewallRule { .. });
        }
        (
            GuestAction::SetRegistry { .. } | GuestAction::Reboot | GuestAction::ResumeGroupPolicy,
            GuestAction::HoldGroupPolicy,
        ) => {
            return true;
        }
        (GuestAction::ResumeGroupPolicy, GuestAction::SetRegistry { .. }) => return true,
        (_, GuestAction::ResumeGroupPolicy) => return false,
        _ => {}
    }
    match (one, other) {
        // A restart or reboot puts into force what was changed before it.
        (GuestAction::Reboot, _) => !after_reboot(other),
        (_, GuestAction::Reboot) => after_reboot(one),
        (GuestAction::RestartRdp { .. }, _) => {
            earlier.disruption == Disruption::RestartsRdp
                || matches!(
                    other,
                    GuestAction::SetServiceStart { .. }
                        | GuestAction::StartService { .. }
                        | GuestAction::StopService { .. }
                )
                || (later.facet != earlier.facet && opens_guest_door(other))
        }
        (
            GuestAction::StartService { service },
            GuestAction::SetServiceStart { service: set, .. },
        ) => service.eq_ignore_ascii_case(set) || depends_on(service, set),
        (GuestAction::StartService { service }, GuestAction::StartService { service: base }) => {
            depends_on(service, base)
        }
        // A wall goes up only once the door in it is open.
        (GuestAction::SetFirewallProfile { state: Switch::On, .. }, door)
            if opens_guest_door(door) =>
        {
            true
        }
        (GuestAction::DeleteFirewallRule { .. }, _) => {
            !matches!(other, GuestAction::DeleteFirewallRule { .. })
        }
        (moving, door) if moves_port(moving) && opens_guest_door(door) => true,
        (moving, GuestAction::StopService { .. }) if moves_port(moving) => true,
        _ => chain(later.facet, earlier.facet) || same_facet_order(one, other),
    }
}

/// Whether an action makes sense only after a reboot.
const fn after_reboot(action: &GuestAction) -> bool {
    matches!(
        action,
        GuestAction::ResumeGroupPolicy
            | GuestAction::RefreshPolicy { .. }
            | GuestAction::DisarmDeadMansSwitch
            | GuestAction::DeleteFirewallRule { .. }
    )
}

/// `TermService` rests on RPC; nothing that is started here rests on it.
fn depends_on(service: &str, base: &str) -> bool {
    const BASES: [&str; 4] = ["RpcSs", "BFE", "CryptSvc", "KeyIso"];
    let is = |name: &str, known: &str| name.eq_ignore_ascii_case(known);
    (is(service, "TermService") && BASES[..1].iter().any(|known| is(base, known)))
        || (is(service, "MpsSvc") && is(base, "BFE"))
}

fn opens_guest_door(action: &GuestAction) -> bool {
    matches!(action, GuestAction::EnableRemoteDesktopRules | GuestAction::AddFirewallRule { .. })
}

fn moves_port(action: &GuestAction) -> bool {
    matches!(action, GuestAction::SetRegistry { name, .. } if name.eq_ignore_ascii_case("PortNumber"))
}

/// Facets whose steps rest on another facet's.
const fn chain(later: FacetId, earlier: FacetId) -> bool {
    matches!(
        (later, earlier),
        (FacetId::Certificate, FacetId::MachineKeys)
            | (FacetId::Nla, FacetId::Tls | FacetId::Certificate)
    )
}

/// Within a facet: a record is removed only after the value that it explains was put back.
const fn same_facet_order(one: &GuestAction, other: &GuestAction) -> bool {
    matches!(
        (one, other),
        (
            GuestAction::DeleteRegistryKey { .. },
            GuestAction::SetServiceStart { .. } | GuestAction::RetireKey { .. }
        )
    )
}

const fn is_risky(facet: FacetId) -> bool {
    matches!(
        facet,
        FacetId::MachineKeys
            | FacetId::Certificate
            | FacetId::Tls
            | FacetId::Recovery
            | FacetId::GroupPolicy
    )
}
