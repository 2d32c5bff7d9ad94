//! Orders over a transport: sent part by part, never twice, and told as receipts.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::channel::{ChannelError, GuestTarget, Order};
use rdpctl_guest::frame::Nonce;
use rdpctl_guest::perform::{Done, Failure, Performance, advice, describe};
use rdpctl_model::GuestAction;
use rdpctl_model::action::traits::Ways;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::outcome::Receipt;
use tokio_util::sync::CancellationToken;

use super::Carrier;
use super::exchange::{Job, exchange};
use super::group::grouped;
use super::say::{fresh_nonce, unanswered, unavailable, unknown};
use crate::channel::why::say as why;
use crate::said::say as done;
use rdpctl_model::Said;

/// One order for all the guests that are told exactly it.
struct Running {
    performance: Performance,
    nonce: Nonce,
    within: Duration,
    guests: Vec<Guest>,
}

/// How far a guest has come.
struct Guest {
    /// Its place among the orders.
    place: usize,
    target: GuestTarget,
    replies: Vec<Vec<u8>>,
    error: Option<ChannelError>,
}

/// Carries out orders. Equal orders, token included, share their scripts.
pub(super) async fn perform<C: Carrier>(
    carrier: &C,
    orders: Vec<Order>,
    stop: &CancellationToken,
) -> Vec<Result<Vec<Receipt>, ChannelError>> {
    let kind = carrier.kind();
    let mut results: Vec<Result<Vec<Receipt>, ChannelError>> =
        orders.iter().map(|order| Err(unanswered(kind, &order.target))).collect();
    let key = |order: &Order| (order.actions.clone(), order.token.clone(), order.within);
    let mut running = Vec::new();
    for ((actions, token, within), places) in grouped(orders.iter().map(key)) {
        let nonce = fresh_nonce();
        match prepare(carrier, &nonce, &actions, &token) {
            Ok(performance) => {
                let guest = |place: usize| Guest {
                    place,
                    target: orders[place].target.clone(),
                    replies: Vec::new(),
                    error: None,
                };
                let guests = places.into_iter().map(guest).collect();
                running.push(Running { performance, nonce, within, guests });
            }
            Err(reason) => {
                for place in places {
                    results[place] = Err(unavailable(kind, &orders[place].target, reason.clone()));
                }
            }
        }
    }
    send(carrier, &mut running, stop).await;
    for order in running {
        for guest in order.guests {
            let place = guest.place;
            let is_mute = matches!(guest.error, Some(ChannelError::Unresponsive { .. }));
            let anew = if is_mute && orders[place].actions == [GuestAction::Reboot] {
                carrier.start_anew(&guest.target, stop).await
            } else {
                None
            };
            results[place] = match anew {
                Some(anew) => anew.map(|()| vec![by_its_console()]),
                None => told(kind, &order.performance, guest),
            };
        }
    }
    results
}

/// A Windows that took no commands, and says that it started anew since.
fn by_its_console() -> Receipt {
    Receipt { note: done::restarted_from_its_console(), ..Receipt::default() }
}

/// The scripts of an order, or why it is not sent at all.
fn prepare<C: Carrier>(
    carrier: &C,
    nonce: &Nonce,
    actions: &[GuestAction],
    token: &str,
) -> Result<Performance, Said> {
    if carrier.kind() == ChannelKind::Winrm
        && let Some(action) = actions.iter().find(|action| stops_winrm(action))
    {
        let command = describe(action).into_iter().next().unwrap_or_default();
        return Err(why::cuts_its_connection(command));
    }
    Performance::new(nonce.clone(), actions, token, carrier.form())
        .map_err(|refused| why::not_sent(refused.action + 1, refused.why.said()))
}

fn stops_winrm(action: &GuestAction) -> bool {
    match action.traits().may_close {
        Ways::Winrm => true,
        // What may close the network as a whole is told through `WinRM` under a dead man's switch.
        Ways::None | Ways::Network => false,
    }
}

/// Sends the scripts of all orders, the first of each side by side, then the second of each, and so on; each only to
/// guests where the one before went well.
async fn send<C: Carrier>(carrier: &C, running: &mut [Running], stop: &CancellationToken) {
    let parts = running.iter().map(|order| order.performance.scripts().len()).max().unwrap_or(0);
    for part in 0..parts {
        let (mut jobs, mut addressed) = (Vec::new(), Vec::new());
        for (place, order) in running.iter_mut().enumerate() {
            let Some(script) = order.performance.scripts().nth(part).cloned() else { continue };
            let going: Vec<usize> =
                (0..order.guests.len()).filter(|guest| order.goes_on(*guest, part)).collect();
            if stop.is_cancelled() {
                for guest in going {
                    order.guests[guest].error = Some(ChannelError::Stopped);
                }
                continue;
            }
            if !going.is_empty() {
                let targets = going.iter().map(|guest| order.guests[*guest].target.clone());
                jobs.push(Job {
                    targets: targets.collect(),
                    script: Arc::new(script),
                    nonce: order.nonce.clone(),
                    within: order.within,
                });
                addressed.push((place, going));
            }
        }
        let outputs = exchange(carrier, jobs, stop).await;
        for ((place, going), outputs) in addressed.into_iter().zip(outputs) {
            for (guest, output) in going.into_iter().zip(outputs) {
                let guest = &mut running[place].guests[guest];
                match output.whole(carrier.kind()) {
                    Ok(reply) => guest.replies.push(reply.stdout),
                    Err(error) => guest.error = Some(after(carrier.kind(), part, guest, error)),
                }
            }
        }
    }
}

impl Running {
    /// Whether a guest is to be sent some part: nothing went wrong, and the part before it came to its end.
    fn goes_on(&self, guest: usize, part: usize) -> bool {
        let guest = &self.guests[guest];
        let went_well = |before: usize| {
            guest.replies.get(before).is_some_and(|reply| self.performance.goes_on(before, reply))
        };
        guest.error.is_none() && part.checked_sub(1).is_none_or(went_well)
    }
}

/// What a transport's error means for an order: only before its first part can nothing have been executed.
fn after(kind: ChannelKind, part: usize, guest: &Guest, error: ChannelError) -> ChannelError {
    if let ChannelError::Damaged { source, .. } = error {
        return unknown(kind, &guest.target, source.said());
    }
    if part > 0 && error.executed_nothing() {
        return unknown(kind, &guest.target, error.said());
    }
    error
}

fn told(
    kind: ChannelKind,
    performance: &Performance,
    guest: Guest,
) -> Result<Vec<Receipt>, ChannelError> {
    if let Some(error) = guest.error {
        return Err(error);
    }
    let instance = guest.target.instance.clone();
    performance.read(&guest.replies).map(|done| done.into_iter().map(receipt).collect()).map_err(
        |failure| match failure {
            Failure::Failed { action, command, exit } => {
                let advice = advice(&command, exit);
                ChannelError::Failed { instance, command, exit, action, advice }
            }
            Failure::NotProved { action, command, found } => {
                ChannelError::NotProved { instance, command, found, action }
            }
            Failure::Unknown { action, reason } => {
                unknown(kind, &guest.target, crate::said::say::from_action(action + 1, reason))
            }
        },
    )
}

fn receipt(done: Done) -> Receipt {
    Receipt { note: done.note, undo: done.undo, ..Receipt::default() }
}
