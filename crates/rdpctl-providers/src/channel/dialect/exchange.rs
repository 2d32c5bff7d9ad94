//! One script's whole output, whatever the transport does to long replies.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::Refusal;
use rdpctl_guest::frame::Nonce;
use rdpctl_guest::pack::{Assembly, rest, slice};
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::ChannelKind;
use tokio_util::sync::CancellationToken;

use super::group::grouped;
use super::say::{damaged, told, unanswered, unavailable, what};
use super::{Carrier, Load, RawReply};
use crate::channel::why::say as why;
use crate::said::say;

/// How many further slices of a packed reply are fetched at most: of the smallest, about 200 KB packed.
const SLICES_LIMIT: usize = 64;

/// How many pages of the rest there are scripts for that are always the same.
pub(super) const PAGES: usize = 3;

/// A script for some guests, with the nonce under which it answers.
pub(super) struct Job {
    pub(super) targets: Vec<GuestTarget>,
    pub(super) script: Arc<Script>,
    pub(super) nonce: Nonce,
    pub(super) within: Duration,
}

/// A guest's output on its way, packed as long as nobody reads it: unpacked, those of thousands would not fit into
/// memory.
pub(super) struct Arrived {
    target: GuestTarget,
    within: Duration,
    rest: Rest,
    state: State,
}

/// How what did not fit into one reply is asked for.
#[derive(Clone, Copy)]
enum Rest {
    /// By scripts that name it.
    Slices,
    /// By scripts that are always the same, of which each gives one page.
    Pages {
        /// How many bytes of a reply survive.
        reply: usize,
    },
}

enum State {
    /// All that there will be.
    Ended(Result<RawReply, ChannelError>),
    /// Some slices of it.
    Packed(Assembly),
}

/// Runs each job's script on its guests.
pub(super) async fn exchange<C: Carrier>(
    carrier: &C,
    jobs: Vec<Job>,
    stop: &CancellationToken,
) -> Vec<Vec<Arrived>> {
    if jobs.is_empty() {
        return Vec::new();
    }
    let load = |job: &Job| Load {
        targets: job.targets.clone(),
        script: Arc::clone(&job.script),
        within: job.within,
    };
    let mut replies = carrier.carry(jobs.iter().map(load).collect(), stop).await.into_iter();
    let mut guests: Vec<Vec<Arrived>> =
        jobs.into_iter().map(|job| received(carrier, job, replies.next())).collect();
    for _ in 0..SLICES_LIMIT {
        if !fetch(carrier, guests.iter_mut().flatten(), stop).await {
            break;
        }
    }
    guests
}

fn received<C: Carrier>(
    carrier: &C,
    job: Job,
    replies: Option<Vec<Result<RawReply, ChannelError>>>,
) -> Vec<Arrived> {
    let mut replies = replies.unwrap_or_default().into_iter();
    let receive = |target: GuestTarget| {
        let reply = replies.next().unwrap_or_else(|| Err(unanswered(carrier.kind(), &target)));
        // Only a reply tells the mark that a guest drew.
        let mark = reply.as_ref().map(|reply| job.nonce.answering(&reply.stdout));
        let nonce = mark.unwrap_or_else(|_| job.nonce.clone());
        let reply = reply.and_then(|reply| match Refusal::of(&nonce, &reply.stdout) {
            Some(refusal) => Err(unavailable(carrier.kind(), &target, refusal.said())),
            None => Ok(reply),
        });
        let state = match (reply, carrier.form()) {
            (Ok(reply), Form::Packed { reply: limit }) => {
                match Assembly::begin(&nonce, limit, &reply.stdout) {
                    Ok(assembly) => State::Packed(assembly),
                    Err(gap) => {
                        let reason = say::and_told(what(gap), told(&reply));
                        State::Ended(Err(damaged(carrier.kind(), &target, reason)))
                    }
                }
            }
            (reply, Form::Lines | Form::File | Form::Packed { .. }) => State::Ended(reply),
        };
        let rest = match (job.script.as_ref(), carrier.form()) {
            (Script::Registered(_), Form::Packed { reply }) => Rest::Pages { reply },
            (Script::Registered(_) | Script::File(_) | Script::Lines(_), _) => Rest::Slices,
        };
        Arrived { target, within: job.within, rest, state }
    };
    job.targets.into_iter().map(receive).collect()
}

/// Fetches one more slice for each guest whose output is not here. Slices are only read, so that a slice that is
/// still missing afterwards is asked for again, within the limit of rounds.
async fn fetch<'g, C: Carrier>(
    carrier: &C,
    guests: impl Iterator<Item = &'g mut Arrived>,
    stop: &CancellationToken,
) -> bool {
    let mut waiting: Vec<(&mut Arrived, Wanted)> = guests
        .filter_map(|guest| {
            let wanted = guest.wanted()?;
            Some((guest, wanted))
        })
        .collect();
    if waiting.is_empty() || stop.is_cancelled() {
        return false;
    }
    let groups = grouped(waiting.iter().map(|(_, wanted)| wanted.clone()));
    let load = |(wanted, places): &(Wanted, Vec<usize>)| Load {
        targets: places.iter().map(|place| waiting[*place].0.target.clone()).collect(),
        script: Arc::clone(&wanted.script),
        within: wanted.within,
    };
    let replies = carrier.carry(groups.iter().map(load).collect(), stop).await;
    for ((_, places), replies) in groups.iter().zip(replies) {
        for (place, reply) in places.iter().zip(replies) {
            waiting[*place].0.add(carrier.kind(), reply);
        }
    }
    true
}

/// A slice that is asked for; guests that have come equally far share the question.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Wanted {
    script: Arc<Script>,
    within: Duration,
}

impl Arrived {
    fn wanted(&self) -> Option<Wanted> {
        let State::Packed(assembly) = &self.state else { return None };
        let script = match self.rest {
            Rest::Slices => slice(assembly.nonce(), &assembly.missing()?),
            Rest::Pages { reply } => rest(assembly.page().filter(|page| *page <= PAGES)?, reply),
        };
        Some(Wanted { script: Arc::new(script), within: self.within })
    }

    fn add(&mut self, kind: ChannelKind, reply: Result<RawReply, ChannelError>) {
        match (&mut self.state, reply) {
            (State::Packed(assembly), Ok(reply)) => {
                let other = match self.rest {
                    Rest::Slices => false,
                    Rest::Pages { .. } => !assembly.is_of_this(&reply.stdout),
                };
                if other {
                    let reason = why::answer_displaced();
                    self.state = State::Ended(Err(damaged(kind, &self.target, reason)));
                } else {
                    assembly.add(&reply.stdout);
                }
            }
            (State::Packed(_), Err(error)) => self.state = State::Ended(Err(error)),
            (State::Ended(_), _) => {}
        }
    }

    /// The whole of it.
    pub(super) fn whole(self, kind: ChannelKind) -> Result<RawReply, ChannelError> {
        match self.state {
            State::Ended(end) => end,
            State::Packed(assembly) => match assembly.finish() {
                Ok(stdout) => Ok(RawReply { stdout, ..RawReply::default() }),
                Err(gap) => Err(damaged(kind, &self.target, what(gap))),
            },
        }
    }
}
