//! Sending commands, and calling them back.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::find::find_instance;
use crate::{
    estate::{Due, Ending, Invocation, Phase, Script, Task},
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
        wire::{Int, TagInput},
    },
    world::{Agent, Network, Power, Text, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RunCommand {
    content: String,
    instance_ids: Vec<String>,
    command_type: Option<String>,
    timeout: Option<Int>,
    username: Option<String>,
    working_directory: Option<String>,
    #[serde(rename = "SaveCommand")]
    _save_command: Option<bool>,
    command_name: Option<String>,
    description: Option<String>,
    enable_parameter: Option<bool>,
    default_parameters: Option<String>,
    parameters: Option<String>,
    tags: Option<Vec<TagInput>>,
    #[serde(rename = "DefaultParameterConfs")]
    _default_parameter_confs: Option<IgnoredAny>,
    #[serde(rename = "OutputCOSBucketUrl")]
    _output_cos_bucket_url: Option<IgnoredAny>,
    #[serde(rename = "OutputCOSKeyPrefix")]
    _output_cos_key_prefix: Option<IgnoredAny>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Running {
    command_id: String,
    invocation_id: String,
}

/// Where scripts run unless they say otherwise.
pub(super) const DIRECTORY: &str = r"C:\Program Files\qcloud\tat_agent\workdir";

impl Action for RunCommand {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "RunCommand";
    const RATE: u32 = 20;
    type Answer = Running;

    fn serve(self, call: &mut Call<'_>) -> Result<Running, Refusal> {
        let script = script(self.command_type.as_deref())?;
        let timeout = checked_timeout(self.timeout)?;
        let content = self.checked_content()?;
        let ids = self.instance_ids;
        let text = |text: Option<String>, default: &str| -> Text {
            text.unwrap_or_else(|| default.to_owned()).into()
        };
        let order = Order {
            command: None,
            content,
            script,
            timeout,
            user: text(self.username, "System"),
            directory: text(self.working_directory, DIRECTORY),
            name: text(self.command_name, ""),
            description: text(self.description, ""),
        };
        let number = begin(call, &ids, order)?;
        let ids = call.estate.ids();
        Ok(Running {
            command_id: ids.command.encode(number),
            invocation_id: ids.invocation.encode(number),
        })
    }
}

/// What agents are told.
#[derive(Debug)]
pub(super) struct Order {
    /// The number of the command that is held ready, if it is one.
    pub(super) command: Option<u64>,
    pub(super) content: Text,
    pub(super) script: Script,
    pub(super) timeout: u32,
    pub(super) user: Text,
    pub(super) directory: Text,
    pub(super) name: Text,
    pub(super) description: Text,
}

/// Sends an order to the agents of some instances, all or none of them.
pub(super) fn begin(call: &mut Call<'_>, ids: &[String], order: Order) -> Result<u64, Refusal> {
    if ids.is_empty() {
        return Err(Refusal::missing("InstanceIds"));
    }
    if ids.len() > 200 {
        return Err(Refusal::new(
            "InvalidParameterValue.LimitExceeded",
            "At most 200 instances are allowed.",
        ));
    }
    let mut vms: Vec<VmIndex> = Vec::with_capacity(ids.len());
    for id in ids {
        let vm = find_instance(call, id)?;
        require_agent(call, vm, id, order.script)?;
        if !vms.contains(&vm) {
            vms.push(vm);
        }
    }
    let due = call.estate.in_a(call.estate.world.policy.durations.delivery.0);
    let number = call.estate.next();
    let created = call.estate.now;
    let tasks = vms.iter().map(|vm| Task {
        vm: *vm,
        phase: Phase::Pending,
        updated: created,
        started: None,
        ended: None,
        exit: None,
        output: Vec::new(),
        errors: Vec::new(),
        dropped: 0,
        error: "".into(),
    });
    let Order { command, content, script, timeout, user, directory, name, description } = order;
    let invocation = Invocation {
        account: call.account,
        region: call.region.clone(),
        command: command.unwrap_or(number),
        content,
        script,
        timeout,
        user,
        directory,
        name,
        description,
        created,
        tasks: tasks.collect(),
    };
    let places = invocation.tasks.len();
    call.estate.add_invocation(number, invocation);
    for place in 0..places {
        call.estate.schedule(due, Due::Deliver(number, place));
    }
    Ok(number)
}

pub(super) fn script(named: Option<&str>) -> Result<Script, Refusal> {
    match named {
        None | Some("SHELL") => Ok(Script::Shell),
        Some("POWERSHELL") => Ok(Script::Powershell),
        Some("BAT") => Ok(Script::Bat),
        Some(other) => Err(Refusal::new(
            "InvalidParameterValue",
            format!("`CommandType` is SHELL, POWERSHELL or BAT, not {other}."),
        )),
    }
}

pub(super) fn checked_timeout(given: Option<Int>) -> Result<u32, Refusal> {
    match given {
        None => Ok(60),
        Some(Int(seconds)) => {
            u32::try_from(seconds).ok().filter(|seconds| (1..=86_400).contains(seconds)).ok_or_else(
                || Refusal::new("InvalidParameterValue.Range", "`Timeout` is 1 to 86400 seconds."),
            )
        }
    }
}

/// A script in base64, decoded.
pub(super) fn script_of(content: &str) -> Result<Vec<u8>, Refusal> {
    if content.len() > 65_536 {
        return Err(Refusal::new(
            "InvalidParameterValue.TooLong",
            "`Content` has at most 64 KB once encoded.",
        ));
    }
    let bytes = STANDARD.decode(content).map_err(|_| {
        Refusal::new("InvalidParameterValue.CommandContentInvalid", "`Content` is not base64.")
    })?;
    if bytes.is_empty() {
        return Err(Refusal::new(
            "InvalidParameterValue.CommandContentInvalid",
            "`Content` is empty.",
        ));
    }
    Ok(bytes)
}

/// A name and a description are only so long.
pub(super) fn require_short(name: Option<&str>, description: Option<&str>) -> Result<(), Refusal> {
    let long = |text: Option<&str>, most: usize| text.is_some_and(|text| text.len() > most);
    if long(name, 60) || long(description, 120) {
        return Err(Refusal::new(
            "InvalidParameterValue.TooLong",
            "`CommandName` or `Description` is too long.",
        ));
    }
    Ok(())
}

impl RunCommand {
    fn checked_content(&self) -> Result<Text, Refusal> {
        require_short(self.command_name.as_deref(), self.description.as_deref())?;
        if self.tags.as_ref().is_some_and(|tags| tags.len() > 10) {
            return Err(Refusal::new(
                "InvalidParameterValue.LimitExceeded",
                "At most 10 tags are allowed.",
            ));
        }
        let bytes = script_of(&self.content)?;
        if self.enable_parameter != Some(true) {
            return Ok(self.content.as_str().into());
        }
        let mut script = String::from_utf8_lossy(&bytes).into_owned();
        for given in [&self.parameters, &self.default_parameters].into_iter().flatten() {
            let values: std::collections::BTreeMap<String, String> = serde_json::from_str(given)
                .map_err(|_| {
                    Refusal::new(
                        "InvalidParameterValue.ParameterInvalidJsonFormat",
                        "`Parameters` is no JSON object of text.",
                    )
                })?;
            for (name, value) in values {
                script = script.replace(&format!("{{{{{name}}}}}"), &value);
            }
        }
        Ok(STANDARD.encode(script).into())
    }
}

/// Every instance of a call must be able to run it; otherwise nothing runs anywhere.
fn require_agent(call: &Call<'_>, vm: VmIndex, id: &str, script: Script) -> Result<(), Refusal> {
    let estate = &*call.estate;
    let (cohort, _) = estate.place(vm);
    let state = estate.vm(vm);
    let refuse =
        |code, reason: &str| Err(Refusal::new(code, format!("The instance `{id}` {reason}.")));
    if state.seen_power(estate.now) != Power::Running {
        return refuse("ResourceUnavailable.InstanceStateNotRunning", "is not running");
    }
    if state.agent == Agent::Absent || cohort.network == Network::Classic {
        return refuse("ResourceUnavailable.AgentNotInstalled", "has no agent");
    }
    if !estate.agent_answers(vm) {
        return refuse(
            "ResourceUnavailable.AgentStatusNotOnline",
            "has an agent that is not online",
        );
    }
    match (cohort.is_windows(), script) {
        (true, Script::Bat | Script::Powershell) | (false, Script::Shell) => Ok(()),
        (true, Script::Shell) | (false, Script::Bat | Script::Powershell) => refuse(
            "InvalidParameterValue.AgentUnsupportedCommandType",
            "cannot run this type of command",
        ),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CancelInvocation {
    invocation_id: String,
    instance_ids: Option<Vec<String>>,
}

impl Action for CancelInvocation {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "CancelInvocation";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let missing = || {
            let message = format!("The invocation `{}` does not exist.", self.invocation_id);
            Refusal::new("ResourceNotFound.InvocationNotFound", message)
        };
        let number =
            call.estate.ids().invocation.decode(&self.invocation_id).ok_or_else(missing)?;
        let invocation = call
            .estate
            .invocations
            .get(&number)
            .filter(|invocation| call.owns(invocation.account, &invocation.region))
            .ok_or_else(missing)?;
        let mut wanted = Vec::new();
        for id in self.instance_ids.unwrap_or_default() {
            let vm = find_instance(call, &id)?;
            if !invocation.tasks.iter().any(|task| task.vm == vm) {
                return Err(Refusal::new(
                    "InvalidParameterValue.InstanceIsNotRelatedToInvocation",
                    format!("The instance `{id}` has no part in the invocation."),
                ));
            }
            wanted.push(vm);
        }
        let doomed: Vec<(usize, Ending)> = invocation
            .tasks
            .iter()
            .enumerate()
            .filter(|(_, task)| wanted.is_empty() || wanted.contains(&task.vm))
            .filter_map(|(place, task)| match task.phase {
                Phase::Pending => Some((place, Ending::Cancelled)),
                Phase::Running(_) => Some((place, Ending::Terminated)),
                Phase::Done(_) => None,
            })
            .collect();
        for (place, ending) in doomed {
            call.estate.cut_off(number, place, ending);
        }
        Ok(Done {})
    }
}
