//! Run command, the managed form: resources of a VM, several at once, each with what became of its script.

use serde_json::{Value, json};

use super::{
    call::{Call, Follow, Served},
    command::KEPT,
    place::Place,
    refusal::Refusal,
    work::Operation,
};
use crate::{
    estate::{Ending, Extra, ManagedCommand, Phase},
    world::{Text, VmIndex},
};

impl Call<'_> {
    pub(super) fn managed_request(
        &mut self,
        method: &str,
        vm: VmIndex,
        place: &Place<'_>,
    ) -> Result<Served, Refusal> {
        let Some(name) = place.rest.get(1).copied() else {
            let all = self.managed().filter(|one| one.vm == vm);
            let value: Vec<Value> = all.map(|one| self.show_managed(vm, one)).collect();
            return Ok(Served::ok(json!({ "value": value })));
        };
        let id = self.managed_id(vm, name);
        let known = match self.estate.extras.get(&id) {
            Some(Extra::Command(known)) => Some(known.clone()),
            Some(_) | None => None,
        };
        match (method, known) {
            ("GET", Some(known)) => Ok(Served::ok(self.show_managed(vm, &known))),
            ("GET", None) => Err(Refusal::missing(&format!("virtualMachines/runCommands/{name}"))),
            ("PUT", known) => self.put_managed(vm, name, known.is_none()),
            ("DELETE", None) => Ok(Served::empty(204)),
            ("DELETE", Some(_)) => {
                self.estate.drop_extra(&id);
                Ok(self.follow_now(Served::empty(202), vm))
            }
            _ => Err(Refusal::new(405, "MethodNotAllowed", "This is not served here.")),
        }
    }

    /// Under which a managed command is kept: its id, without case.
    fn managed_id(&self, vm: VmIndex, name: &str) -> Text {
        let id = format!("{}/runCommands/{name}", self.estate.world.vm_id(vm));
        id.to_ascii_lowercase().into()
    }

    /// All managed commands.
    fn managed(&self) -> impl Iterator<Item = &ManagedCommand> {
        self.estate.extras.values().filter_map(|extra| match extra {
            Extra::Command(command) => Some(command),
            Extra::Volume(_) | Extra::Card(_) | Extra::Helper(_) => None,
        })
    }

    /// Whether a run is that of a managed command.
    pub(super) fn is_managed(&self, run: u64) -> bool {
        self.managed().any(|one| one.run == run)
    }

    fn follow_now(&mut self, served: Served, vm: VmIndex) -> Served {
        let (now, region) = (self.estate.now, self.estate.place(vm).0.region.to_string());
        self.following(served, Operation::Until(now), "Microsoft.Compute", &region, Follow::Both)
    }

    fn put_managed(&mut self, vm: VmIndex, name: &str, is_new: bool) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        if asked["location"].as_str().is_none() {
            return Err(Refusal::new(
                400,
                "LocationRequired",
                "The location property is required.",
            ));
        }
        let Some(script) = asked["properties"]["source"]["script"].as_str() else {
            return Err(Refusal::new(
                400,
                "InvalidParameter",
                "Required parameter 'source' is missing.",
            ));
        };
        self.takes_scripts(vm)?;
        let run = self.deliver(vm, script);
        let made = ManagedCommand { vm, name: name.to_owned(), script: script.to_owned(), run };
        self.estate.put_extra(self.managed_id(vm, name), Extra::Command(made.clone()));
        let mut shown = self.show_managed(vm, &made);
        shown["properties"]["provisioningState"] = json!("Creating");
        let served = Served { status: if is_new { 201 } else { 200 }, ..Served::ok(shown) };
        if asked["properties"]["asyncExecution"].as_bool() == Some(true) {
            return Ok(self.follow_now(served, vm));
        }
        let region = self.estate.place(vm).0.region.to_string();
        let operation = Operation::Command(run);
        Ok(self.following(served, operation, "Microsoft.Compute", &region, Follow::Async))
    }

    fn show_managed(&self, vm: VmIndex, one: &ManagedCommand) -> Value {
        let id = format!("{}/runCommands/{}", self.estate.world.vm_id(vm), one.name);
        let mut shown = json!({
            "id": id,
            "name": one.name,
            "type": "Microsoft.Compute/virtualMachines/runCommands",
            "location": self.estate.place(vm).0.region,
            "properties": {
                "source": { "script": one.script },
                "provisioningState": "Succeeded",
            },
        });
        let is_asked = |what: String| what.eq_ignore_ascii_case("instanceView");
        if self.parameter("$expand").is_some_and(is_asked) {
            shown["properties"]["instanceView"] = self.show_run(one.run);
        }
        shown
    }

    /// What became of a script: of each stream the end.
    fn show_run(&self, run: u64) -> Value {
        let invocation = self.estate.invocations.get(&run);
        let Some(task) = invocation.and_then(|invocation| invocation.tasks.first()) else {
            return json!({ "executionState": "Unknown" });
        };
        let end = |bytes: &[u8]| {
            String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(KEPT)..]).into_owned()
        };
        let state = match task.phase {
            Phase::Pending => "Pending",
            Phase::Running(_) => "Running",
            Phase::Done(Ending::Success) => "Succeeded",
            Phase::Done(Ending::Timeout | Ending::TaskTimeout) => "TimedOut",
            Phase::Done(Ending::Cancelled | Ending::Terminated) => "Canceled",
            Phase::Done(Ending::Failed | Ending::StartFailed | Ending::DeliverFailed) => "Failed",
        };
        let mut view = json!({ "executionState": state, "executionMessage": "" });
        if matches!(task.phase, Phase::Done(_)) {
            view["exitCode"] = json!(task.exit.unwrap_or_default());
            view["output"] = json!(end(&task.output));
            view["error"] = json!(end(&task.errors));
        }
        view
    }
}
