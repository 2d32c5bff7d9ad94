//! The way into a guest that does not run: its disk, as it is declared. The same questions and actions as over every
//! channel; an order is one change, kept whole before anything is written.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_contract::Leave;
use rdpctl_contract::channel::{Ask, Channel, ChannelError, CheckAsk, Finding, GuestTarget, Order};
use rdpctl_disk::blocks::Open;
use rdpctl_disk::change::Standing;
use rdpctl_disk::table::Table;
use rdpctl_disk::windows::Disk;
use rdpctl_disk::{Access, Error, Refusal};
use rdpctl_guest::check::Seen;
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::tariff::{ChannelTariff, Cost, TripCost};
use rdpctl_model::{Action, GuestAction, Said};
use rdpctl_offline::{self as offline, Done, Repair, spelled};
use tokio_util::sync::CancellationToken;

use super::prepare::now;
use super::{Journal, Opened, open};
use crate::error::CliError;
use crate::report::words;

/// Opening a disk and reading it is one trip.
const TRIP: TripCost = TripCost { trips: Cost::each(1), calls: Cost::each(0), seconds: 2 };
/// What it costs.
pub(crate) const TARIFF: ChannelTariff = ChannelTariff { look: TRIP, change: TRIP };

/// The disks of machines that are declared with one.
pub(crate) struct DiskChannel {
    /// Where changes are kept: beside the state.
    pub(crate) kept: PathBuf,
}

#[async_trait]
impl Channel for DiskChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Offline
    }

    async fn answer(
        &self,
        asks: Vec<Ask>,
        _: &CancellationToken,
    ) -> Vec<Result<GuestSurvey, ChannelError>> {
        let mut answers = Vec::new();
        for Ask { target, questions, .. } in asks {
            let look = move |target: &GuestTarget| {
                let blocks = opened(target, Open::Look)?;
                let disk = Disk::open(&*blocks)?;
                let installation = disk.installation(target.access.installation)?;
                Ok(offline::look(&disk, &installation, questions.pinned.as_deref())?.guest)
            };
            answers.push(looked(target, look).await);
        }
        answers
    }

    async fn check(
        &self,
        asks: Vec<CheckAsk>,
        _: &CancellationToken,
    ) -> Vec<Result<Vec<Finding>, ChannelError>> {
        let mut answers = Vec::new();
        for ask in asks {
            let look = move |target: &GuestTarget| {
                let blocks = opened(target, Open::Look)?;
                let disk = Disk::open(&*blocks)?;
                let installation = disk.installation(target.access.installation)?;
                Ok(offline::check(&disk, &installation, &ask.checks)?
                    .into_iter()
                    .map(finding)
                    .collect())
            };
            answers.push(looked(ask.target, look).await);
        }
        answers
    }

    async fn perform(
        &self,
        orders: Vec<Order>,
        _: &CancellationToken,
    ) -> Vec<Result<Vec<Receipt>, ChannelError>> {
        let mut answers = Vec::new();
        for order in orders {
            if !Leave::here().holds().await {
                answers.push(Err(ChannelError::Stopped));
                continue;
            }
            let instance = order.target.instance.clone();
            let folder = self.kept.clone();
            let done = tokio::task::spawn_blocking(move || perform(&order, &folder)).await;
            answers.push(done.unwrap_or_else(|error| {
                let channel = ChannelKind::Offline;
                let source = Said::quoted(error.to_string()).into();
                Err(ChannelError::OutcomeUnknown { instance, channel, source })
            }));
        }
        answers
    }

    fn describe(&self, action: &GuestAction) -> Vec<String> {
        vec![format!("rem on its disk: {}", words::action(&Action::Guest(action.clone())))]
    }

    fn tariff(&self) -> ChannelTariff {
        TARIFF
    }

    fn guests_per_trip(&self) -> usize {
        1
    }
}

fn finding(seen: Seen) -> Finding {
    match seen {
        Seen::Holds => Finding::Holds,
        Seen::Differs(found) => Finding::Differs(found),
        Seen::Unknown(gap) => Finding::Unknown(gap),
    }
}

/// A look, where nothing else waits for it.
async fn looked<T: Send + 'static>(
    target: GuestTarget,
    look: impl FnOnce(&GuestTarget) -> Result<T, Error> + Send + 'static,
) -> Result<T, ChannelError> {
    let asked = target.clone();
    let looked = tokio::task::spawn_blocking(move || look(&asked)).await;
    let looked = looked.unwrap_or_else(|error| {
        Err(Error::Io { access: Access::Read, at: 0, source: std::io::Error::other(error) })
    });
    looked.map_err(|error| unreachable(&target, &error))
}

fn opened(target: &GuestTarget, purpose: Open) -> Result<Opened, Error> {
    open(declared(target)?, purpose)
}

fn declared(target: &GuestTarget) -> Result<&Path, Error> {
    target.access.disk.as_deref().ok_or_else(|| {
        let none = std::io::Error::other("no disk is declared");
        Error::Io { access: Access::Open, at: 0, source: none }
    })
}

/// Nothing was written.
fn unreachable(target: &GuestTarget, error: &Error) -> ChannelError {
    let source = spelled::with_way_out(error).into();
    let (instance, channel) = (target.instance.clone(), ChannelKind::Offline);
    ChannelError::Unreachable { instance, channel, source }
}

/// What is put into one change, and where it ended.
struct Made {
    dones: Vec<Done>,
    failed: Option<Error>,
}

fn perform(order: &Order, folder: &Path) -> Result<Vec<Receipt>, ChannelError> {
    let target = &order.target;
    let before = |error: Error| unreachable(target, &error);
    let path: PathBuf = declared(target).map_err(before)?.to_owned();
    let mut blocks = open(&path, Open::Change).map_err(before)?;
    let identity = Table::read(&*blocks).map_err(before)?.identity;
    let kept = Journal::of(identity, Some(folder)).map_err(|error| refused(target, &error))?;
    finish(&mut blocks, &kept, target)?;
    let disk = Disk::open(&*blocks).map_err(before)?;
    let installation = disk.installation(target.access.installation).map_err(before)?;
    let mut repair = Repair::open(&disk, &installation, now()).map_err(before)?;
    let mut made = take(&mut repair, &order.actions);
    if made.failed.is_some() {
        // An edit that stopped in the middle leaves its hive in pieces: what stands before it is made anew.
        repair = Repair::open(&disk, &installation, now()).map_err(before)?;
        let failed = made.failed.take();
        made = take(&mut repair, &order.actions[..made.dones.len()]);
        made.failed = failed;
    }
    let touched = repair.touched().map_err(before)?;
    let change = repair.change().map_err(before)?;
    drop(disk);
    let mut note = say::next_start();
    if !change.is_empty() {
        let run = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ").to_string().replace('.', "-");
        kept.keep(&run, &change, &touched).map_err(|error| refused(target, &error))?;
        change.apply(&mut *blocks).map_err(|error| ChannelError::OutcomeUnknown {
            instance: target.instance.clone(),
            channel: ChannelKind::Offline,
            source: say::next_apply_finishes(spelled::error(&error), &*run).into(),
        })?;
        let (disk, folder) = (path.display(), folder.display());
        note = say::undo_takes_back(&*run, disk.to_string(), folder.to_string());
    }
    read_back(&blocks, order, &made.dones)?;
    let receipts = made.dones.iter().map(|_| Receipt { note: note.clone(), ..Receipt::default() });
    match made.failed {
        None => Ok(receipts.collect()),
        Some(error) => {
            let place = made.dones.len();
            let command = order.actions.get(place).map(|action| Action::Guest(action.clone()));
            Err(ChannelError::Failed {
                instance: target.instance.clone(),
                command: command.map(|action| words::action(&action)).unwrap_or_default(),
                exit: 1,
                action: place,
                advice: spelled::with_way_out(&error),
            })
        }
    }
}

/// Asks the disk itself whether what was edited is there.
fn read_back(blocks: &Opened, order: &Order, dones: &[Done]) -> Result<(), ChannelError> {
    let target = &order.target;
    let unknown = |error: Error| ChannelError::OutcomeUnknown {
        instance: target.instance.clone(),
        channel: ChannelKind::Offline,
        source: say::written_unread(spelled::error(&error)).into(),
    };
    let disk = Disk::open(&**blocks).map_err(unknown)?;
    let installation = disk.installation(target.access.installation).map_err(unknown)?;
    for (place, (action, done)) in order.actions.iter().zip(dones).enumerate() {
        if *done == Done::AtStart {
            continue;
        }
        let why = match offline::written(&disk, &installation, action).map_err(unknown)? {
            Seen::Holds => continue,
            Seen::Differs(found) => found,
            Seen::Unknown(gap) => gap.said(),
        };
        return Err(ChannelError::Failed {
            instance: target.instance.clone(),
            command: words::action(&Action::Guest(action.clone())),
            exit: 1,
            action: place,
            advice: say::not_shown(why),
        });
    }
    Ok(())
}

/// Takes actions up to the first that is refused.
fn take(repair: &mut Repair<'_, '_>, actions: &[GuestAction]) -> Made {
    let mut dones = Vec::new();
    for action in actions {
        match repair.take(action) {
            Ok(done) => dones.push(done),
            Err(error) => return Made { dones, failed: Some(error) },
        }
    }
    Made { dones, failed: None }
}

/// A run that was cut off is finished before anything else is begun.
fn finish(blocks: &mut Opened, kept: &Journal, target: &GuestTarget) -> Result<(), ChannelError> {
    let all = kept.kept().map_err(|error| refused(target, &error))?;
    let Some(last) = all.last() else { return Ok(()) };
    match last.change.standing(&**blocks) {
        Ok(Standing::Between) => {
            last.change.finish(&mut **blocks).map_err(|error| unreachable(target, &error))
        }
        Ok(Standing::Before | Standing::After | Standing::Foreign { .. }) => Ok(()),
        Err(error) if error.refusal() == Some(&Refusal::OtherDisk) => Ok(()),
        Err(error) => Err(unreachable(target, &error)),
    }
}

/// The change could not be kept, so that nothing was written.
fn refused(target: &GuestTarget, why: &CliError) -> ChannelError {
    let (instance, channel) = (target.instance.clone(), ChannelKind::Offline);
    ChannelError::Unreachable { instance, channel, source: Said::quoted(why.message()).into() }
}

rdpctl_model::says! { "disk":
    written_unread(error);
    not_shown(why);
    next_start();
    undo_takes_back(run, disk, folder);
    next_apply_finishes(error, run);
}
