//! What a user's key may do: each resource that a call names is held against the policy of that user.
//!
//! As access management documents it for the command service: to run a command is to have the right to that command, or
//! to any where it brings its own, and to each of its instances; what becomes of commands is asked by the same; to make
//! one knows no resource, so that only a statement about everything allows it.

use serde::Deserialize;

use super::{errors::Refusal, keys::Caller, service::Service, table::Entry};
use crate::{
    estate::Estate,
    world::{Resource, Tag},
};

/// The parts of a call that name things, whatever else there is in it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Named {
    instance_id: Option<String>,
    instance_ids: Vec<String>,
    command_id: Option<String>,
    command_ids: Vec<String>,
    invocation_id: Option<String>,
    invocation_ids: Vec<String>,
    security_group_id: Option<String>,
    filters: Vec<Filter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Filter {
    name: String,
    values: Vec<String>,
}

/// Whose names resources bear.
struct Place<'a> {
    estate: &'a Estate,
    region: &'a str,
    uin: u64,
}

/// Refuses what the caller's policy does not allow.
pub(super) fn demand(
    estate: &Estate,
    caller: Caller,
    entry: &Entry,
    region: &str,
    body: &[u8],
) -> Result<(), Refusal> {
    let account = estate.world.account(caller.account);
    let Some(user) = caller.user.and_then(|user| account.keys.get(user)) else { return Ok(()) };
    // Everybody may ask who he is.
    if entry.service == Service::Sts {
        return Ok(());
    }
    let action = format!("{}:{}", entry.service.name(), entry.name);
    // What cannot be read is refused by the action itself.
    let named: Named = serde_json::from_slice(body).unwrap_or_default();
    let place = Place { estate, region, uin: account.uin };
    match place.resources(entry, &named).iter().find(|one| !user.document.allows(&action, one)) {
        None => Ok(()),
        Some(resource) => Err(Refusal::new(
            "UnauthorizedOperation",
            format!(
                "You are not authorized to perform operation ({action}) on resource ({}).",
                resource.name
            ),
        )),
    }
}

impl Place<'_> {
    fn resources(&self, entry: &Entry, named: &Named) -> Vec<Resource> {
        let instances = named.instance_id.iter().chain(&named.instance_ids);
        let instances: Vec<Resource> = instances.map(|id| self.instance(id)).collect();
        let commands = named.command_id.iter().chain(&named.command_ids);
        let commands: Vec<Resource> = commands.map(|id| self.command(id)).collect();
        let all = |mut left: Vec<Resource>, right: Vec<Resource>| {
            left.extend(right);
            left
        };
        let or =
            |some: Vec<Resource>, any: Resource| if some.is_empty() { vec![any] } else { some };
        match (entry.service, entry.name) {
            (Service::Tat, "CreateCommand") => vec![any()],
            (Service::Tat, "RunCommand") => all(vec![self.command("*")], instances),
            (Service::Tat, "InvokeCommand") => all(commands, instances),
            (Service::Tat, "DescribeCommands" | "ModifyCommand") => or(commands, self.command("*")),
            (Service::Tat, "DescribeInvocations") => or(self.runs(named).0, self.command("*")),
            (Service::Tat, "DescribeInvocationTasks") => {
                let (commands, instances) = self.runs(named);
                all(or(commands, self.command("*")), or(instances, self.instance("*")))
            }
            (Service::Tat, "CancelInvocation") => or(self.runs(named).1, self.instance("*")),
            (Service::Tat, "DescribeAutomationAgentStatus") => or(instances, self.instance("*")),
            _ => {
                let groups = named.security_group_id.iter().map(|id| self.plain("cvm", "sg", id));
                or(all(instances, groups.collect()), any())
            }
        }
    }

    /// The commands and the instances of the runs that a call asks about.
    fn runs(&self, named: &Named) -> (Vec<Resource>, Vec<Resource>) {
        let ids = self.estate.ids();
        let filtered = named.filters.iter().filter(|filter| filter.name == "invocation-id");
        let numbers = named
            .invocation_id
            .iter()
            .chain(&named.invocation_ids)
            .chain(filtered.flat_map(|filter| &filter.values))
            .filter_map(|id| ids.invocation.decode(id));
        let (mut commands, mut instances) = (Vec::new(), Vec::new());
        for invocation in numbers.filter_map(|number| self.estate.invocations.get(&number)) {
            commands.push(self.command(&ids.command.encode(invocation.command)));
            let vms = invocation.tasks.iter().map(|task| self.estate.world.vm_id(task.vm));
            instances.extend(vms.map(|id| self.instance(&id)));
        }
        (commands, instances)
    }

    fn instance(&self, id: &str) -> Resource {
        let vm = self.estate.world.vm_by_id(id);
        let tags = vm.map_or(Vec::new(), |vm| self.estate.place(vm).0.tags.to_vec());
        Resource { tags, ..self.plain("cvm", "instance", id) }
    }

    fn command(&self, id: &str) -> Resource {
        self.plain("tat", "command", id)
    }

    fn plain(&self, service: &str, kind: &str, id: &str) -> Resource {
        let Self { region, uin, .. } = self;
        let none: Vec<Tag> = Vec::new();
        Resource { name: format!("qcs::{service}:{region}:uin/{uin}:{kind}/{id}"), tags: none }
    }
}

fn any() -> Resource {
    Resource { name: "*".to_owned(), tags: Vec::new() }
}
