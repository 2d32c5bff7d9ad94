//! Commands that are held ready, and running one as it is.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::find::exclusive;
use super::run::{DIRECTORY, Order, begin, checked_timeout, require_short, script, script_of};
use crate::{
    estate::Command,
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
        wire::{Filter, Int, Page, count, iso},
    },
    world::Text,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateCommand {
    command_name: String,
    content: String,
    description: Option<String>,
    command_type: Option<String>,
    working_directory: Option<String>,
    timeout: Option<Int>,
    enable_parameter: Option<bool>,
    username: Option<String>,
    #[serde(rename = "DefaultParameters")]
    _default_parameters: Option<IgnoredAny>,
    #[serde(rename = "Tags")]
    _tags: Option<IgnoredAny>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Created {
    command_id: String,
}

impl Action for CreateCommand {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "CreateCommand";
    const RATE: u32 = 20;
    type Answer = Created;

    fn serve(self, call: &mut Call<'_>) -> Result<Created, Refusal> {
        require_short(Some(&self.command_name), self.description.as_deref())?;
        script_of(&self.content)?;
        let text = |text: Option<String>, default: &str| -> Text {
            text.unwrap_or_else(|| default.to_owned()).into()
        };
        let now = call.estate.now;
        let command = Command {
            account: call.account,
            region: call.region.clone(),
            name: self.command_name.into(),
            description: text(self.description, ""),
            content: self.content.into(),
            script: script(self.command_type.as_deref())?,
            timeout: checked_timeout(self.timeout)?,
            user: text(self.username, ""),
            directory: text(self.working_directory, DIRECTORY),
            parameters: self.enable_parameter.unwrap_or(false),
            created: now,
            updated: now,
        };
        let number = call.estate.next();
        call.estate.hold_command(number, command);
        Ok(Created { command_id: call.estate.ids().command.encode(number) })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyCommand {
    command_id: String,
    command_name: Option<String>,
    content: Option<String>,
    description: Option<String>,
    command_type: Option<String>,
    working_directory: Option<String>,
    timeout: Option<Int>,
    username: Option<String>,
}

impl Action for ModifyCommand {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "ModifyCommand";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        require_short(self.command_name.as_deref(), self.description.as_deref())?;
        let (number, known) = find(call, &self.command_id)?;
        if let Some(content) = &self.content {
            script_of(content)?;
        }
        let text = |given: Option<String>, known: Text| given.map_or(known, Text::from);
        let command = Command {
            name: text(self.command_name, known.name),
            content: text(self.content, known.content),
            description: text(self.description, known.description),
            directory: text(self.working_directory, known.directory),
            user: text(self.username, known.user),
            script: match self.command_type {
                Some(named) => script(Some(&named))?,
                None => known.script,
            },
            timeout: match self.timeout {
                Some(given) => checked_timeout(Some(given))?,
                None => known.timeout,
            },
            updated: call.estate.now,
            ..known
        };
        call.estate.hold_command(number, command);
        Ok(Done {})
    }
}

/// A command of the caller's, here.
fn find(call: &Call<'_>, id: &str) -> Result<(u64, Command), Refusal> {
    let number = call.estate.ids().command.decode(id);
    let found = number.and_then(|number| {
        let command = call.estate.commands.get(&number)?;
        call.owns(command.account, &command.region).then(|| (number, command.clone()))
    });
    found.ok_or_else(|| {
        Refusal::new(
            "ResourceNotFound.CommandNotFound",
            format!("The command `{id}` does not exist."),
        )
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeCommands {
    command_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    limit: Option<Int>,
    offset: Option<Int>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Commands {
    total_count: i64,
    command_set: Vec<CommandShown>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CommandShown {
    command_id: String,
    command_name: Text,
    description: Text,
    content: Text,
    command_type: &'static str,
    working_directory: Text,
    timeout: u32,
    created_time: String,
    updated_time: String,
    enable_parameter: bool,
    default_parameters: &'static str,
    created_by: &'static str,
    username: Text,
}

impl Action for DescribeCommands {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "DescribeCommands";
    const RATE: u32 = 20;
    type Answer = Commands;

    fn serve(self, call: &mut Call<'_>) -> Result<Commands, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.Range")?;
        let ids = self.command_ids.unwrap_or_default();
        let filters = self.filters.unwrap_or_default();
        exclusive(&ids, &filters)?;
        let supported = ["command-id", "command-name", "command-type", "created-by"];
        if let Some(filter) = filters.iter().find(|one| !supported.contains(&one.name.as_str())) {
            return Err(Refusal::new(
                "InvalidParameterValue.InvalidFilter",
                format!("The filter `{}` is not supported.", filter.name),
            ));
        }
        let sequence = &call.estate.ids().command;
        let takes = |number: u64, command: &Command| {
            let id = sequence.encode(number);
            call.owns(command.account, &command.region)
                && (ids.is_empty() || ids.contains(&id))
                && filters.iter().all(|filter| {
                    filter.values.iter().any(|value| match filter.name.as_str() {
                        "command-id" => *value == id,
                        "command-name" => **value == *command.name,
                        "command-type" => value == command.script.name(),
                        _ => value == "USER",
                    })
                })
        };
        let found: Vec<(u64, &Command)> = call
            .estate
            .commands
            .iter()
            .map(|(number, command)| (*number, command))
            .filter(|(number, command)| takes(*number, command))
            .collect();
        let shown = page.of(&found).iter().map(|(number, command)| CommandShown {
            command_id: sequence.encode(*number),
            command_name: command.name.clone(),
            description: command.description.clone(),
            content: command.content.clone(),
            command_type: command.script.name(),
            working_directory: command.directory.clone(),
            timeout: command.timeout,
            created_time: iso(command.created),
            updated_time: iso(command.updated),
            enable_parameter: command.parameters,
            default_parameters: "{}",
            created_by: "USER",
            username: command.user.clone(),
        });
        Ok(Commands { command_set: shown.collect(), total_count: count(found.len()) })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct InvokeCommand {
    command_id: String,
    instance_ids: Vec<String>,
    timeout: Option<Int>,
    username: Option<String>,
    working_directory: Option<String>,
    parameters: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Invoked {
    invocation_id: String,
}

impl Action for InvokeCommand {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "InvokeCommand";
    const RATE: u32 = 20;
    type Answer = Invoked;

    fn serve(self, call: &mut Call<'_>) -> Result<Invoked, Refusal> {
        let (number, command) = find(call, &self.command_id)?;
        if self.parameters.is_some() && !command.parameters {
            return Err(Refusal::new(
                "InvalidParameter.ParameterDisabled",
                "The command takes no parameters.",
            ));
        }
        let timeout = match self.timeout {
            Some(given) => checked_timeout(Some(given))?,
            None => command.timeout,
        };
        let user = if command.user.is_empty() { "System".into() } else { command.user };
        let order = Order {
            command: Some(number),
            content: command.content,
            script: command.script,
            timeout,
            user: self.username.map_or(user, Text::from),
            directory: self.working_directory.map_or(command.directory, Text::from),
            name: command.name,
            description: command.description,
        };
        let number = begin(call, &self.instance_ids, order)?;
        Ok(Invoked { invocation_id: call.estate.ids().invocation.encode(number) })
    }
}
