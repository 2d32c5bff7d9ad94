//! The same way into guests in its managed form: a resource of the VM under a name of ours, with its own word on what became
//! of it. Several run beside each other, and another permission allows them.
//!
//! What is left of a run that was cut off bears its time in its name, so that the next one on that VM knows it and takes it
//! away. Since the name is ours, a run whose beginning was answered by nobody is looked for instead of begun again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::Cause;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::arm::{Page, Resource, Vm};
use super::client::{Ask, COMPUTE, Client};
use super::error::ArmError;
use super::id::ArmId;
use super::pace::Kind;
use super::refused::{CHANNEL, GRACE, refused};
use crate::channel::dialect::RawReply;
use crate::channel::why::say as why;

/// What the names of ours begin with; the second of the beginning follows, and what makes it the only one.
const OURS: &str = "rdpctl-";

/// The first look comes after this, each next one later.
const FIRST: Duration = Duration::from_millis(250);

/// Looks are never further apart.
const SLOWEST: Duration = Duration::from_secs(5);

/// Whatever began before this is over, whoever began it.
const OVER: SignedDuration = SignedDuration::from_hours(2);

/// The part of a managed command that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Managed {
    instance_view: Ran,
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
    let name = format!("{OURS}{}-{}", Timestamp::now().as_second(), uuid::Uuid::new_v4().simple());
    let path = format!("{}/runCommands/{name}", vm.path);
    let body = json!({
        "location": location,
        "properties": {
            "source": { "script": script },
            "asyncExecution": true,
            "timeoutInSeconds": within.as_secs().clamp(60, 5400),
        },
    });
    let ask = Ask { kind: Kind::Once, ..Ask::put(&path, COMPUTE, &body) };
    let began = client.call(&ask, stop).await;
    let answer = match began {
        // It may have begun all the same; whether it has is looked for.
        Ok(_) | Err(ArmError::Lost { .. } | ArmError::Refused { status: 500.., .. }) => {
            ended(client, &path, within + GRACE, stop).await
        }
        Err(error) => return Err(refused(error)),
    };
    // Whether we are stopped or not: what is left would run on, or lie there.
    let gone = client.call(&Ask::delete(&path, COMPUTE), &CancellationToken::new()).await;
    if let Err(error) = gone.map_err(|error| error.of_any(&vm.name)) {
        tracing::warn!(%error, "a managed command was left; the next one on that VM takes it away");
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
        Err(ArmError::Refused { status: 404, .. }) => {
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
        let now = Timestamp::now();
        let mut runs = false;
        for left in page.value.into_iter().filter(|one| began_at(&one.name).is_some()) {
            if began_at(&left.name).is_some_and(|began| began + OVER < now) {
                let path = format!("{list}/{}", left.name);
                match client.call(&Ask::delete(&path, COMPUTE), stop).await {
                    Err(error) if !error.is_missing() => return Err(error),
                    Ok(_) | Err(_) => {}
                }
            } else {
                runs |= !is_ended(&left.properties.instance_view);
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

/// When a run of that name began, where it is one of ours.
fn began_at(name: &str) -> Option<Timestamp> {
    let (began, only) = name.strip_prefix(OURS)?.split_once('-')?;
    let is_plain = only.len() == 32 && only.bytes().all(|byte| byte.is_ascii_hexdigit());
    Timestamp::from_second(began.parse().ok()?).ok().filter(|_| is_plain)
}

fn is_ended(ran: &Ran) -> bool {
    !matches!(ran.execution_state.as_str(), "" | "Unknown" | "Pending" | "Running")
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
        let ran = seen.properties.instance_view;
        if is_ended(&ran) {
            return Ok(ran);
        }
        if began.elapsed() > within {
            return Err(ArmError::Unfinished {
                action: "PUT runCommands".to_owned(),
                waited: within,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_is_known_by_its_name() {
        let id = "0123456789abcdef0123456789abcdef";
        for (name, expected) in [
            (format!("rdpctl-1799990000-{id}"), Some(1_799_990_000)),
            (format!("rdpctl-soon-{id}"), None),
            ("rdpctl-1-somebodys".to_owned(), None),
            ("backup".to_owned(), None),
        ] {
            assert_eq!(began_at(&name).map(Timestamp::as_second), expected, "{name}");
        }
    }
}
