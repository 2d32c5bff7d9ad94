//! What a console does without anybody logging on: it says who the machine is, and starts it anew.
//!
//! It is what is left where no command channel opens. Whether a machine was started anew is never taken from the order:
//! the console's own word on how long it is up decides.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::sac::{clock, identity};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, Stage};
use super::lines::Lines;
use super::log_on::{answered, attach};
use super::talk::Talk;
use crate::channel::why::say;

/// How long one question may take.
const QUESTION: Duration = Duration::from_secs(30);
/// How long a machine may take to start anew: as long as a restart from within may.
const BOOT: Duration = Duration::from_mins(15);
/// The pause between looks while it starts.
const PAUSE: Duration = Duration::from_secs(3);
/// By how much its count of seconds and ours may differ.
const SLACK: Duration = Duration::from_secs(2);

/// What a console says of its machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its name, as it says; untrusted text.
    pub name: String,
    /// How long ago it started.
    pub up: Duration,
    /// Its clock in universal time; nothing where that was not understood.
    pub clock: Option<jiff::civil::DateTime>,
}

/// How a machine is started anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anew {
    /// By the console's `restart`: at once, without a question.
    Restart,
    /// By an interrupt that Windows cannot mask: it writes a dump, where it is set up to, and starts anew.
    Interrupt,
}

/// A machine's console, met over lines.
pub struct Console(Arc<dyn Lines>);

/// When a machine was heard, and what it said.
type Before = Option<(Instant, Heard)>;

impl Console {
    /// Over those lines.
    #[must_use]
    pub fn new(lines: Arc<dyn Lines>) -> Self {
        Self(lines)
    }

    /// Asks who is there, since when, and what time it has.
    pub async fn ask(
        &self,
        target: &GuestTarget,
        stop: &CancellationToken,
    ) -> Result<Heard, ChannelError> {
        let mut talk = self.line(target).await?;
        let heard = tokio::select! {
            heard = hear(&mut talk) => heard,
            () = stop.cancelled() => Err(Failure::Stopped),
        };
        heard.map_err(|failure| failure.of(&target.instance, Stage::Before))
    }

    /// Starts the machine anew, and waits until it says that it was. An interrupt is for a machine that may say nothing
    /// any more; a restart is not ordered of one that does not answer.
    pub async fn start_anew(
        &self,
        target: &GuestTarget,
        how: Anew,
        stop: &CancellationToken,
    ) -> Result<Heard, ChannelError> {
        let mut talk = self.line(target).await?;
        let mut stage = Stage::Before;
        let ordered = async {
            let before = match hear(&mut talk).await {
                Ok(heard) => Some((Instant::now(), heard)),
                Err(Failure::NoConsole | Failure::Late(_)) if how == Anew::Interrupt => None,
                Err(failure) => return Err(failure),
            };
            order(&mut talk, how, &mut stage).await?;
            Ok(before)
        };
        let before = tokio::select! {
            before = ordered => before,
            () = stop.cancelled() => Err(Failure::Stopped),
        };
        let before = before.map_err(|failure| failure.of(&target.instance, stage))?;
        let back = tokio::select! {
            back = self.back(target, talk, &before) => back,
            () = stop.cancelled() => Err(Failure::Stopped),
        };
        back.map_err(|failure| failure.of(&target.instance, Stage::Entered))
    }

    async fn line(&self, target: &GuestTarget) -> Result<Talk, ChannelError> {
        Ok(Talk::new(self.0.open(target).await?, QUESTION))
    }

    /// Waits until it answers with less time than it would have by now. A line that broke is opened again.
    async fn back(
        &self,
        target: &GuestTarget,
        talk: Talk,
        before: &Before,
    ) -> Result<Heard, Failure> {
        let ordered = Instant::now();
        let mut talk = Some(talk);
        while ordered.elapsed() < BOOT {
            if talk.is_none() {
                talk = self.line(target).await.ok();
            }
            if let Some(line) = &mut talk {
                line.grant(QUESTION);
                match hear(line).await {
                    Ok(heard) if is_new(&heard, before, ordered) => return Ok(heard),
                    Ok(_) | Err(Failure::NoConsole | Failure::Late(_) | Failure::Echo) => {}
                    Err(_) => talk = None,
                }
            }
            sleep(PAUSE).await;
        }
        Err(Failure::Late("word of a new start"))
    }
}

/// Whether it was started since: by what it said before where it said anything, by the order itself where it did not.
fn is_new(heard: &Heard, before: &Before, ordered: Instant) -> bool {
    match before {
        Some((at, before)) => heard.up + SLACK < before.up + at.elapsed(),
        None => heard.up <= ordered.elapsed() + SLACK,
    }
}

async fn hear(talk: &mut Talk) -> Result<Heard, Failure> {
    attach(talk).await?;
    talk.enter("id").await?;
    let who = answered(talk, identity).await?.ok_or(Failure::Late("answer to `id`"))?;
    let up = who.since_boot().ok_or(Failure::Late("answer to `id`"))?;
    attach(talk).await?;
    talk.enter("s").await?;
    // Who has no clock to tell has told enough.
    let clock = answered(talk, clock).await?;
    Ok(Heard { name: who.name, up, clock })
}

async fn order(talk: &mut Talk, how: Anew, stage: &mut Stage) -> Result<(), Failure> {
    match how {
        Anew::Restart => {
            attach(talk).await?;
            talk.type_line("restart").await?;
            *stage = Stage::Entered;
            talk.send("\r").await
        }
        Anew::Interrupt => {
            *stage = Stage::Entered;
            talk.interrupt().await.map_err(|error| {
                let kind = error.kind();
                let why = if kind == std::io::ErrorKind::Unsupported {
                    say::no_interrupt()
                } else if kind == std::io::ErrorKind::PermissionDenied {
                    say::interrupt_refused(error.to_string())
                } else {
                    return Failure::Lost(error);
                };
                *stage = Stage::Before;
                Failure::Unavailable(why)
            })
        }
    }
}
