//! Ways in for emergencies: a console for a person, a rescue system, a new password.

use serde::{Deserialize, Serialize};

use super::find::{require_state, resolve, resolve_one};
use super::power::{StopType, exclusive};
use crate::{
    estate::Work,
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
    },
    world::{Draw, Power, Text},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeInstanceVncUrl {
    instance_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VncUrl {
    instance_vnc_url: String,
}

impl Action for DescribeInstanceVncUrl {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "DescribeInstanceVncUrl";
    const RATE: u32 = 10;
    type Answer = VncUrl;

    fn serve(self, call: &mut Call<'_>) -> Result<VncUrl, Refusal> {
        let vm = resolve_one(call, &self.instance_id)?;
        let on =
            [Power::Running, Power::Starting, Power::Stopping, Power::Rebooting, Power::RescueMode];
        let state = call.estate.vm(vm);
        if !on.contains(&state.seen_power(call.estate.now)) {
            require_state(call, vm, &on, false)?;
        }
        let windows = call.estate.place(vm).0.is_windows();
        let session = Draw::new(call.estate.next() ^ call.estate.world.seed).letters(32);
        Ok(VncUrl {
            instance_vnc_url: format!(
                "wss%3A%2F%2Fvnc.qcloud.com%3A26789%2Fvnc%3Fs%3D{session}%26password%3D%26isWindows%3D{windows}%26isUbuntu%3Dfalse"
            ),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct EnterRescueMode {
    instance_id: String,
    password: String,
    #[serde(rename = "Username")]
    _username: Option<String>,
    force_stop: Option<bool>,
    stop_type: Option<StopType>,
}

impl Action for EnterRescueMode {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "EnterRescueMode";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        exclusive(self.stop_type, self.force_stop)?;
        let vm = resolve_one(call, &self.instance_id)?;
        let least = if call.estate.place(vm).0.is_windows() { 12 } else { 8 };
        require_password(&self.password, least, "")?;
        require_state(call, vm, &[Power::Running, Power::Stopped], true)?;
        let accepted = call.accepted();
        call.estate.begin(vm, Work::EnterRescue, &accepted);
        Ok(Done {})
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ExitRescueMode {
    instance_id: String,
}

impl Action for ExitRescueMode {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "ExitRescueMode";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let vm = resolve_one(call, &self.instance_id)?;
        require_state(call, vm, &[Power::RescueMode], false)?;
        let accepted = call.accepted();
        call.estate.begin(vm, Work::ExitRescue, &accepted);
        Ok(Done {})
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ResetInstancesPassword {
    instance_ids: Vec<String>,
    password: String,
    user_name: Option<String>,
    force_stop: Option<bool>,
}

impl Action for ResetInstancesPassword {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "ResetInstancesPassword";
    const RATE: u32 = 10;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let vms = resolve(call, &self.instance_ids)?;
        for vm in &vms {
            let windows = call.estate.place(*vm).0.is_windows();
            let user =
                self.user_name.as_deref().unwrap_or(if windows { "Administrator" } else { "root" });
            require_password(&self.password, if windows { 12 } else { 8 }, user)?;
            let allowed: &[Power] = match self.force_stop {
                Some(true) => &[Power::Running, Power::Stopped],
                Some(false) | None => &[Power::Stopped],
            };
            require_state(call, *vm, allowed, true)?;
        }
        let accepted = call.accepted();
        for vm in vms {
            let stops = call.estate.vm(vm).power == Power::Running;
            call.estate.begin(vm, Work::Password { stops }, &accepted);
        }
        Ok(Done {})
    }
}

/// The vendor's rules for passwords.
fn require_password(password: &str, least: usize, user: &str) -> Result<(), Refusal> {
    let classes = [
        password.bytes().any(|byte| byte.is_ascii_lowercase()),
        password.bytes().any(|byte| byte.is_ascii_uppercase()),
        password.bytes().any(|byte| byte.is_ascii_digit()),
        password.bytes().any(|byte| byte.is_ascii_punctuation()),
    ];
    let good = (least..=30).contains(&password.len())
        && classes.into_iter().filter(|held| *held).count() >= 3
        && !password.starts_with('/')
        && (user.is_empty() || !password.contains(user));
    if good {
        Ok(())
    } else {
        Err(Refusal::new("InvalidPassword", "The password does not meet the requirements."))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeInstancesOperationLimit {
    instance_ids: Vec<String>,
    operation: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OperationLimits {
    instance_operation_limit_set: Vec<OperationLimit>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OperationLimit {
    operation: String,
    instance_id: Text,
    current_count: i64,
    limit_count: i64,
}

impl Action for DescribeInstancesOperationLimit {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "DescribeInstancesOperationLimit";
    const RATE: u32 = 10;
    type Answer = OperationLimits;

    fn serve(self, call: &mut Call<'_>) -> Result<OperationLimits, Refusal> {
        let vms = resolve(call, &self.instance_ids)?;
        let limits = vms.into_iter().map(|vm| OperationLimit {
            operation: self.operation.clone(),
            instance_id: call.estate.world.vm_id(vm),
            current_count: 0,
            limit_count: 20,
        });
        Ok(OperationLimits { instance_operation_limit_set: limits.collect() })
    }
}
