//! The same way into guests in its managed form: a resource of the VM under a name of ours, with its own word on what became
//! of it. Several run beside each other, and another permission allows them.
//!
//! It is on record before it is made, and its name says since when and by whom: what is left of a run that was cut off is
//! taken away by the next one on that VM, and by whoever gives back what is on record. Since the name is ours, a run whose
//! beginning was answered by nobody is looked for instead of begun again.

use std::time::Duration;

use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_contract::{Cause, told};
use rdpctl_model::ResourceId;
use rdpctl_model::outcome::CreatedKind;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::arm::{Page, Resource, Vm};
use super::client::{Ask, COMPUTE, Client};
use super::error::ArmError;
use super::id::ArmId;
use super::managed_name::{InHand, Ours};
use super::pace::Kind;
use super::refused::{CHANNEL, GRACE, refused};
use crate::channel::dialect::RawReply;
use crate::channel::why::say as why;

/// The first look comes after this, each next one later.
const FIRST: Duration = Duration::from_millis(250);

/// Looks are never further apart.
const SLOWEST: Duration = Duration::from_secs(5);

/// The part of a managed command that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Managed {
    instance_view: Ran,
}

impl Managed {
    /// Whether its script has come to an end.
    pub(super) fn is_ended(&self) -> bool {
        let state = self.instance_view.execution_state.as_str();
        !matches!(state, "" | "Unknown" | "Pending" | "Running")
    }
}

/// What became of a script.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Ran {
    execution_state: String,
    execution_message: String,
    output: String,
    error: String,
}

/// A managed command of a VM.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
    properties: Managed,
}

/// Runs a script so, and leaves nothing of it in the cloud.
pub(super) async fn run(
    client: &Client,
    (target, vm): (&GuestTarget, &ArmId),
    script: &str,
    within: Duration,
    stop: &CancellationToken,
) -> Result<RawReply, ChannelError> {
    let refused = |error| refused(target, CHANNEL, error);
    let location = location(client, vm, stop).await.map_err(refused)?;
    alone(client, vm, within, stop).await.map_err(refused)?;
    let hand = InHand::new(client);
    let path = format!("{}/runCommands/{}", vm.path, hand.0);
    let body = json!({
        "location": location,
        "properties": {
            "source": { "script": script },
            "asyncExecution": true,
            "timeoutInSeconds": within.as_secs().clamp(60, 5400),
        },
    });
    enter(client, target, &path).await?;
    let ask = Ask { kind: Kind::Once, ..Ask::put(&path, COMPUTE, &body) };
    let began = client.call(&ask, stop).await;
    let is_begun = began.is_ok();
    let answer = match began {
        // It may have begun all the same; whether it has is looked for.
        Ok(_) | Err(ArmError::Lost { .. } | ArmError::Refused { status: 500.., .. }) => {
            ended(client, &path, within + GRACE, stop).await
        }
        Err(error) => {
            gone(client, &path).await;
            return Err(refused(error));
        }
    };
    // Whether we are stopped or not: what is left would run on, or lie there.
    match client.call(&Ask::delete(&path, COMPUTE), &CancellationToken::new()).await {
        Err(error) if !error.is_missing() => {
            let error = error.of_any(&vm.name);
            tracing::warn!(%error, "a managed command was left; it stays on record");
        }
        Ok(_) | Err(_) => gone(client, &path).await,
    }
    let instance = || target.instance.clone();
    let unknown = |source: Cause| {
        let channel = CHANNEL;
        ChannelError::OutcomeUnknown { instance: instance(), channel, source }
    };
    match answer {
        Ok(ran) => match ran.execution_state.as_str() {
            // Whether the script did well is what its frames say, and nobody else.
            "Succeeded" | "Failed" => Ok(RawReply {
                stdout: ran.output.into_bytes(),
                stderr: ran.error.into_bytes(),
                exit: None,
                dropped: 0,
            }),
            state => Err(unknown(why::managed_ended(state, ran.execution_message).into())),
        },
        // What had begun and is gone was taken away by somebody: what it did, nobody says.
        Err(ArmError::Refused { status: 404, .. }) if !is_begun => {
            let source = why::managed_not_begun().into();
            Err(ChannelError::Unavailable { instance: instance(), channel: CHANNEL, source })
        }
        Err(ArmError::Stopped) => Err(unknown(why::run_stopped().into())),
        Err(error) => Err(unknown(Cause::of(error))),
    }
}

/// Where a VM is: a command is made there, too.
async fn location(
    client: &Client,
    vm: &ArmId,
    stop: &CancellationToken,
) -> Result<String, ArmError> {
    let vm: Vm = client.call(&Ask::get(&vm.path, COMPUTE), stop).await?.read()?;
    Ok(vm.location)
}

/// Takes away what was left of runs that are over, and waits for one of ours that still runs: it may change what we are about
/// to look at. Other people's run beside ours.
async fn alone(
    client: &Client,
    vm: &ArmId,
    within: Duration,
    stop: &CancellationToken,
) -> Result<(), ArmError> {
    let list = format!("{}/runCommands", vm.path);
    let look = format!("{list}?$expand=instanceView");
    let began = Instant::now();
    loop {
        let page: Page<Named> = client.call(&Ask::get(&look, COMPUTE), stop).await?.read()?;
        let mut runs = false;
        for one in page.value {
            let Some(ours) = Ours::of(&one.name) else { continue };
            let is_ended = one.properties.is_ended();
            if ours.is_old() || (is_ended && ours.is_left(&one.name, client)) {
                let path = format!("{list}/{}", one.name);
                match client.call(&Ask::delete(&path, COMPUTE), stop).await {
                    Err(error) if !error.is_missing() => return Err(error),
                    Ok(_) | Err(_) => gone(client, &path).await,
                }
            } else {
                runs |= !is_ended;
            }
        }
        if !runs || began.elapsed() > within {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(SLOWEST) => {}
            () = stop.cancelled() => return Err(ArmError::Stopped),
        }
    }
}

/// Enters a command before it is made.
async fn enter(client: &Client, target: &GuestTarget, path: &str) -> Result<(), ChannelError> {
    let Some(calls) = &client.for_a_call else { return Ok(()) };
    let (instance, id) = (target.instance.clone(), ResourceId::new(path));
    let entered = calls.enter(&instance, CreatedKind::RunCommand, &id).await;
    entered.map_err(|error| ChannelError::Unavailable {
        instance,
        channel: CHANNEL,
        source: why::not_on_record(told(&error)).into(),
    })
}

/// It is there no more. Where that cannot be written down, whoever looks for it finds that it is gone.
async fn gone(client: &Client, path: &str) {
    let Some(calls) = &client.for_a_call else { return };
    if let Err(error) = calls.gone(CreatedKind::RunCommand, &ResourceId::new(path)).await {
        tracing::debug!(%error, "a managed command stays on record");
    }
}

/// What became of it, once it is over.
async fn ended(
    client: &Client,
    path: &str,
    within: Duration,
    stop: &CancellationToken,
) -> Result<Ran, ArmError> {
    let look = format!("{path}?$expand=instanceView");
    let (began, mut pause) = (Instant::now(), FIRST);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return Err(ArmError::Stopped),
        }
        pause = (pause * 8 / 5).min(SLOWEST);
        let seen: Resource<Managed> = client.call(&Ask::get(&look, COMPUTE), stop).await?.read()?;
        if seen.properties.is_ended() {
            return Ok(seen.properties.instance_view);
        }
        if began.elapsed() > within {
            return Err(ArmError::Unfinished {
                action: "PUT runCommands".to_owned(),
                waited: within,
            });
        }
    }
}
