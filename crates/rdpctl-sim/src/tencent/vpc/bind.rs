//! Binding addresses, unbinding them, and changing what they carry.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::find::{Begun, require_idle, resolve_address};
use super::lifecycle::checked_bandwidth;
use crate::{
    estate::{EipStatus, EipWork},
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::Int,
    },
    world::{IdKind, NetworkAccount, Power, StopCharging, Text, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AssociateAddress {
    address_id: String,
    instance_id: Option<String>,
    network_interface_id: Option<String>,
    private_ip_address: Option<String>,
    #[serde(rename = "EipDirectConnection")]
    _eip_direct_connection: Option<IgnoredAny>,
    #[serde(rename = "InstanceRegion")]
    _instance_region: Option<IgnoredAny>,
}

impl AssociateAddress {
    /// The instance that is meant; an interface stands for the instance whose primary one it is.
    fn target(&self, call: &Call<'_>) -> Result<VmIndex, Refusal> {
        let own = |vm: &VmIndex| {
            let (cohort, _) = call.estate.place(*vm);
            call.owns(cohort.account, &cohort.region)
        };
        match (&self.instance_id, &self.network_interface_id) {
            (Some(_), Some(_)) => Err(Refusal::new(
                "InvalidParameterConflict",
                "`InstanceId` and `NetworkInterfaceId` cannot be used together.",
            )),
            (Some(id), None) => find_instance(call, id),
            (None, Some(interface)) => {
                let Some(private) = &self.private_ip_address else {
                    return Err(Refusal::missing("PrivateIpAddress"));
                };
                call.estate
                    .world
                    .vm_by_interface(interface)
                    .filter(own)
                    .filter(|vm| call.estate.world.private_ip(*vm).to_string() == *private)
                    .ok_or_else(|| {
                        let message =
                            format!("The interface `{interface}` with {private} does not exist.");
                        Refusal::new("InvalidNetworkInterfaceId.NotFound", message)
                    })
            }
            (None, None) => Err(Refusal::missing("InstanceId")),
        }
    }
}

/// An instance as the network service looks it up.
fn find_instance(call: &Call<'_>, id: &str) -> Result<VmIndex, Refusal> {
    if !IdKind::Instance.is_form_of(id) {
        return Err(Refusal::new(
            "InvalidInstanceId.Malformed",
            format!("`{id}` is no instance id."),
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

impl Action for AssociateAddress {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "AssociateAddress";
    const RATE: u32 = 10;
    type Answer = Begun;

    fn serve(self, call: &mut Call<'_>) -> Result<Begun, Refusal> {
        let (number, eip) = resolve_address(call, &self.address_id)?;
        let vm = self.target(call)?;
        require_idle(&eip)?;
        if eip.blocked {
            return Err(Refusal::new(
                "InvalidAddressId.Blocked",
                format!("The address `{}` is blocked.", eip.id),
            ));
        }
        if eip.arrears {
            return Err(Refusal::new(
                "OperationDenied.AddressInArrears",
                format!("The address `{}` is isolated for arrears.", eip.id),
            ));
        }
        if eip.seen_status(call.estate.now) != EipStatus::Unbind || eip.bound.is_some() {
            return Err(Refusal::new(
                "UnsupportedOperation.AddressStatusNotPermit",
                format!("The address `{}` is not unbound.", eip.id),
            ));
        }
        let state = call.estate.vm(vm);
        if state.stop_charging == StopCharging::Free {
            return Err(Refusal::new(
                "UnsupportedOperation.InstanceStatusNotPermit",
                "The instance is stopped without charges.",
            ));
        }
        match state.power {
            Power::Running
            | Power::Stopped
            | Power::Starting
            | Power::Stopping
            | Power::Rebooting => {}
            Power::Pending
            | Power::LaunchFailed
            | Power::Shutdown
            | Power::Terminating
            | Power::EnterRescueMode
            | Power::RescueMode
            | Power::ExitRescueMode
            | Power::EnterServiceLiveMigrate
            | Power::ServiceLiveMigrate
            | Power::ExitServiceLiveMigrate => {
                return Err(Refusal::new(
                    "UnsupportedOperation.InstanceStateNotSupported",
                    "The state of the instance does not allow it.",
                ));
            }
        }
        if let Some(held) = call.estate.address_of(vm).and_then(|held| call.estate.eip(held)) {
            return Err(if held.kind.is_elastic() {
                Refusal::new(
                    "InvalidInstanceId.AlreadyBindEip",
                    "The instance already has an elastic address.",
                )
            } else {
                Refusal::new(
                    "InvalidParameterValue.InstanceHasWanIP",
                    "The instance already has an ordinary address.",
                )
            });
        }
        Ok(Begun::new(call.estate.begin_eip_task(&[number], EipWork::Bind(vm), call.action)))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DisassociateAddress {
    address_id: String,
    reallocate_normal_public_ip: Option<bool>,
}

impl Action for DisassociateAddress {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DisassociateAddress";
    const RATE: u32 = 10;
    type Answer = Begun;

    fn serve(self, call: &mut Call<'_>) -> Result<Begun, Refusal> {
        let (number, eip) = resolve_address(call, &self.address_id)?;
        require_idle(&eip)?;
        if eip.bound.is_none() {
            return Err(Refusal::new(
                "InvalidAddressIdStatus.NotPermit",
                format!("The address `{}` is not bound.", eip.id),
            ));
        }
        if !eip.kind.is_elastic() {
            return Err(Refusal::new(
                "UnsupportedOperation.AddressStatusNotPermit",
                format!("`{}` is an ordinary address.", eip.id),
            ));
        }
        let work =
            EipWork::Unbind { ordinary_instead: self.reallocate_normal_public_ip.unwrap_or(false) };
        Ok(Begun::new(call.estate.begin_eip_task(&[number], work, call.action)))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyAddressesBandwidth {
    address_ids: Vec<String>,
    internet_max_bandwidth_out: Int,
    /// Documented, and ignored.
    #[serde(rename = "StartTime")]
    _start_time: Option<IgnoredAny>,
    #[serde(rename = "EndTime")]
    _end_time: Option<IgnoredAny>,
}

impl Action for ModifyAddressesBandwidth {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "ModifyAddressesBandwidth";
    const RATE: u32 = 20;
    type Answer = Begun;

    fn serve(self, call: &mut Call<'_>) -> Result<Begun, Refusal> {
        let (numbers, mbps) = adjustable(call, &self.address_ids, self.internet_max_bandwidth_out)?;
        Ok(Begun::new(call.estate.begin_eip_task(&numbers, EipWork::Bandwidth(mbps), call.action)))
    }
}

/// The addresses of one call whose bandwidth may be set to what is asked.
pub(super) fn adjustable(
    call: &Call<'_>,
    ids: &[String],
    asked: Int,
) -> Result<(Vec<u32>, u32), Refusal> {
    if ids.is_empty() {
        return Err(Refusal::missing("AddressIds"));
    }
    if call.account().network == NetworkAccount::Legacy {
        return Err(Refusal::new(
            "InvalidAccount.NotSupported",
            "On accounts that bill by instance, bandwidth belongs to the instance.",
        ));
    }
    let mut numbers = Vec::new();
    let mut charge = None;
    for id in ids {
        let (number, eip) = resolve_address(call, id)?;
        require_idle(&eip)?;
        if !eip.kind.is_elastic() {
            return Err(Refusal::new(
                "InvalidParameterValue.AddressTypeConflict",
                format!("`{id}` is an ordinary address; its bandwidth belongs to the instance."),
            ));
        }
        if eip.arrears {
            return Err(Refusal::new(
                "OperationDenied.AddressInArrears",
                format!("The address `{id}` is in arrears."),
            ));
        }
        if *charge.get_or_insert(eip.charge_type) != eip.charge_type {
            return Err(Refusal::new(
                "InvalidParameterValue.InconsistentInstanceInternetChargeType",
                "All addresses of a call must have the same charge type.",
            ));
        }
        numbers.push(number);
    }
    let charge = charge.unwrap_or_default();
    Ok((numbers, checked_bandwidth(asked, charge)?))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TransformAddress {
    instance_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Transformed {
    /// A number here, unlike everywhere else.
    task_id: u64,
    address_id: Text,
}

impl Action for TransformAddress {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "TransformAddress";
    const RATE: u32 = 10;
    type Answer = Transformed;

    fn serve(self, call: &mut Call<'_>) -> Result<Transformed, Refusal> {
        let vm = find_instance(call, &self.instance_id)?;
        let held = call
            .estate
            .address_of(vm)
            .and_then(|number| Some((number, call.estate.eip(number)?.into_owned())));
        let Some((number, eip)) = held else {
            return Err(Refusal::new(
                "InvalidParameterValue.InstanceNoWanIP",
                "The instance has no ordinary address.",
            ));
        };
        if eip.kind.is_elastic() {
            return Err(Refusal::new(
                "InvalidInstanceId.AlreadyBindEip",
                "The instance already has an elastic address.",
            ));
        }
        require_idle(&eip)?;
        let task_id = call.estate.begin_eip_task(&[number], EipWork::Transform, call.action);
        Ok(Transformed { task_id, address_id: eip.id })
    }
}
