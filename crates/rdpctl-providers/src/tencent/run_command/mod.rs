//! The cloud's own way into guests: the agent runs a command file as SYSTEM and gives its output back.
//!
//! A run cannot be named by us, so it is never begun twice: when the answer to its beginning is lost, so is the run.

mod poll;
mod refused;
mod registered;
mod reply;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use rdpctl_contract::Cause;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::tariff::ChannelTariff;
use rdpctl_model::{InstanceName, Said};
use tokio_util::sync::CancellationToken;

use super::api::BATCH;
use super::api::tat::{
    AgentStatus, DescribeAutomationAgentStatus, InvokeCommand, Invoked, RunCommand as Run, Task,
};
use super::batch::{Sent, halving, when_free};
use super::client::{Action, Client};
use super::code::Class;
use super::pages::SIDE_BY_SIDE;
use super::tariff::{REGISTERED, RUN_COMMAND};
use crate::channel::dialect::{Carrier, Load, Looks, RawReply};
use crate::channel::why::say as why;
use poll::Poller;
use refused::refused;
pub use registered::{RegisterError, Registered, Registration, State, register};

/// The channel's name in messages.
const CHANNEL: ChannelKind = ChannelKind::RunCommand;

/// The longest script, in base64.
const LONGEST: usize = 65_536;

/// How much of an output the agent keeps; a whole observation in plain text is more.
const KEPT: usize = 24_576;

/// How long beyond a script's own time its outcome may take to arrive.
const GRACE: Duration = Duration::from_mins(1);

/// Carries command files through the agent of Tencent Cloud.
#[derive(Debug)]
pub struct RunCommand {
    client: Arc<Client>,
    poller: Poller,
    looks: Looks,
    registered: Vec<String>,
}

/// What is run on some guests.
#[derive(Clone, Debug)]
enum What {
    /// A script, in base64.
    Script(String),
    /// One that the vendor holds ready, by its id.
    Held(String),
}

/// A guest that is asked, by its id.
type Names = HashMap<String, InstanceName>;

impl RunCommand {
    /// Carries over that client.
    #[must_use]
    pub fn new(client: Arc<Client>) -> Self {
        Self {
            poller: Poller::new(Arc::clone(&client)),
            client,
            looks: Looks::Any,
            registered: Vec::new(),
        }
    }

    /// The same, but for looking, which is done by these registered scripts alone.
    #[must_use]
    pub fn looking_by(self, registered: Registered) -> Self {
        let Registered { ids, pins } = registered;
        Self { looks: Looks::Registered(pins), registered: ids, ..self }
    }

    /// Runs one script on at most a hundred guests.
    async fn run(
        &self,
        targets: Vec<GuestTarget>,
        what: Result<What, Said>,
        within: Duration,
        stop: &CancellationToken,
    ) -> Vec<Result<RawReply, ChannelError>> {
        let names: Names = targets
            .iter()
            .map(|target| (target.id.as_str().to_owned(), target.instance.clone()))
            .collect();
        let what = match what {
            Ok(what) => what,
            Err(reason) => {
                return targets
                    .iter()
                    .map(|target| Err(unavailable(&target.instance, reason.clone())))
                    .collect();
            }
        };
        let ids = targets.iter().map(|target| target.id.as_str().to_owned()).collect();
        let mut outcomes: HashMap<String, Result<RawReply, ChannelError>> = HashMap::new();
        let timeout = within.as_secs().clamp(1, 86_400);
        let sent = match &what {
            What::Script(content) => {
                let request = |instance_ids| Run {
                    content: content.clone(),
                    instance_ids,
                    command_type: "BAT",
                    timeout,
                    command_name: "rdpctl",
                };
                self.begin(ids, request, &names, &mut outcomes, stop).await
            }
            What::Held(id) => {
                let request =
                    |instance_ids| InvokeCommand { command_id: id.clone(), instance_ids, timeout };
                self.begin(ids, request, &names, &mut outcomes, stop).await
            }
        };
        let awaited = sent.taken.into_iter().map(|(members, answer)| {
            let names = &names;
            async move {
                match answer {
                    Some(answer) => {
                        let run = answer.fields.invocation_id.as_str().to_owned();
                        self.outcome(run, members, within, names, stop).await
                    }
                    None => members
                        .into_iter()
                        .map(|id| {
                            let error = unknown(names, &id, why::beginning_lost());
                            (id, Err(error))
                        })
                        .collect(),
                }
            }
        });
        outcomes.extend(join_all(awaited).await.into_iter().flatten());
        targets
            .iter()
            .map(|target| {
                let nothing = || Err(unavailable(&target.instance, why::not_asked()));
                outcomes.remove(target.id.as_str()).unwrap_or_else(nothing)
            })
            .collect()
    }

    /// Begins a run. The vendor refuses a whole batch for one guest that cannot take it; so after a refusal the
    /// agents are asked, and the rest is halved until whoever else spoils it stands alone.
    async fn begin<A: Action<Reply = Invoked>>(
        &self,
        ids: Vec<String>,
        request: impl Fn(Vec<String>) -> A + Sync,
        names: &Names,
        outcomes: &mut HashMap<String, Result<RawReply, ChannelError>>,
        stop: &CancellationToken,
    ) -> Sent<Invoked> {
        let ids = match when_free(&self.client, &request(ids.clone()), stop).await {
            Ok(answer) => return Sent { taken: vec![(ids, Some(answer))], refused: Vec::new() },
            Err(error) if error.effect_unknown() => {
                return Sent { taken: vec![(ids, None)], refused: Vec::new() };
            }
            Err(error) if ids.len() > 1 && error.class() == Class::Agent => {
                self.with_agents(ids, names, outcomes, stop).await
            }
            Err(error) if ids.len() == 1 => {
                if let Some(id) = ids.into_iter().next() {
                    let refusal = refused(name_of(names, &id), error);
                    outcomes.insert(id, Err(refusal));
                }
                return Sent { taken: Vec::new(), refused: Vec::new() };
            }
            Err(_) => ids,
        };
        if ids.is_empty() {
            return Sent { taken: Vec::new(), refused: Vec::new() };
        }
        let mut sent = halving(&self.client, ids, request, stop).await;
        outcomes.extend(sent.refused.drain(..).map(|(id, error)| {
            let name = name_of(names, &id);
            (
                id,
                Err(ChannelError::Unavailable {
                    instance: name,
                    channel: CHANNEL,
                    source: Cause::of(error),
                }),
            )
        }));
        sent
    }

    /// Those whose agent answers; the others are told apart.
    async fn with_agents(
        &self,
        ids: Vec<String>,
        names: &Names,
        outcomes: &mut HashMap<String, Result<RawReply, ChannelError>>,
        stop: &CancellationToken,
    ) -> Vec<String> {
        let request =
            DescribeAutomationAgentStatus { instance_ids: ids.clone(), offset: 0, limit: BATCH };
        let Ok(answer) = self.client.call(&request, stop).await else { return ids };
        let agents: HashMap<&str, &AgentStatus> = answer
            .fields
            .automation_agent_set
            .iter()
            .map(|agent| (agent.instance_id.as_str(), &agent.agent_status))
            .collect();
        let (online, others): (Vec<String>, Vec<String>) =
            ids.into_iter().partition(|id| agents.get(id.as_str()) == Some(&&AgentStatus::Online));
        outcomes.extend(others.into_iter().map(|id| {
            let reason = match agents.get(id.as_str()) {
                Some(_) => why::agent_offline(),
                None => why::no_agent(),
            };
            let error = unavailable(&name_of(names, &id), reason);
            (id, Err(error))
        }));
        online
    }

    /// Waits for a run's outcome on each of its guests.
    async fn outcome(
        &self,
        run: String,
        members: Vec<String>,
        within: Duration,
        names: &Names,
        stop: &CancellationToken,
    ) -> Vec<(String, Result<RawReply, ChannelError>)> {
        let waiting = self.poller.wait(run, members.len(), stop);
        let waited = tokio::select! {
            waited = tokio::time::timeout(within + GRACE, waiting) => waited,
            () = stop.cancelled() => Ok(Err(why::run_stopped())),
        };
        let tasks = match waited {
            Ok(Ok(tasks)) => tasks,
            Ok(Err(reason)) => {
                return members
                    .into_iter()
                    .map(|id| (id.clone(), Err(unknown(names, &id, reason.clone()))))
                    .collect();
            }
            Err(_) => {
                let reason = why::no_outcome_within(format!("{:?}", within + GRACE));
                return members
                    .into_iter()
                    .map(|id| (id.clone(), Err(unknown(names, &id, reason.clone()))))
                    .collect();
            }
        };
        let tasks: HashMap<&str, &Task> =
            tasks.iter().map(|task| (task.instance_id.as_str(), task)).collect();
        members
            .into_iter()
            .map(|id| {
                let reply = match tasks.get(id.as_str()) {
                    Some(task) => reply::read(&name_of(names, &id), task),
                    None => Err(unknown(names, &id, why::no_outcome_listed())),
                };
                (id, reply)
            })
            .collect()
    }
}

#[async_trait]
impl Carrier for RunCommand {
    fn kind(&self) -> ChannelKind {
        ChannelKind::RunCommand
    }

    fn form(&self) -> Form {
        Form::Packed { reply: KEPT }
    }

    fn looks(&self) -> &Looks {
        &self.looks
    }

    async fn carry(
        &self,
        loads: Vec<Load>,
        stop: &CancellationToken,
    ) -> Vec<Vec<Result<RawReply, ChannelError>>> {
        let scripts: Vec<&Script> = loads.iter().map(|load| load.script.as_ref()).collect();
        let held = self.held(&scripts, stop).await;
        let mut parts = Vec::new();
        for (place, load) in loads.iter().enumerate() {
            let content = what(&load.script, &held);
            parts.extend(
                load.targets
                    .chunks(BATCH)
                    .map(|targets| (place, targets.to_vec(), content.clone(), load.within)),
            );
        }
        let mut replies: Vec<Vec<Result<RawReply, ChannelError>>> =
            loads.iter().map(|_| Vec::new()).collect();
        let mut work = stream::iter(parts)
            .map(|(place, targets, content, within)| async move {
                (place, self.run(targets, content, within, stop).await)
            })
            .buffered(SIDE_BY_SIDE * 4);
        while let Some((place, part)) = work.next().await {
            if let Some(load) = replies.get_mut(place) {
                load.extend(part);
            }
        }
        replies
    }

    fn tariff(&self) -> ChannelTariff {
        if self.registered.is_empty() { RUN_COMMAND } else { REGISTERED }
    }

    fn guests_per_trip(&self) -> usize {
        BATCH
    }
}

/// A script as the vendor takes it, or why it does not.
fn what(script: &Script, held: &registered::Held) -> Result<What, Said> {
    let text = match script {
        Script::File(text) => text,
        Script::Registered(text) => return held.id_of(text).map(What::Held),
        Script::Lines(_) => return Err(why::files_only()),
    };
    let content = STANDARD.encode(text);
    if content.len() > LONGEST {
        return Err(why::too_much_base64(content.len(), LONGEST));
    }
    Ok(What::Script(content))
}

fn name_of(names: &Names, id: &str) -> InstanceName {
    names.get(id).cloned().unwrap_or_else(|| InstanceName::new(id))
}

fn unavailable(instance: &InstanceName, reason: Said) -> ChannelError {
    ChannelError::Unavailable {
        instance: instance.clone(),
        channel: CHANNEL,
        source: reason.into(),
    }
}

fn unknown(names: &Names, id: &str, reason: Said) -> ChannelError {
    ChannelError::OutcomeUnknown {
        instance: name_of(names, id),
        channel: CHANNEL,
        source: reason.into(),
    }
}
