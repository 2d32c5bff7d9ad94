//! Run command, the action form: one script at a time in a guest, of whose streams the ends come back.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    call::{Call, Follow, Served},
    refusal::Refusal,
    work::{Operation, State},
};
use crate::{
    estate::{Due, Ending, Estate, Invocation, Phase, Script, Task},
    world::{Power, VmIndex},
};

/// How much of each stream comes back.
pub(super) const KEPT: usize = 4096;
/// How long a script may take.
const LIMIT: u32 = 5400;

impl Call<'_> {
    pub(super) fn run_command(&mut self, vm: VmIndex) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        if asked["commandId"].as_str() != Some("RunPowerShellScript") {
            return Err(Refusal::new(
                404,
                "NotFound",
                "The entity was not found in this Azure location.",
            ));
        }
        let lines: Vec<&str> =
            asked["script"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        self.takes_scripts(vm)?;
        // Managed ones are others, and keep nobody waiting.
        let busy = self.estate.invocations.iter().any(|(number, invocation)| {
            !self.is_managed(*number)
                && invocation.tasks.iter().any(|task| task.vm == vm && !task.phase.is_done())
        });
        if busy {
            return Err(Refusal::new(
                409,
                "Conflict",
                "Run command extension execution is in progress. Please wait for completion before invoking a run command.",
            ));
        }
        let region = self.estate.place(vm).0.region.clone();
        let operation = Operation::Command(self.deliver(vm, &lines.join("\n")));
        let accepted = Served::empty(202);
        Ok(self.following(accepted, operation, "Microsoft.Compute", &region, Follow::Both))
    }

    /// Whether a VM takes scripts at all.
    pub(super) fn takes_scripts(&self, vm: VmIndex) -> Result<(), Refusal> {
        let state = self.estate.vm(vm).into_owned();
        if state.seen_power(self.estate.now) != Power::Running {
            return Err(Refusal::new(
                409,
                "OperationNotAllowed",
                "Cannot modify extensions in the VM when the VM is not running.",
            ));
        }
        if !state.agent_answers(self.estate.now) {
            return Err(Refusal::new(
                409,
                "VMAgentStatusCommunicationError",
                "VM has reported a failure when processing extensions: the VM agent is not ready.",
            ));
        }
        Ok(())
    }

    /// Has a script delivered; its number.
    pub(super) fn deliver(&mut self, vm: VmIndex, script: &str) -> u64 {
        let number = self.estate.next();
        let due = self.estate.in_a(self.estate.world.policy.durations.delivery.0);
        let now = self.estate.now;
        let region = self.estate.place(vm).0.region.clone();
        let task = Task {
            vm,
            phase: Phase::Pending,
            updated: now,
            started: None,
            ended: None,
            exit: None,
            output: Vec::new(),
            errors: Vec::new(),
            dropped: 0,
            error: "".into(),
        };
        let invocation = Invocation {
            account: self.account,
            region,
            command: number,
            content: STANDARD.encode(script).into(),
            script: Script::Powershell,
            timeout: LIMIT,
            user: "System".into(),
            directory: "".into(),
            name: "RunPowerShellScript".into(),
            description: "".into(),
            created: now,
            tasks: vec![task],
        };
        self.estate.add_invocation(number, invocation);
        self.estate.schedule(due, Due::Deliver(number, 0));
        number
    }
}

/// How far a script is, and what it printed: never whether it did well.
pub(super) fn state(estate: &Estate, number: u64) -> State {
    let Some(task) =
        estate.invocations.get(&number).and_then(|invocation| invocation.tasks.first())
    else {
        return State::Failed("The run command is not known.".to_owned());
    };
    let Phase::Done(ending) = task.phase else { return State::InProgress };
    match ending {
        Ending::Success | Ending::Failed | Ending::StartFailed => {}
        Ending::DeliverFailed
        | Ending::Timeout
        | Ending::TaskTimeout
        | Ending::Cancelled
        | Ending::Terminated => {
            return State::Failed(
                "VM has reported a failure when processing extensions.".to_owned(),
            );
        }
    }
    let stream = |name: &str, bytes: &[u8]| {
        let kept = &bytes[bytes.len().saturating_sub(KEPT)..];
        json!({
            "code": format!("ComponentStatus/{name}/succeeded"),
            "level": "Info",
            "displayStatus": "Provisioning succeeded",
            "message": String::from_utf8_lossy(kept),
        })
    };
    State::Succeeded(Some(json!({
        "value": [stream("StdOut", &task.output), stream("StdErr", &task.errors)],
    })))
}
