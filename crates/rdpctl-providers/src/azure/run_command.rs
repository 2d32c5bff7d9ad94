//! The cloud's own way into guests, in its plain form: a script that carries a command file, one at a time in a guest,
//! of whose two streams the ends come back.
//!
//! The vendor says "succeeded" of a script that failed, so that only what the frames say counts. A run cannot be named
//! by us, so it is never begun twice: when the answer to its beginning is lost, so is the run.
//!
//! Where the role does not allow it, or somebody's script holds it for long, the managed form does the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::Cause;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::tariff::ChannelTariff;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::arm::Streams;
use super::client::{Ask, COMPUTE, Client};
use super::error::ArmError;
use super::id::ArmId;
use super::managed_command;
use super::pace::Kind;
use super::refused::{CHANNEL, GRACE, refused};
use super::tariff::RUN_COMMAND;
use crate::channel::dialect::{Carrier, Load, RawReply};
use crate::channel::each::each;
use crate::channel::why::say as why;

/// How much of a stream comes back: its end.
const KEPT: usize = 4_096;

/// Guests that are worked on at once.
const SIDE_BY_SIDE: usize = 100;

/// How often it is looked whether another script has ended.
const LOOK: Duration = Duration::from_secs(5);

/// How long another script is waited for, before ours goes beside it: one that asks somebody something never ends.
const HELD: Duration = Duration::from_mins(2);

/// Carries command files through the agent of Azure.
#[derive(Debug)]
pub struct RunCommand {
    client: Arc<Client>,
    /// Which forms the role turned out not to allow.
    denied: Denied,
}

#[derive(Debug, Default)]
struct Denied {
    plain: AtomicBool,
    managed: AtomicBool,
}

impl RunCommand {
    /// Carries over that client.
    #[must_use]
    pub fn new(client: Arc<Client>) -> Self {
        Self { client, denied: Denied::default() }
    }

    /// The managed form, unless the role is known not to allow it.
    async fn managed(
        &self,
        at: (&GuestTarget, &ArmId),
        script: &str,
        within: Duration,
        stop: &CancellationToken,
    ) -> Option<Result<RawReply, ChannelError>> {
        if self.denied.managed.load(Ordering::Relaxed) {
            return None;
        }
        let ran = managed_command::run(&self.client, at, script, within, stop).await;
        if matches!(ran, Err(ChannelError::Refused { .. })) {
            self.denied.managed.store(true, Ordering::Relaxed);
            return None;
        }
        Some(ran)
    }

    async fn run(
        &self,
        target: &GuestTarget,
        script: &Script,
        within: Duration,
        stop: &CancellationToken,
    ) -> Result<RawReply, ChannelError> {
        let instance = || target.instance.clone();
        let unavailable = |source: Cause| ChannelError::Unavailable {
            instance: instance(),
            channel: CHANNEL,
            source,
        };
        let unknown = |source: Cause| ChannelError::OutcomeUnknown {
            instance: instance(),
            channel: CHANNEL,
            source,
        };
        let Some(id) = ArmId::of(&target.id) else {
            return Err(unavailable(why::no_id_of_azure().into()));
        };
        let Script::File(file) = script else {
            return Err(unavailable(why::files_only().into()));
        };
        let script = envelope(file);
        if self.denied.plain.load(Ordering::Relaxed)
            && let Some(ran) = self.managed((target, &id), &script, within, stop).await
        {
            return ran;
        }
        let lines: Vec<&str> = script.lines().collect();
        let body = json!({ "commandId": "RunPowerShellScript", "script": lines });
        let path = format!("{}/runCommand", id.path);
        let ask = Ask { body: Some(&body), ..Ask::post(&path, COMPUTE, Kind::Once) };
        let began = Instant::now();
        let begun = loop {
            match self.client.call(&ask, stop).await {
                Ok(begun) => break begun,
                Err(error) if error.is_lack_of_right() => {
                    let ran = self.managed((target, &id), &script, within, stop).await;
                    let Some(ran) = ran else { return Err(refused(target, CHANNEL, error)) };
                    self.denied.plain.store(true, Ordering::Relaxed);
                    return ran;
                }
                Err(error) if error.is_busy() && began.elapsed() > HELD.min(within) => {
                    let ran = self.managed((target, &id), &script, within, stop).await;
                    return ran.unwrap_or_else(|| Err(refused(target, CHANNEL, error)));
                }
                // Another script runs in it: ours has not begun.
                Err(error) if error.is_busy() && began.elapsed() < within => {
                    tokio::select! {
                        () = tokio::time::sleep(LOOK) => {}
                        () = stop.cancelled() => return Err(ChannelError::Stopped),
                    }
                }
                Err(error) => return Err(refused(target, CHANNEL, error)),
            }
        };
        match self.client.follow(begun, within + GRACE, stop).await {
            Ok(Some(result)) => {
                let streams: Streams =
                    serde_json::from_value(result).map_err(|error| unknown(Cause::of(error)))?;
                Ok(reply(&streams))
            }
            Ok(None) => Err(unknown(why::no_result().into())),
            Err(ArmError::Stopped) => Err(unknown(why::run_stopped().into())),
            Err(error) => Err(unknown(Cause::of(error))),
        }
    }
}

/// The two streams in one: lines of a packed answer are numbered, and those of either count.
fn reply(streams: &Streams) -> RawReply {
    let stream = |name: &str| {
        let found = streams.value.iter().find(|stream| stream.code.contains(name));
        found.map(|stream| stream.message.clone().into_bytes()).unwrap_or_default()
    };
    RawReply { stdout: stream("StdOut"), stderr: stream("StdErr"), exit: None, dropped: 0 }
}

/// The script that carries a command file: into a folder that only SYSTEM and administrators may write to, run, and
/// gone. PowerShell is the carrier and nothing else; nothing is found by a search.
fn envelope(file: &str) -> String {
    let mut script = r#"$d = "$env:SystemRoot\rdpctl"
$s = "$env:SystemRoot\System32"
if (-not [IO.Directory]::Exists($d)) { [void][IO.Directory]::CreateDirectory($d); & "$s\icacls.exe" $d /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null }
$p = "$d\" + [Guid]::NewGuid().ToString('N') + '.cmd'
[IO.File]::WriteAllText($p, @'
"#
    .to_owned();
    script.push_str(&file.replace("\r\n", "\n"));
    if !script.ends_with('\n') {
        script.push('\n');
    }
    script.push_str(
        r#"'@.Replace("`r`n", "`n").Replace("`n", "`r`n"), [Text.Encoding]::ASCII)
try { & "$s\cmd.exe" /d /c $p } finally { [IO.File]::Delete($p) }
"#,
    );
    script
}

#[async_trait]
impl Carrier for RunCommand {
    fn kind(&self) -> ChannelKind {
        CHANNEL
    }

    fn form(&self) -> Form {
        Form::Packed { reply: KEPT }
    }

    async fn carry(
        &self,
        loads: Vec<Load>,
        stop: &CancellationToken,
    ) -> Vec<Vec<Result<RawReply, ChannelError>>> {
        let run = |target, script: Arc<Script>, within| async move {
            self.run(&target, &script, within, stop).await
        };
        each(loads, SIDE_BY_SIDE, stop, run).await
    }

    fn tariff(&self) -> ChannelTariff {
        RUN_COMMAND
    }

    fn guests_per_trip(&self) -> usize {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_holds_the_file_as_it_is_and_searches_for_nothing() {
        let script = envelope("@echo off\r\necho hi\r\n");
        assert!(script.contains("@'\n@echo off\necho hi\n'@"), "{script}");
        assert!(script.contains(r#"& "$s\cmd.exe" /d /c $p"#));
        assert!(!script.contains(r"\Temp"));
    }
}
