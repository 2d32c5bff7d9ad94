//! What became of commands.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::find::exclusive;
use crate::{
    estate::{Estate, Invocation, Phase, Task},
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::{Filter, Int, Page, count, iso},
    },
    world::Text,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeInvocations {
    invocation_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    limit: Option<Int>,
    offset: Option<Int>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Invocations {
    total_count: i64,
    invocation_set: Vec<InvocationShown>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InvocationShown {
    invocation_id: String,
    command_id: String,
    invocation_status: &'static str,
    invocation_task_basic_info_set: Vec<TaskBrief>,
    description: Text,
    start_time: Option<String>,
    end_time: Option<String>,
    created_time: String,
    updated_time: String,
    parameters: &'static str,
    default_parameters: &'static str,
    instance_kind: &'static str,
    username: Text,
    invocation_source: &'static str,
    command_content: Text,
    command_type: &'static str,
    command_name: Text,
    timeout: u32,
    working_directory: Text,
    #[serde(rename = "OutputCOSBucketUrl")]
    output_cos_bucket_url: &'static str,
    #[serde(rename = "OutputCOSKeyPrefix")]
    output_cos_key_prefix: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TaskBrief {
    invocation_task_id: String,
    task_status: &'static str,
    instance_id: Text,
}

impl Action for DescribeInvocations {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "DescribeInvocations";
    const RATE: u32 = 20;
    type Answer = Invocations;

    fn serve(self, call: &mut Call<'_>) -> Result<Invocations, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.Range")?;
        let ids = self.invocation_ids.unwrap_or_default();
        let filters = self.filters.unwrap_or_default();
        exclusive(&ids, &filters)?;
        let estate = &*call.estate;
        let mut wanted = Wanted { invocations: Vec::new(), ..Wanted::default() };
        if !ids.is_empty() {
            wanted.invocations.push(ids);
        }
        for filter in filters {
            match filter.name.as_str() {
                "invocation-id" => wanted.invocations.push(filter.values),
                "command-id" => wanted.commands.push(filter.values),
                "command-created-by" | "instance-kind" => {}
                other => return Err(unsupported(other)),
            }
        }
        // The newest come first.
        let numbers: Vec<u64> = wanted.candidates(call).into_iter().rev().collect();
        let shown = page.of(&numbers).iter().filter_map(|number| {
            estate
                .invocations
                .get(number)
                .map(|invocation| InvocationShown::show(estate, *number, invocation))
        });
        Ok(Invocations { invocation_set: shown.collect(), total_count: count(numbers.len()) })
    }
}

fn unsupported(name: &str) -> Refusal {
    Refusal::new(
        "InvalidParameterValue.InvalidFilter",
        format!("The filter `{name}` is not supported."),
    )
}

impl InvocationShown {
    fn show(estate: &Estate, number: u64, invocation: &Invocation) -> Self {
        let ids = estate.ids();
        let started = invocation.tasks.iter().filter_map(|task| task.started).min();
        let done = invocation.tasks.iter().all(|task| task.phase.is_done());
        let ended = invocation.tasks.iter().filter_map(|task| task.ended).max().filter(|_| done);
        let updated =
            invocation.tasks.iter().map(|task| task.updated).max().unwrap_or(invocation.created);
        let tasks = invocation.tasks.iter().enumerate().map(|(place, task)| TaskBrief {
            invocation_task_id: task_id(estate, number, place),
            task_status: task.phase.name(),
            instance_id: estate.world.vm_id(task.vm),
        });
        Self {
            invocation_id: ids.invocation.encode(number),
            command_id: ids.command.encode(invocation.command),
            invocation_status: invocation.status(),
            invocation_task_basic_info_set: tasks.collect(),
            description: invocation.description.clone(),
            start_time: started.map(iso),
            end_time: ended.map(iso),
            created_time: iso(invocation.created),
            updated_time: iso(updated),
            parameters: "{}",
            default_parameters: "{}",
            instance_kind: "CVM",
            username: invocation.user.clone(),
            invocation_source: "USER",
            command_content: invocation.content.clone(),
            command_type: invocation.script.name(),
            command_name: invocation.name.clone(),
            timeout: invocation.timeout,
            working_directory: invocation.directory.clone(),
            output_cos_bucket_url: "",
            output_cos_key_prefix: "",
        }
    }
}

/// Tasks are numbered within their invocation: there are never more than 200.
const PLACES: u64 = 256;

fn task_id(estate: &Estate, invocation: u64, place: usize) -> String {
    estate.ids().task.encode(invocation * PLACES + u64::try_from(place).unwrap_or(0))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeInvocationTasks {
    invocation_task_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    limit: Option<Int>,
    offset: Option<Int>,
    hide_output: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InvocationTasks {
    total_count: i64,
    invocation_task_set: Vec<TaskShown>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TaskShown {
    invocation_id: String,
    invocation_task_id: String,
    command_id: String,
    task_status: &'static str,
    instance_id: Text,
    task_result: TaskResult,
    start_time: Option<String>,
    end_time: Option<String>,
    created_time: String,
    updated_time: String,
    command_document: CommandDocument,
    error_info: Text,
    invocation_source: &'static str,
    command_name: Text,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TaskResult {
    exit_code: i64,
    output: String,
    exec_start_time: String,
    exec_end_time: String,
    dropped: u64,
    output_url: &'static str,
    #[serde(rename = "OutputUploadCOSErrorInfo")]
    output_upload_cos_error_info: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CommandDocument {
    content: Text,
    command_type: &'static str,
    timeout: u32,
    working_directory: Text,
    username: Text,
    #[serde(rename = "OutputCOSBucketUrl")]
    output_cos_bucket_url: &'static str,
    #[serde(rename = "OutputCOSKeyPrefix")]
    output_cos_key_prefix: &'static str,
}

impl Action for DescribeInvocationTasks {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "DescribeInvocationTasks";
    const RATE: u32 = 20;
    type Answer = InvocationTasks;

    fn serve(self, call: &mut Call<'_>) -> Result<InvocationTasks, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.Range")?;
        let ids = self.invocation_task_ids.unwrap_or_default();
        let filters = self.filters.unwrap_or_default();
        exclusive(&ids, &filters)?;
        let mut wanted = Wanted::default();
        if !ids.is_empty() {
            wanted.tasks.push(ids);
        }
        for filter in filters {
            match filter.name.as_str() {
                "invocation-task-id" => wanted.tasks.push(filter.values),
                "invocation-id" => wanted.invocations.push(filter.values),
                "instance-id" => wanted.instances.push(filter.values),
                "command-id" => wanted.commands.push(filter.values),
                other => return Err(unsupported(other)),
            }
        }
        let estate = &*call.estate;
        let hidden = self.hide_output.unwrap_or(true);
        let mut found = Vec::new();
        for number in wanted.candidates(call).into_iter().rev() {
            let Some(invocation) = estate.invocations.get(&number) else { continue };
            for (place, task) in invocation.tasks.iter().enumerate() {
                if wanted.takes(estate, number, place, task) {
                    found.push((number, place));
                }
            }
        }
        let shown = page.of(&found).iter().filter_map(|(number, place)| {
            let invocation = estate.invocations.get(number)?;
            Some(TaskShown::show(
                estate,
                *number,
                *place,
                invocation,
                invocation.tasks.get(*place)?,
                hidden,
            ))
        });
        Ok(InvocationTasks {
            invocation_task_set: shown.collect(),
            total_count: count(found.len()),
        })
    }
}

/// What a listing is narrowed to: each list must hold one that fits.
#[derive(Debug, Default)]
struct Wanted {
    invocations: Vec<Vec<String>>,
    commands: Vec<Vec<String>>,
    instances: Vec<Vec<String>>,
    tasks: Vec<Vec<String>>,
}

impl Wanted {
    /// The invocations that can be meant, oldest first, without looking at their tasks.
    fn candidates(&self, call: &Call<'_>) -> Vec<u64> {
        let estate = &*call.estate;
        let ids = estate.ids();
        let decode =
            |lists: &[Vec<String>], decode: &dyn Fn(&str) -> Option<u64>| -> Option<Vec<u64>> {
                lists.first().map(|list| list.iter().filter_map(|id| decode(id)).collect())
            };
        let named = decode(&self.invocations, &|id| ids.invocation.decode(id)).or_else(|| {
            decode(&self.tasks, &|id| ids.task.decode(id).map(|number| number / PLACES))
        });
        let mut numbers = named.unwrap_or_else(|| estate.invocations.keys().copied().collect());
        numbers.sort_unstable();
        numbers.dedup();
        numbers.retain(|number| {
            estate.invocations.get(number).is_some_and(|invocation| {
                let invocation_id = ids.invocation.encode(*number);
                let command_id = ids.command.encode(invocation.command);
                call.owns(invocation.account, &invocation.region)
                    && self.invocations.iter().all(|list| list.contains(&invocation_id))
                    && self.commands.iter().all(|list| list.contains(&command_id))
            })
        });
        numbers
    }

    fn takes(&self, estate: &Estate, number: u64, place: usize, task: &Task) -> bool {
        let among = |lists: &[Vec<String>], id: &str| {
            lists.iter().all(|list| list.iter().any(|known| known == id))
        };
        (self.instances.is_empty() || among(&self.instances, &estate.world.vm_id(task.vm)))
            && (self.tasks.is_empty() || among(&self.tasks, &task_id(estate, number, place)))
    }
}

impl TaskShown {
    fn show(
        estate: &Estate,
        number: u64,
        place: usize,
        invocation: &Invocation,
        task: &Task,
        hidden: bool,
    ) -> Self {
        let ids = estate.ids();
        let done = task.phase.is_done();
        let started = task.started.map(iso);
        let ended = task.ended.filter(|_| done).map(iso);
        let output = if hidden || task.phase == Phase::Pending {
            String::new()
        } else {
            // A command that is still running has printed something, but this guest prints at the end.
            STANDARD.encode(if done { task.output.as_slice() } else { &[] })
        };
        Self {
            invocation_id: ids.invocation.encode(number),
            invocation_task_id: task_id(estate, number, place),
            command_id: ids.command.encode(invocation.command),
            task_status: task.phase.name(),
            instance_id: estate.world.vm_id(task.vm),
            task_result: TaskResult {
                exit_code: task.exit.filter(|_| done).unwrap_or(0),
                output,
                exec_start_time: started.clone().unwrap_or_default(),
                exec_end_time: ended.clone().unwrap_or_default(),
                dropped: if done { task.dropped } else { 0 },
                output_url: "",
                output_upload_cos_error_info: "",
            },
            start_time: started,
            end_time: ended,
            created_time: iso(invocation.created),
            updated_time: iso(task.updated),
            command_document: CommandDocument {
                content: invocation.content.clone(),
                command_type: invocation.script.name(),
                timeout: invocation.timeout,
                working_directory: invocation.directory.clone(),
                username: invocation.user.clone(),
                output_cos_bucket_url: "",
                output_cos_key_prefix: "",
            },
            error_info: if done { task.error.clone() } else { "".into() },
            invocation_source: "USER",
            command_name: invocation.name.clone(),
        }
    }
}
