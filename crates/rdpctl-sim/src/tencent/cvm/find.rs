//! Instances, as the vendor looks them up, and what their state allows.

use std::collections::BTreeSet;

use crate::tencent::{call::Call, errors::Refusal};
use crate::world::{IdKind, Power, StopCharging, VmIndex};

use super::show;

/// The instances that a write names: all of them the caller's, here, and at most a hundred.
pub(super) fn resolve(call: &Call<'_>, ids: &[String]) -> Result<Vec<VmIndex>, Refusal> {
    if ids.is_empty() {
        return Err(Refusal::missing("InstanceIds"));
    }
    if ids.len() > 100 {
        return Err(Refusal::new(
            "InvalidParameterValue.LimitExceeded",
            "At most 100 instances are allowed.",
        ));
    }
    let mut seen = BTreeSet::new();
    let mut vms = Vec::with_capacity(ids.len());
    for id in ids {
        let vm = resolve_one(call, id)?;
        if seen.insert(vm) {
            vms.push(vm);
        }
    }
    Ok(vms)
}

pub(super) fn resolve_one(call: &Call<'_>, id: &str) -> Result<VmIndex, Refusal> {
    if !IdKind::Instance.is_form_of(id) {
        return Err(Refusal::new(
            "InvalidInstanceId.Malformed",
            format!("The instance id `{id}` is malformed."),
        ));
    }
    call.estate
        .world
        .vm_by_id(id)
        .filter(|vm| {
            let (cohort, _) = call.estate.place(*vm);
            call.owns(cohort.account, &cohort.region)
        })
        .ok_or_else(|| {
            Refusal::new(
                "InvalidInstanceId.NotFound",
                format!("The instance `{id}` does not exist."),
            )
        })
}

/// Refuses what the power state of an instance does not allow. Without charges almost nothing is allowed.
pub(super) fn require_state(
    call: &Call<'_>,
    vm: VmIndex,
    allowed: &[Power],
    charging: bool,
) -> Result<(), Refusal> {
    let state = call.estate.vm(vm);
    let id = call.estate.world.vm_id(vm);
    let passing = state
        .operation
        .as_ref()
        .map_or(state.power, |operation| operation.work.passing(state.power));
    if charging && state.stop_charging == StopCharging::Free {
        return Err(Refusal::new(
            "UnsupportedOperation.StoppedModeStopCharging",
            format!("The instance `{id}` is stopped without charges."),
        ));
    }
    if !allowed.contains(&passing) {
        return Err(Refusal::new(
            state_code(passing),
            format!("The instance `{id}` is in the state {}.", show::power(passing)),
        ));
    }
    if state.operation.is_some() {
        return Err(Refusal::new(
            "OperationDenied.InstanceOperationInProgress",
            format!("An operation is in progress on the instance `{id}`."),
        ));
    }
    Ok(())
}

fn state_code(power: Power) -> &'static str {
    match power {
        Power::Pending => "UnsupportedOperation.InstanceStatePending",
        Power::LaunchFailed => "UnsupportedOperation.InstanceStateLaunchFailed",
        Power::Running => "UnsupportedOperation.InstanceStateRunning",
        Power::Stopped => "UnsupportedOperation.InstanceStateStopped",
        Power::Starting => "UnsupportedOperation.InstanceStateStarting",
        Power::Stopping => "UnsupportedOperation.InstanceStateStopping",
        Power::Rebooting => "UnsupportedOperation.InstanceStateRebooting",
        Power::Shutdown => "UnsupportedOperation.InstanceStateShutdown",
        Power::Terminating => "UnsupportedOperation.InstanceStateTerminating",
        Power::EnterRescueMode => "UnsupportedOperation.InstanceStateEnterRescueMode",
        Power::RescueMode => "UnsupportedOperation.InstanceStateRescueMode",
        Power::ExitRescueMode => "UnsupportedOperation.InstanceStateExitRescueMode",
        Power::EnterServiceLiveMigrate
        | Power::ServiceLiveMigrate
        | Power::ExitServiceLiveMigrate => "UnsupportedOperation.InstanceStateServiceLiveMigrate",
    }
}
