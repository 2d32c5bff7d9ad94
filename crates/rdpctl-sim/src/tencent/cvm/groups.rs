//! Attributes of instances, above all the ordered list of their security groups.

use std::sync::Arc;

use serde::{Deserialize, de::IgnoredAny};

use super::find::{require_state, resolve};
use crate::{
    estate::Work,
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
    },
    world::{IdKind, Power, Text, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyInstancesAttribute {
    instance_ids: Vec<String>,
    instance_name: Option<String>,
    security_groups: Option<Vec<String>>,
    user_data: Option<IgnoredAny>,
    cam_role_name: Option<IgnoredAny>,
    host_name: Option<IgnoredAny>,
    disable_api_termination: Option<IgnoredAny>,
    #[serde(rename = "CamRoleType")]
    _cam_role_type: Option<IgnoredAny>,
    #[serde(rename = "AutoReboot")]
    _auto_reboot: Option<IgnoredAny>,
    enable_jumbo_frame: Option<IgnoredAny>,
}

impl Action for ModifyInstancesAttribute {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "ModifyInstancesAttribute";
    const RATE: u32 = 10;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let vms = resolve(call, &self.instance_ids)?;
        let others = [
            self.user_data.is_some(),
            self.cam_role_name.is_some(),
            self.host_name.is_some(),
            self.disable_api_termination.is_some(),
            self.enable_jumbo_frame.is_some(),
        ];
        let given = others.into_iter().filter(|given| *given).count()
            + usize::from(self.instance_name.is_some())
            + usize::from(self.security_groups.is_some());
        if given != 1 {
            return Err(Refusal::new(
                "InvalidParameterCombination",
                "Exactly one attribute is changed by a call.",
            ));
        }
        let work = match (self.instance_name, self.security_groups) {
            (Some(name), _) if name.chars().count() > 60 => {
                return Err(Refusal::new(
                    "InvalidParameterValue.InstanceNameTooLong",
                    "`InstanceName` has at most 60 characters.",
                ));
            }
            (Some(name), _) => Work::Rename(name.into()),
            (None, Some(groups)) => {
                let groups = known_groups(call, &groups)?;
                require_room(call, groups.len())?;
                Work::Groups(groups.into())
            }
            (None, None) => Work::Attribute,
        };
        require_quiet(call, &vms)?;
        let accepted = call.accepted();
        for vm in vms {
            call.estate.begin(vm, work.clone(), &accepted);
        }
        Ok(Done {})
    }
}

fn require_quiet(call: &Call<'_>, vms: &[VmIndex]) -> Result<(), Refusal> {
    vms.iter().try_for_each(|vm| require_state(call, *vm, &[Power::Running, Power::Stopped], true))
}

/// Groups that belong to the caller, here.
fn known_groups(call: &Call<'_>, ids: &[String]) -> Result<Vec<Text>, Refusal> {
    let mut groups = Vec::with_capacity(ids.len());
    for id in ids {
        if !IdKind::SecurityGroup.is_form_of(id) {
            return Err(Refusal::new(
                "InvalidSgId.Malformed",
                format!("`{id}` is no security group id."),
            ));
        }
        match call.estate.groups.get(id.as_str()) {
            Some(group) if call.owns(group.account, &group.region) => {
                groups.push(Text::from(id.as_str()));
            }
            Some(_) | None => {
                return Err(Refusal::new(
                    "InvalidSecurityGroupId.NotFound",
                    format!("The security group `{id}` does not exist."),
                ));
            }
        }
    }
    Ok(groups)
}

fn require_room(call: &Call<'_>, groups: usize) -> Result<(), Refusal> {
    let most = call.account().quotas.groups_per_instance;
    if u32::try_from(groups).is_ok_and(|groups| groups <= most) {
        Ok(())
    } else {
        Err(Refusal::new(
            "LimitExceeded.AssociateUSGLimitExceeded",
            format!("An instance has at most {most} security groups."),
        ))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AssociateSecurityGroups {
    security_group_ids: Vec<String>,
    instance_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DisassociateSecurityGroups {
    security_group_ids: Vec<String>,
    instance_ids: Vec<String>,
}

/// The one group that a call may bind or unbind, and the instances.
fn one_group(
    call: &Call<'_>,
    groups: &[String],
    instances: &[String],
) -> Result<(Text, Vec<VmIndex>), Refusal> {
    let vms = resolve(call, instances)?;
    let known = known_groups(call, groups)?;
    let [group] = &known[..] else {
        return Err(Refusal::new(
            "InvalidParameterValue.LimitExceeded",
            "Exactly one security group per call.",
        ));
    };
    require_quiet(call, &vms)?;
    Ok((group.clone(), vms))
}

impl Action for AssociateSecurityGroups {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "AssociateSecurityGroups";
    const RATE: u32 = 10;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let (group, vms) = one_group(call, &self.security_group_ids, &self.instance_ids)?;
        let mut changes: Vec<(VmIndex, Arc<[Text]>)> = Vec::with_capacity(vms.len());
        for vm in vms {
            let mut groups = call.estate.vm(vm).groups.to_vec();
            if !groups.contains(&group) {
                groups.push(group.clone());
            }
            require_room(call, groups.len())?;
            changes.push((vm, groups.into()));
        }
        let accepted = call.accepted();
        for (vm, groups) in changes {
            call.estate.begin(vm, Work::Groups(groups), &accepted);
        }
        Ok(Done {})
    }
}

impl Action for DisassociateSecurityGroups {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "DisassociateSecurityGroups";
    const RATE: u32 = 10;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let (group, vms) = one_group(call, &self.security_group_ids, &self.instance_ids)?;
        for vm in &vms {
            if !call.estate.vm(*vm).groups.contains(&group) {
                return Err(Refusal::new(
                    "SecGroupActionFailure",
                    format!(
                        "The instance `{}` does not have the group.",
                        call.estate.world.vm_id(*vm)
                    ),
                ));
            }
        }
        let accepted = call.accepted();
        for vm in vms {
            let groups: Arc<[Text]> = call
                .estate
                .vm(vm)
                .groups
                .iter()
                .filter(|bound| **bound != group)
                .cloned()
                .collect();
            call.estate.begin(vm, Work::Groups(groups), &accepted);
        }
        Ok(Done {})
    }
}
