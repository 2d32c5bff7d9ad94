//! Scripts that the vendor holds ready, so that a key for looking can run nothing else.
//!
//! They are found by their content among those that are declared, anew before each use: whoever may change one would
//! else have his own run under our name. One that was changed is never run.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_contract::told;
use rdpctl_guest::Unrenderable;
use rdpctl_guest::script::{Script, digest};
use tokio_util::sync::CancellationToken;

use super::{KEPT, RunCommand};
use crate::channel::dialect::{Fixed, fixed};
use crate::channel::why::say as why;
use crate::tencent::api::BATCH;
use crate::tencent::api::filter::Filter;
use crate::tencent::api::tat::{Command, CreateCommand, DescribeCommands};
use crate::tencent::client::Client;
use crate::tencent::error::CallError;
use rdpctl_model::Said;

/// The most values of one of the service's filters.
const MOST_VALUES: usize = 5;

/// What is declared of registered scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// Their ids.
    pub ids: Vec<String>,
    /// Certificates of the machines' own stores that are declared, by their thumbprints, and looked for.
    pub pins: BTreeSet<String>,
}

/// A script that is registered, or was just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its id.
    pub id: String,
    /// Its name, which holds the beginning of the digest of its content.
    pub name: String,
    /// How it came to be there.
    pub state: State,
}

/// How a script came to be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was there.
    Found,
    /// It was registered just now.
    Made,
    /// It bears our name, and somebody gave it another content: it is not used.
    Changed,
}

/// What the vendor holds ready of what is declared, or why nobody knows.
#[derive(Debug)]
pub(super) struct Held(Result<Vec<Command>, Said>);

impl Held {
    /// The id of the script with exactly this text.
    pub(super) fn id_of(&self, text: &str) -> Result<String, Said> {
        let commands = self.0.as_ref().map_err(Clone::clone)?;
        if let Some(command) = commands.iter().find(|command| is(command, text)) {
            return Ok(command.command_id.as_str().to_owned());
        }
        let digest = digest(text);
        let changed = commands.iter().find(|one| one.command_name.as_str().ends_with(&digest));
        Err(match changed {
            Some(command) => why::command_changed(command.command_id.as_str()),
            None => why::command_not_declared(),
        })
    }
}

impl RunCommand {
    /// What the vendor holds ready, where one of these scripts asks for it.
    pub(super) async fn held(&self, scripts: &[&Script], stop: &CancellationToken) -> Held {
        if !scripts.iter().any(|script| matches!(script, Script::Registered(_))) {
            return Held(Ok(Vec::new()));
        }
        let mut commands = Vec::new();
        for ids in self.registered.chunks(BATCH) {
            let request = DescribeCommands {
                command_ids: ids.to_vec(),
                limit: BATCH,
                ..DescribeCommands::default()
            };
            match self.client.call(&request, stop).await {
                Ok(answer) => commands.extend(answer.fields.command_set.0),
                Err(error) => {
                    return Held(Err(why::commands_unread(told(&error))));
                }
            }
        }
        Held(Ok(commands))
    }
}

/// Whether a command does what this text does: as SYSTEM, by Windows' own interpreter, with nothing put into it.
fn is(command: &Command, text: &str) -> bool {
    let content = STANDARD.decode(command.content.as_str());
    content.is_ok_and(|content| content == text.as_bytes())
        && command.command_type.as_str() == "BAT"
        && !command.enable_parameter
        && (command.username.as_str().is_empty()
            || command.username.as_str().eq_ignore_ascii_case("System"))
}

fn name(one: &Fixed) -> String {
    format!("rdpctl-{}-{}", one.purpose, digest(&one.text))
}

/// Why scripts could not be registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// They cannot be written down.
    #[error("the commands for looking cannot be written down")]
    Unrenderable(#[from] Unrenderable),
    /// The vendor would not.
    #[error("the commands for looking cannot be registered")]
    Refused(#[from] CallError),
}

/// Registers what is missing of the scripts by which guests are looked into; nothing that is there is touched.
///
/// # Errors
/// When the vendor refuses one of the calls.
pub async fn register(
    client: &Client,
    pins: &BTreeSet<String>,
    stop: &CancellationToken,
) -> Result<Vec<Registration>, RegisterError> {
    let wanted = fixed(pins, KEPT)?;
    let names: Vec<String> = wanted.iter().map(name).collect();
    let mut there = Vec::new();
    for names in names.chunks(MOST_VALUES) {
        let request = DescribeCommands {
            filters: vec![Filter::new("command-name", names.to_vec())],
            limit: BATCH,
            ..DescribeCommands::default()
        };
        there.extend(client.call(&request, stop).await?.fields.command_set.0);
    }
    let mut registered = Vec::new();
    for (one, name) in wanted.iter().zip(names) {
        let called = there.iter().filter(|command| command.command_name.as_str() == name);
        let (ours, changed): (Vec<&Command>, Vec<&Command>) =
            called.partition(|command| is(command, &one.text));
        registered.extend(changed.into_iter().map(|command| Registration {
            id: command.command_id.as_str().to_owned(),
            name: name.clone(),
            state: State::Changed,
        }));
        let (id, state) = if let Some(command) = ours.first() {
            (command.command_id.as_str().to_owned(), State::Found)
        } else {
            let request = CreateCommand {
                command_name: name.clone(),
                content: STANDARD.encode(&one.text),
                command_type: "BAT",
                description: "rdpctl looks into guests by this and changes nothing. Do not edit: what was changed is not run.",
                enable_parameter: false,
            };
            let made = client.call(&request, stop).await?;
            (made.fields.command_id.as_str().to_owned(), State::Made)
        };
        registered.push(Registration { id, name, state });
    }
    Ok(registered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(json: &str) -> Command {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn only_what_is_ours_to_the_byte_and_runs_as_it_is_counts() {
        let text = "@echo off\r\n";
        let content = STANDARD.encode(text);
        let held = |more: &str| {
            command(&format!(
                r#"{{"CommandId":"cmd-1","CommandName":"rdpctl-look-{}",{more}}}"#,
                digest(text)
            ))
        };
        let ours = held(&format!(r#""CommandType":"BAT","Content":"{content}""#));
        assert_eq!(Held(Ok(vec![ours])).id_of(text), Ok("cmd-1".to_owned()));
        for more in [
            format!(r#""CommandType":"POWERSHELL","Content":"{content}""#),
            format!(r#""CommandType":"BAT","Content":"{content}","EnableParameter":true"#),
            format!(r#""CommandType":"BAT","Content":"{content}","Username":"guest""#),
            format!(r#""CommandType":"BAT","Content":"{}""#, STANDARD.encode("@echo of\r\n")),
            r#""CommandType":"BAT","Content":"not base64""#.to_owned(),
        ] {
            let refused = Held(Ok(vec![held(&more)])).id_of(text).unwrap_err();
            assert_eq!(refused, why::command_changed("cmd-1"), "{more}");
        }
        let none = Held(Ok(Vec::new())).id_of(text).unwrap_err();
        assert_eq!(none, why::command_not_declared());
    }
}
