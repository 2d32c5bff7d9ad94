//! Scripts over `WinRM`, many guests side by side.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream;
use rdpctl_contract::Leave;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::secret::{Secret, SecretRef};
use rdpctl_model::tariff::{ChannelTariff, Cost, TripCost};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::account::Accounts;
use super::endpoint::{Endpoint, LogOn};
use super::failure::Failure;
use super::limits::Limits;
use super::line::for_service;
use super::worker::{Job, Workers};
use crate::channel::dialect::{Carrier, Load, RawReply};
use crate::channel::reported::Reported;
use crate::channel::why::say;
use crate::secret::Vault;
use rdpctl_model::Said;

/// The most output of all guests of one call together, as far as [`FEWEST`] lets it be kept.
const MOST_TOGETHER: usize = 128 * 1024 * 1024;
/// What one guest may print at least: several times what an honest one does.
const FEWEST: usize = 512 * 1024;
/// What one guest may print at most.
const MOST: usize = 16 * 1024 * 1024;
/// Jobs that are prepared ahead of the places for them.
const AHEAD: usize = 64;

/// The carrier over `WinRM`.
///
/// Dropping it ends the runs under way: their commands are told to end and their shells are closed, which may take
/// as long as ten seconds when a host does not answer.
pub struct Winrm {
    workers: Workers,
    accounts: Accounts,
    vault: Vault,
    in_flight: usize,
    sent: Arc<AtomicU64>,
    reported: Reported,
}

impl Winrm {
    /// Starts the channel's threads. Passwords are read out of this vault.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start(limits: Limits, vault: Vault) -> io::Result<Self> {
        let sent = Arc::new(AtomicU64::new(0));
        let limits = Limits { in_flight: limits.in_flight.clamp(1, 128), ..limits };
        let workers = Workers::start(limits, &sent)?;
        let in_flight = limits.in_flight;
        let accounts = Accounts::new();
        Ok(Self { workers, accounts, vault, in_flight, sent, reported: Reported::default() })
    }

    /// Takes a certificate for a guest's own that nothing declared vouches for, where its agent reported it.
    #[must_use]
    pub fn believing(self, reported: &Reported) -> Self {
        Self { reported: reported.clone(), ..self }
    }

    /// Requests sent so far, whoever sent them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    async fn carry_one(
        &self,
        target: &GuestTarget,
        ready: &Ready,
        secrets: &Secrets,
        stop: &CancellationToken,
    ) -> Result<RawReply, ChannelError> {
        let gone = self.try_one(target, ready, secrets, stop).await;
        gone.map_err(|failure| failure.of(&target.instance))
    }

    async fn try_one(
        &self,
        target: &GuestTarget,
        ready: &Ready,
        secrets: &Secrets,
        stop: &CancellationToken,
    ) -> Result<RawReply, Failure> {
        if stop.is_cancelled() {
            return Err(Failure::Stopped);
        }
        let lines = ready.lines.clone().map_err(Failure::Unavailable)?;
        let endpoint = Endpoint { reported: self.reported.of(target), ..Endpoint::of(target)? };
        let secret = match (&endpoint.way.log_on, &target.access.password) {
            (LogOn::Certificate { .. } | LogOn::Kerberos, _) => Secret::new(String::new()),
            (LogOn::Ntlm { .. } | LogOn::Basic { .. }, Some(reference)) => secrets.of(reference)?,
            (LogOn::Ntlm { .. } | LogOn::Basic { .. }, None) => {
                return Err(Failure::Unavailable(say::no_password()));
            }
        };
        let account = self.accounts.of(&endpoint.way.log_on, secret.expose());
        let (answer, reply) = oneshot::channel();
        let Ready { within, most, .. } = *ready;
        let job = Job {
            endpoint,
            account,
            secret,
            lines,
            within,
            most,
            stop: stop.clone(),
            leave: Leave::here(),
            answer,
        };
        self.workers.hand_over(job).await.map_err(|_| Failure::Stopped)?;
        // A worker that vanished with the job cannot say how far it came.
        reply.await.unwrap_or_else(|_| Err(Failure::OutcomeUnknown(say::broke_down())))
    }
}

const SCRIPT: TripCost =
    TripCost { trips: Cost::each(1), calls: Cost { batch: 0, per_batch: 0, each: 0 }, seconds: 3 };
/// What `WinRM` costs: the same for every guest, whatever is asked.
pub const TARIFF: ChannelTariff = ChannelTariff { look: SCRIPT, change: SCRIPT };

#[async_trait]
impl Carrier for Winrm {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Winrm
    }

    fn form(&self) -> Form {
        Form::Lines
    }

    async fn carry(
        &self,
        loads: Vec<Load>,
        stop: &CancellationToken,
    ) -> Vec<Vec<Result<RawReply, ChannelError>>> {
        let secrets = Secrets::resolve(&self.vault, &loads).await;
        let guests: usize = loads.iter().map(|load| load.targets.len()).sum();
        let most = (MOST_TOGETHER / guests.max(1)).clamp(FEWEST, MOST);
        let ready: Vec<Ready> = loads.iter().map(|load| Ready::of(load, most)).collect();
        let mut replies: Vec<Vec<Option<Result<RawReply, ChannelError>>>> =
            loads.iter().map(|load| load.targets.iter().map(|_| None).collect()).collect();
        let mut places: Vec<(usize, usize)> = Vec::new();
        for (load, it) in loads.iter().enumerate() {
            places.extend((0..it.targets.len()).map(|place| (load, place)));
        }
        let (loads, ready, secrets) = (&loads, &ready, &secrets);
        let mut running = stream::iter(places)
            .map(|(load, place)| async move {
                (
                    load,
                    place,
                    self.carry_one(&loads[load].targets[place], &ready[load], secrets, stop).await,
                )
            })
            .buffer_unordered(self.in_flight + AHEAD);
        while let Some((load, place, reply)) = running.next().await {
            replies[load][place] = Some(reply);
        }
        drop(running);
        let unanswered = |reply: Option<_>| reply.unwrap_or(Err(ChannelError::Stopped));
        replies.into_iter().map(|load| load.into_iter().map(unanswered).collect()).collect()
    }

    fn tariff(&self) -> ChannelTariff {
        TARIFF
    }

    fn guests_per_trip(&self) -> usize {
        1
    }
}

/// A load's lines as they are sent, or why they cannot be.
struct Ready {
    lines: Result<Arc<[String]>, Said>,
    within: Duration,
    most: usize,
}

impl Ready {
    fn of(load: &Load, most: usize) -> Self {
        let lines = match load.script.as_ref() {
            Script::Lines(lines) => lines
                .iter()
                .map(|line| for_service(line).map_err(|error| Said::quoted(error.to_string())))
                .collect(),
            Script::File(_) | Script::Registered(_) => Err(say::lines_only()),
        };
        Self { lines, within: load.within, most }
    }
}

/// The secrets of one call, each asked for once.
struct Secrets(BTreeMap<SecretRef, Result<Secret, Said>>);

impl Secrets {
    async fn resolve(vault: &Vault, loads: &[Load]) -> Self {
        let mut found = BTreeMap::new();
        for reference in loads
            .iter()
            .flat_map(|load| &load.targets)
            .filter_map(|target| target.access.password.as_ref())
        {
            if !found.contains_key(reference) {
                let secret = vault.resolve(reference).await.map_err(|error| error.said());
                found.insert(reference.clone(), secret);
            }
        }
        Self(found)
    }

    fn of(&self, reference: &SecretRef) -> Result<Secret, Failure> {
        match self.0.get(reference) {
            Some(Ok(secret)) => Ok(secret.clone()),
            Some(Err(why)) => Err(Failure::Unavailable(why.clone())),
            None => Err(Failure::Unavailable(say::secret_not_asked(reference.to_string()))),
        }
    }
}
