//! Executing a plan: journal, check, do, read back, journal; side by side where nothing forbids it.
//!
//! One owner holds the state of the run; units of work are tasks that report to it, machine by machine. A failed step
//! stops what depends on it on that instance and nothing else.

mod aftermath;
mod announced;
mod board;
mod cloud;
mod conductor;
mod disruption;
mod grow;
mod guest;
mod impostor;
mod lanes;
mod log_on;
mod observe;
mod prove;
mod refusal;
mod report;
mod roster;
mod schedule;
mod sources;
mod start;
mod take;
mod tally;
#[cfg(test)]
mod tests;
mod tokens;
mod trace;
mod turns;
mod unit;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rdpctl_contract::{Meter, Store, StoreError};
use rdpctl_model::Said;
use rdpctl_model::declaration::{Patience, Share};
use rdpctl_model::facts::Tried;
use rdpctl_model::outcome::{Allowed, Purpose, RunEnd, RunRecord};
use rdpctl_model::plan::{Budget, Plan, StepId};
use rdpctl_model::step::Guarded;
use rdpctl_model::{InstanceName, RunId};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::assess::Filter;
use crate::estate::Estate;
use crate::event::Event;
use crate::lease::Permit;
use crate::outside::Hands;
use conductor::Conductor;
pub use disruption::{Crowd, Disruption, Place};
use report::Reports;
use sources::Sources;

/// How a run is to be conducted.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Units of work at once.
    pub parallelism: usize,
    /// Failed machines that stop the run.
    pub max_failures: Share,
    /// Guards that somebody allowed.
    pub allowed: BTreeSet<Guarded>,
    /// How long to wait for what.
    pub patience: Patience,
    /// Who runs it, for the record.
    pub holder: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Who allowed what, for the record.
    pub answers: Vec<Allowed>,
    /// For which part of the estate: what another part's run left behind is not ended.
    pub scope: Filter,
    /// Who is disrupted now, shared by all runs of this process.
    pub disruption: Disruption,
}

/// The two ways of stopping.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// No new machine and no new step starts; what is in hand finishes.
    pub gently: CancellationToken,
    /// Stop now.
    pub now: CancellationToken,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// Its id.
    pub run: RunId,
    /// The plan as it was at the end, with what observations added.
    pub plan: Plan,
    /// How many steps were done, on how many subjects, in all.
    pub done: usize,
    /// How each step ended, on how many subjects; a step that was held or never reached is not there.
    pub ends: BTreeMap<StepId, Ends>,
    /// What failed: one entry for one cause on one machine.
    pub failed: Vec<Failed>,
    /// How many machines these are.
    pub machines_failed: usize,
    /// What was not tried.
    pub skipped: Vec<Skipped>,
    /// Steps that were held, by how many subjects they concern.
    pub held: Vec<(StepId, usize)>,
    /// What was done and left its finding as it was; filled in by whoever looks at the result.
    pub standing: Vec<Tried>,
    /// How it ended.
    pub end: RunEnd,
    /// What it did cost.
    pub cost: Budget,
    /// The hash that stands for the journal with all of it.
    pub head: Option<String>,
}

/// On how many subjects a step ended how: every one of them, whatever the causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// It was done, or was so already.
    pub done: usize,
    /// It failed, or was not tried.
    pub left: usize,
}

/// A step that failed on one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The step.
    pub step: StepId,
    /// The machine, or the shared object's id.
    pub subject: InstanceName,
    /// Why.
    pub why: Said,
    /// What the user can do.
    pub advice: Said,
}

/// A step that was not tried on one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The step.
    pub step: StepId,
    /// The machine, or the shared object's id.
    pub subject: InstanceName,
    /// Why.
    pub why: Said,
}

/// Why a run could not be conducted at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The state does not serve.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The plan breaks a rule that every plan keeps.
    #[error("the plan breaks a rule of its own: {0}")]
    Unsound(String),
}

/// Everything that units of work share.
pub(crate) struct Scene {
    pub(crate) estate: Estate,
    pub(crate) sources: Sources,
    /// The hands of this run, which count what it asks.
    pub(crate) hands: Hands,
    pub(crate) store: Arc<dyn Store>,
    /// When the run began.
    pub(crate) began: Instant,
    /// Asked before each change, and carried by each write.
    pub(crate) permit: Arc<Permit>,
    pub(crate) patience: Patience,
    pub(crate) gently: CancellationToken,
    pub(crate) stop: CancellationToken,
    /// One log-on at a time, and where a secret was refused.
    pub(crate) log_ons: log_on::OneByOne,
    pub(crate) reports: Reports,
}

/// Reports under way; a unit that is faster than the journal waits.
const REPORTS: usize = 64;

/// How many failed machines stop a run over a plan.
fn stops_at(plan: &Plan, most: Share) -> Option<u64> {
    let members = plan.groups.iter().flat_map(|group| &group.members);
    let machines: BTreeSet<&InstanceName> = members.map(|member| &member.name).collect();
    u64::try_from(most.stops_at(machines.len())).ok()
}

/// Executes a plan.
#[expect(
    clippy::too_many_arguments,
    reason = "each is another part of the outside; a run holds them all"
)]
pub async fn execute(
    estate: &Estate,
    hands: &Hands,
    store: &Arc<dyn Store>,
    permit: &Arc<Permit>,
    plan: Plan,
    options: &RunOptions,
    events: &mpsc::Sender<Event>,
    stops: &Stops,
) -> Result<RunReport, RunError> {
    if let Some(violation) = rdpctl_plan::violations(&plan).first() {
        return Err(RunError::Unsound(violation.to_string()));
    }
    let run = RunId::new(uuid::Uuid::new_v4().simple().to_string());
    let span = tracing::info_span!("run", id = %run, holder = %options.holder);
    let clock = Arc::clone(&hands.clock);
    let began = clock.now();
    let (tokens, orphans) =
        tokens::unfinished(store.as_ref(), permit.token(), &options.scope, began).await?;
    let record = RunRecord {
        id: run.clone(),
        purpose: options.purpose.clone(),
        token: permit.token().clone(),
        began,
        ended: None,
        holder: options.holder.clone(),
        allowed: options.answers.clone(),
        plan_digest: rdpctl_plan::canonical_digest(&plan),
        grants: None,
        stops_at: stops_at(&plan, options.max_failures),
        end: None,
        cost: Budget::default(),
    };
    store.begin(&record, &plan).await?;
    // A listener that went away is not a reason to stop.
    let _ = events.send(Event::Began { run: run.clone(), plan: Arc::new(plan.clone()) }).await;

    let meter = Meter::default();
    let (reports, inbox) = mpsc::channel(REPORTS);
    let scene = Arc::new(Scene {
        estate: estate.clone(),
        sources: Sources::of(estate),
        hands: hands.metered(&meter, &permit.leave()),
        store: Arc::clone(store),
        began: Instant::now(),
        permit: Arc::clone(permit),
        patience: options.patience,
        gently: stops.gently.clone(),
        stop: stops.now.clone(),
        log_ons: log_on::OneByOne::default(),
        reports: Reports::new(reports),
    });
    let mut conductor =
        Conductor::new(scene, plan, run.clone(), tokens, options.clone(), events.clone());
    conductor.conduct(inbox).instrument(span.clone()).await?;
    conductor.look_at_the_result().instrument(span).await?;

    let ended = clock.now();
    let spent = meter.spent();
    let seconds = ended.duration_since(began).as_secs();
    let (plan, tally) = conductor.into_parts();
    let cost = Budget {
        api_calls: spent.api_calls,
        guest_round_trips: spent.guest_round_trips,
        seconds: u64::try_from(seconds).unwrap_or_default(),
        ..plan.budget.clone()
    };
    let held: Vec<(StepId, usize)> = plan
        .numbered()
        .filter(|(_, step)| step.held.is_some())
        .map(|(id, step)| (id, plan.width(step)))
        .collect();
    let end = if stops.gently.is_cancelled() {
        RunEnd::Interrupted
    } else if tally.is_clean() && held.is_empty() {
        RunEnd::Done
    } else {
        RunEnd::Partial
    };
    store.end(permit.token(), &run, ended, end, &cost).await?;
    for orphan in orphans {
        let cost = Budget::default();
        store.end(permit.token(), &orphan, ended, RunEnd::Interrupted, &cost).await?;
    }
    Ok(RunReport {
        run,
        plan,
        done: tally.done,
        machines_failed: tally.subjects_failed(),
        ends: tally.ends,
        failed: tally.failed,
        skipped: tally.skipped,
        held,
        standing: Vec::new(),
        end,
        cost,
        head: store.head().await?,
    })
}
