//! From questions and actions to a transport's scripts and back, the same for every transport.
//!
//! A transport only carries: it implements [`Carrier`] and knows nothing of registry or services. Guests that are
//! asked the same, or told the same, share one script, so that a transport that reaches many at once can.

mod exchange;
mod fixed;
mod group;
mod order;
mod say;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::channel::{
    Ask, Channel, ChannelError, CheckAsk, Finding, GuestTarget, Order, Questions,
};
use rdpctl_guest::Unrenderable;
use rdpctl_guest::check::{Checking, Seen};
use rdpctl_guest::frame::{Batch, Frames, Nonce};
use rdpctl_guest::observe::Observation;
use rdpctl_guest::perform;
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::GuestAction;
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::tariff::ChannelTariff;
use tokio_util::sync::CancellationToken;

use super::reported::Reported;
use crate::asked::Asked;
use crate::channel::why::say as why;
use exchange::{Job, exchange};
pub use fixed::{Fixed, all as fixed};
use group::grouped;
use say::{damaged, fresh_nonce, told, unanswered, unavailable};

/// A transport of scripts into guests.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Which way this is.
    fn kind(&self) -> ChannelKind;

    /// How it wants its scripts.
    fn form(&self) -> Form;

    /// By which scripts it looks.
    fn looks(&self) -> &Looks {
        &Looks::Any
    }

    /// Runs each load's script once on each of its targets, loads and targets side by side as far as the transport's
    /// limits allow. Gives one reply per target: the outer order is that of the loads, the inner that of the targets.
    ///
    /// A script that may have started is never sent again: that is [`ChannelError::OutcomeUnknown`]. An exit code
    /// other than 0 is a reply, not an error.
    async fn carry(
        &self,
        loads: Vec<Load>,
        stop: &CancellationToken,
    ) -> Vec<Vec<Result<RawReply, ChannelError>>>;

    /// Starts a guest anew that takes no script, and waits until it has; none where that cannot be done over this way.
    async fn start_anew(
        &self,
        _: &GuestTarget,
        _: &CancellationToken,
    ) -> Option<Result<(), ChannelError>> {
        None
    }

    /// What a script costs.
    fn tariff(&self) -> ChannelTariff;

    /// How many guests share one round trip.
    fn guests_per_trip(&self) -> usize;
}

/// By which scripts a transport looks into guests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Looks {
    /// Whichever ask what is wanted.
    #[default]
    Any,
    /// Those alone that are always the same, which the vendor holds ready under ids, for these certificates that are
    /// declared to be the machines' own.
    Registered(BTreeSet<String>),
}

/// One script for all the guests that are to run exactly it.
#[derive(Clone, Debug)]
pub struct Load {
    /// The guests.
    pub targets: Vec<GuestTarget>,
    /// The commands.
    pub script: Arc<Script>,
    /// When to give up, counted per guest from when its script is sent.
    pub within: Duration,
}

/// What a guest printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawReply {
    /// Standard output; where a transport merges the two streams, both.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// The exit code of the last line or of the file, where the transport knows it.
    pub exit: Option<i32>,
    /// How many bytes the transport dropped, as far as it says so.
    pub dropped: u64,
}

/// The dialect of Windows' native tools over a transport.
#[derive(Debug)]
pub struct Dialect<C> {
    carrier: C,
    /// Who is told by which certificate a guest's WinRM is to be known.
    reported: Reported,
}

/// Questions as a script, with what reads their answers.
struct Question<R> {
    script: Script,
    nonce: Nonce,
    reader: R,
}

impl<C: Carrier> Dialect<C> {
    /// Speaks over that transport.
    pub fn new(carrier: C) -> Self {
        Self { carrier, reported: Reported::default() }
    }

    /// Tells what guests say of themselves there.
    #[must_use]
    pub fn reporting(self, reported: &Reported) -> Self {
        Self { reported: reported.clone(), ..self }
    }

    /// The transport.
    pub const fn carrier(&self) -> &C {
        &self.carrier
    }

    /// Asks each guest its question, equal questions together.
    async fn ask<K: Clone + Eq + std::hash::Hash, R, T>(
        &self,
        asks: Vec<(GuestTarget, K, Duration)>,
        question: impl Fn(&K) -> Result<Question<R>, Unrenderable>,
        read: impl Fn(&GuestTarget, &R, &RawReply) -> Result<T, ChannelError>,
        stop: &CancellationToken,
    ) -> Vec<Result<T, ChannelError>> {
        let kind = self.carrier.kind();
        let groups = grouped(asks.iter().map(|(_, key, within)| (key.clone(), *within)));
        let targets: Vec<GuestTarget> = asks.into_iter().map(|(target, ..)| target).collect();
        let mut results: Vec<Result<T, ChannelError>> =
            targets.iter().map(|target| Err(unanswered(kind, target))).collect();
        let (mut jobs, mut readers) = (Vec::new(), Vec::new());
        for ((key, within), places) in groups {
            match question(&key) {
                Ok(Question { script, nonce, reader }) => {
                    let targets = places.iter().map(|place| targets[*place].clone()).collect();
                    jobs.push(Job { targets, script: Arc::new(script), nonce, within });
                    readers.push((reader, places));
                }
                Err(error) => {
                    for place in places {
                        results[place] = Err(unavailable(kind, &targets[place], error.said()));
                    }
                }
            }
        }
        let outputs = exchange(&self.carrier, jobs, stop).await;
        for ((reader, places), outputs) in readers.into_iter().zip(outputs) {
            for (place, output) in places.into_iter().zip(outputs) {
                results[place] =
                    output.whole(kind).and_then(|reply| read(&targets[place], &reader, &reply));
            }
        }
        results
    }

    fn question<R>(
        &self,
        reader: R,
        batch: impl Fn(&R) -> &Batch,
    ) -> Result<Question<R>, Unrenderable> {
        let script = batch(&reader).script(self.carrier.form())?;
        Ok(Question { script, nonce: batch(&reader).nonce().clone(), reader })
    }
}

#[async_trait]
impl<C: Carrier> Channel for Dialect<C> {
    fn kind(&self) -> ChannelKind {
        self.carrier.kind()
    }

    async fn answer(
        &self,
        asks: Vec<Ask>,
        stop: &CancellationToken,
    ) -> Vec<Result<GuestSurvey, ChannelError>> {
        let kind = self.carrier.kind();
        let what = format!("look into {} guests", asks.len());
        let seen = Asked::of(kind.name(), &what);
        let asks = asks.into_iter().map(|ask| (ask.target, ask.questions, ask.within)).collect();
        let answers = self
            .ask(
                asks,
                |questions| {
                    let observation = match self.carrier.looks() {
                        Looks::Any => asked(questions)?,
                        Looks::Registered(pins) => fixed::look(pins, questions)?,
                    };
                    self.question(observation, Observation::batch)
                },
                |target, observation, reply| {
                    // Nothing of ours came back: no command was run, and that is worth more than a survey of gaps.
                    let frames = Frames::read(observation.batch(), &reply.stdout);
                    if frames.is_empty() {
                        return Err(damaged(kind, target, why::no_answer_in_it(told(reply))));
                    }
                    let survey = observation.read_frames(kind, &frames);
                    self.reported.take(target, &survey);
                    Ok(survey)
                },
                stop,
            )
            .await;
        seen.ended(format_args!("{} answered", answered(&answers)));
        answers
    }

    async fn check(
        &self,
        asks: Vec<CheckAsk>,
        stop: &CancellationToken,
    ) -> Vec<Result<Vec<Finding>, ChannelError>> {
        let what = format!("read back on {} guests", asks.len());
        let seen = Asked::of(self.carrier.kind().name(), &what);
        let asks = asks.into_iter().map(|ask| (ask.target, ask.checks, ask.within)).collect();
        let answers = self
            .ask(
                asks,
                |checks| self.question(Checking::new(fresh_nonce(), checks)?, Checking::batch),
                |_, checking, reply| {
                    Ok(checking.read(&reply.stdout).into_iter().map(finding).collect())
                },
                stop,
            )
            .await;
        seen.ended(format_args!("{} answered", answered(&answers)));
        answers
    }

    async fn perform(
        &self,
        orders: Vec<Order>,
        stop: &CancellationToken,
    ) -> Vec<Result<Vec<Receipt>, ChannelError>> {
        let what = format!("change {} guests", orders.len());
        let seen = Asked::of(self.carrier.kind().name(), &what);
        let receipts = order::perform(&self.carrier, orders, stop).await;
        seen.ended(format_args!("{} did it", answered(&receipts)));
        receipts
    }

    fn describe(&self, action: &GuestAction) -> Vec<String> {
        let mut lines = perform::describe(action);
        if (self.carrier.kind(), action) == (ChannelKind::Serial, &GuestAction::Reboot) {
            lines.push("SAC> restart    (where it opens no command channel)".to_owned());
        }
        lines
    }

    fn tariff(&self) -> ChannelTariff {
        self.carrier.tariff()
    }

    fn guests_per_trip(&self) -> usize {
        self.carrier.guests_per_trip()
    }
}

/// How many answered.
fn answered<T, E>(answers: &[Result<T, E>]) -> usize {
    answers.iter().filter(|answer| answer.is_ok()).count()
}

/// The observation that asks what is wanted.
fn asked(questions: &Questions) -> Result<Observation, Unrenderable> {
    let pinned = questions.pinned.as_deref();
    Ok(Observation::new(fresh_nonce(), &questions.ports, pinned)?.closely(&questions.closely))
}

pub(crate) fn finding(seen: Seen) -> Finding {
    match seen {
        Seen::Holds => Finding::Holds,
        Seen::Differs(found) => Finding::Differs(found),
        Seen::Unknown(gap) => Finding::Unknown(gap),
    }
}
