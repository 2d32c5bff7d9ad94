//! Scripts over serial consoles: one session for one script, machines side by side.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::Leave;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::frame::Nonce;
use rdpctl_guest::sac::Typing;
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::secret::Secret;
use rdpctl_model::tariff::ChannelTariff;
use tokio_util::sync::CancellationToken;

use super::console::{Anew, Console};
use super::exchange::exchange;
use super::failure::{Failure, Stage};
use super::hand::Hand;
use super::lines::Lines;
use super::log_on::{Answer, Who, attach, leave, log_on, open};
use super::talk::Talk;
use crate::channel::dialect::{Carrier, Load, RawReply};
use crate::channel::each::each;
use crate::channel::why::say;
use crate::channel::winrm::account::Accounts;
use crate::channel::winrm::endpoint::LogOn;
use crate::channel::winrm::failure::Failure as Held;
use crate::secret::Vault;
use rdpctl_model::Said;

/// Consoles that are worked on at once.
const SIDE_BY_SIDE: usize = 32;

/// How long attaching and logging on may take beyond a script's own time.
const APPROACH: Duration = Duration::from_mins(2);

/// The carrier over serial consoles.
pub struct Serial<L> {
    lines: Arc<L>,
    vault: Vault,
    accounts: Accounts,
}

impl<L: Lines> Serial<L> {
    /// Speaks over those lines; passwords are read out of this vault.
    #[must_use]
    pub fn new(lines: L, vault: Vault) -> Self {
        Self { lines: Arc::new(lines), vault, accounts: Accounts::new() }
    }

    async fn run(
        &self,
        target: &GuestTarget,
        script: &Script,
        within: Duration,
        stop: &CancellationToken,
    ) -> Result<RawReply, ChannelError> {
        let refused = |failure: Failure| failure.of(&target.instance, Stage::Before);
        let unavailable = |why: Said| refused(Failure::Unavailable(why));
        let Script::File(file) = script else {
            return Err(unavailable(say::files_only()));
        };
        let (Some(user), Some(reference)) = (&target.access.user, &target.access.password) else {
            return Err(unavailable(say::no_account()));
        };
        let secret = self.vault.resolve(reference).await;
        let secret = secret.map_err(|error| unavailable(error.said()))?;
        if !Leave::here().holds().await {
            return Err(ChannelError::Stopped);
        }
        let wire = self.lines.open(target).await?;
        let mut session = Session {
            talk: Talk::new(wire, APPROACH + within),
            typing: Typing::new(Nonce::from_number(uuid::Uuid::new_v4().as_fields().0)),
            channel: None,
            hand: None,
            stage: Stage::Before,
        };
        let host = target.id.as_str();
        let outcome = tokio::select! {
            outcome = session.run(&self.accounts, (user, &secret), host, file, within) => outcome,
            () = stop.cancelled() => Err(Failure::Stopped),
        };
        session.end().await;
        match outcome {
            Ok(stdout) => Ok(RawReply { stdout, ..RawReply::default() }),
            Err(failure) => Err(failure.of(&target.instance, session.stage)),
        }
    }
}

/// One session on one line.
struct Session {
    talk: Talk,
    typing: Typing,
    /// The channel that is ours.
    channel: Option<String>,
    /// Who types, and has a folder to take away.
    hand: Option<Hand>,
    stage: Stage,
}

impl Session {
    async fn run(
        &mut self,
        accounts: &Accounts,
        (user, secret): (&str, &Secret),
        host: &str,
        file: &str,
        within: Duration,
    ) -> Result<Vec<u8>, Failure> {
        let (domain, name) = match user.split_once('\\') {
            Some((".", name)) => ("", name),
            Some((domain, name)) => (domain, name),
            None => ("", user),
        };
        let as_whom = LogOn::Ntlm { user: name.to_owned(), domain: domain.to_owned() };
        let account = accounts.of(&as_whom, secret.expose());
        let held = |held: Held| match held {
            Held::Refused(why)
            | Held::Unreachable(why)
            | Held::Untrusted(why)
            | Held::Quota(why)
            | Held::Unavailable(why)
            | Held::OutcomeUnknown(why) => Failure::Refused(why),
            Held::Stopped => Failure::Stopped,
        };
        attach(&mut self.talk).await?;
        let channel = open(&mut self.talk).await?;
        self.channel = Some(channel.clone());
        let turn = account.turn(host).await.map_err(held)?;
        match log_on(&mut self.talk, &channel, &Who { user: name, domain, secret }).await? {
            Answer::In => account.accepted(),
            Answer::Refused => {
                account.refused(host).map_err(held)?;
                return Err(Failure::Refused(say::wrong_password()));
            }
        }
        drop(turn);
        let hand = Hand::begin(&mut self.talk, &mut self.typing).await?;
        let hand = self.hand.insert(hand);
        exchange(&mut self.talk, &mut self.typing, hand, file, within, &mut self.stage).await
    }

    /// Closes what was opened, in bounded time.
    async fn end(&mut self) {
        leave(&mut self.talk, self.channel.as_deref(), &self.typing, self.hand.as_mut()).await;
    }
}

#[async_trait]
impl<L: Lines + 'static> Carrier for Serial<L> {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Serial
    }

    fn form(&self) -> Form {
        Form::File
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

    /// By the console's own word, which needs no log-on: what is left where it opens no channel for commands.
    async fn start_anew(
        &self,
        target: &GuestTarget,
        stop: &CancellationToken,
    ) -> Option<Result<(), ChannelError>> {
        if !Leave::here().holds().await {
            return Some(Err(ChannelError::Stopped));
        }
        let console = Console::new(Arc::clone(&self.lines) as Arc<dyn Lines>);
        Some(console.start_anew(target, Anew::Restart, stop).await.map(|_| ()))
    }

    fn tariff(&self) -> ChannelTariff {
        self.lines.tariff()
    }

    fn guests_per_trip(&self) -> usize {
        1
    }
}
