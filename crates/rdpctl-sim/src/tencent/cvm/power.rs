//! Starting, stopping, rebooting.

use serde::Deserialize;

use super::find::{require_state, resolve};
use crate::{
    estate::Work,
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
    },
    world::{ChargeType, Isolation, Power, StopCharging, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct StartInstances {
    instance_ids: Vec<String>,
}

impl Action for StartInstances {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "StartInstances";
    const RATE: u32 = 10;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let vms = resolve(call, &self.instance_ids)?;
        for vm in &vms {
            require_state(call, *vm, &[Power::Stopped], false)?;
            require_paid(call, *vm)?;
        }
        let accepted = call.accepted();
        for vm in vms {
            call.estate.begin(vm, Work::Start, &accepted);
        }
        Ok(Done {})
    }
}

/// An instance in arrears or past its expiry does not start.
fn require_paid(call: &Call<'_>, vm: VmIndex) -> Result<(), Refusal> {
    let state = call.estate.vm(vm);
    let id = call.estate.world.vm_id(vm);
    match state.isolated {
        Isolation::NotIsolated => {}
        Isolation::Arrear | Isolation::Expire | Isolation::Manmade => {
            return Err(Refusal::new(
                "UnsupportedOperation.InstanceStateIsolating",
                format!("The instance `{id}` is isolated."),
            ));
        }
    }
    let (cohort, _) = call.estate.place(vm);
    if cohort.charge_type == ChargeType::PostpaidByHour && call.account().balance <= 0.0 {
        return Err(Refusal::new(
            "InvalidAccount.InsufficientBalance",
            "The balance of the account is insufficient.",
        ));
    }
    Ok(())
}

/// How hard to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum StopType {
    Soft,
    SoftFirst,
    Hard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum StoppedMode {
    KeepCharging,
    StopCharging,
}

pub(super) fn exclusive(stop_type: Option<StopType>, force: Option<bool>) -> Result<(), Refusal> {
    if stop_type.is_some() && force.is_some() {
        return Err(Refusal::new(
            "InvalidParameterCombination",
            "`StopType` and the deprecated force flag cannot be used together.",
        ));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct StopInstances {
    instance_ids: Vec<String>,
    force_stop: Option<bool>,
    stop_type: Option<StopType>,
    stopped_mode: Option<StoppedMode>,
}

impl Action for StopInstances {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "StopInstances";
    const RATE: u32 = 10;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        exclusive(self.stop_type, self.force_stop)?;
        let vms = resolve(call, &self.instance_ids)?;
        for vm in &vms {
            require_state(call, *vm, &[Power::Running], true)?;
        }
        let accepted = call.accepted();
        for vm in vms {
            let postpaid = call.estate.place(vm).0.charge_type == ChargeType::PostpaidByHour;
            let charging = match self.stopped_mode {
                Some(StoppedMode::StopCharging) if postpaid => StopCharging::Free,
                Some(StoppedMode::KeepCharging | StoppedMode::StopCharging) | None => {
                    StopCharging::KeepCharging
                }
            };
            call.estate.begin(vm, Work::Stop(charging), &accepted);
        }
        Ok(Done {})
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RebootInstances {
    instance_ids: Vec<String>,
    force_reboot: Option<bool>,
    stop_type: Option<StopType>,
}

impl Action for RebootInstances {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "RebootInstances";
    const RATE: u32 = 10;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        exclusive(self.stop_type, self.force_reboot)?;
        let vms = resolve(call, &self.instance_ids)?;
        for vm in &vms {
            require_state(call, *vm, &[Power::Running], true)?;
        }
        let accepted = call.accepted();
        for vm in vms {
            call.estate.begin(vm, Work::Reboot, &accepted);
        }
        Ok(Done {})
    }
}
