//! One reconcile, for a whole estate, one fleet or one instance: recover, look, assess, plan, approve, execute, look
//! again. Whoever calls brings the words; what happens, and in which order, is said here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::{CloudError, Store, StoreError};
use rdpctl_model::facts::Facts;
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::plan::UnseenFleet;
use rdpctl_model::step::Guarded;
use rdpctl_model::{Gap, InstanceName, Plan, ProviderName, ResourceId, Verdict};
use rdpctl_plan::Difference;
use tokio::sync::mpsc;

use crate::approve::{self, Answer, Approver};
use crate::assess::{self, Filter};
use crate::estate::Estate;
use crate::event::Event;
use crate::outside::{Eyes, Hands};
use crate::refresh::{self, LookError};
use crate::run::{RunError, RunOptions, RunReport, Stops, execute, source_key};

/// Which part of an estate is meant, and how it is looked at.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Which instances and facets.
    pub filter: Filter,
    /// Whether the world is looked at first.
    pub look: Look,
}

/// Whether the world is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// First.
    #[default]
    First,
    /// Not at all: what was seen before counts.
    Not,
}

/// What is known once somebody has looked.
#[derive(Debug)]
pub struct Known {
    /// What is known, and how it is known.
    pub facts: Facts,
    /// Fleets of which not even the members are known; none where nobody looked.
    pub unseen: Option<Vec<UnseenFleet>>,
    /// Providers that did not answer.
    pub failures: Vec<(ProviderName, CloudError)>,
}

/// What a reconcile works with.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// What was declared.
    pub estate: &'a Estate,
    /// Which part of it is meant.
    pub scope: &'a Scope,
    /// What can be looked at and changed.
    pub hands: &'a Hands,
    /// What is remembered. Whoever calls holds its lock.
    pub store: &'a Arc<dyn Store>,
    /// How a run is to be conducted, and which guards are allowed from the start.
    pub options: &'a RunOptions,
    /// A plan that somebody kept: what is planned now must come to the same.
    pub kept: Option<&'a Plan>,
    /// Who is told what happens.
    pub events: &'a mpsc::Sender<Event>,
    /// The two ways of stopping.
    pub stops: &'a Stops,
}

/// What came of a reconcile.
#[derive(Debug)]
pub enum Reconciled {
    /// There was nothing to do that may be done.
    Idle {
        /// The plan that says so.
        plan: Plan,
    },
    /// A run.
    Ran {
        /// What came of it.
        report: Box<RunReport>,
        /// What a plan says afterwards.
        after: Plan,
    },
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// It was stopped before anything was done.
    #[error("interrupted; nothing was changed")]
    Interrupted,
    /// Somebody was asked and said no.
    #[error("not approved; nothing was done")]
    NotApproved,
    /// There is nobody to ask.
    #[error("there is no terminal to ask for approval")]
    NobodyToAsk,
    /// What is planned now is not what somebody kept.
    #[error("the plan is stale: {0}")]
    Stale(Difference),
    /// The filter names nobody.
    #[error("no instance is named by --target")]
    NobodyMeant,
    /// The memory does not serve.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run could not be conducted.
    #[error(transparent)]
    Run(RunError),
}

impl From<LookError> for ReconcileError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Stopped => Self::Interrupted,
            LookError::Store(error) => Self::Store(error),
        }
    }
}

impl From<RunError> for ReconcileError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Store(error) => Self::Store(error),
            error @ RunError::Unsound(_) => Self::Run(error),
        }
    }
}

/// Makes a part of the world what was declared, as far as somebody allows it.
pub async fn reconcile(
    job: Job<'_>,
    approver: &dyn Approver,
) -> Result<Reconciled, ReconcileError> {
    let in_hand = recover(&job).await?;
    let eyes = job.hands.eyes();
    let known = look(job.estate, &eyes, job.store.as_ref(), job.scope, job.events, job.stops).await?;
    let known = wait_for(&job, &eyes, known, &in_hand).await?;

    let mut allowed = job.options.allowed.clone();
    let mut plan = plan(job.estate, &eyes, job.scope, &known, &allowed)?;
    if let Some(kept) = job.kept
        && let Some(difference) = rdpctl_plan::difference(kept, &plan)
    {
        return Err(ReconcileError::Stale(difference));
    }
    approver.show(&plan).await;
    if plan.changes().next().is_none() && approve::guards(&plan).is_empty() {
        return Ok(Reconciled::Idle { plan });
    }
    ask(&job, &eyes, &known, approver, &mut allowed, &mut plan).await?;
    if plan.changes().next().is_none() {
        return Ok(Reconciled::Idle { plan });
    }

    bind(job.store.as_ref(), &mut plan).await?;
    let options = RunOptions { allowed: allowed.clone(), ..job.options.clone() };
    let report =
        execute(job.estate, job.hands, job.store, plan, &options, job.events, job.stops).await?;

    let known =
        Known { facts: job.store.facts().await?, unseen: Some(Vec::new()), failures: Vec::new() };
    let after = self::plan(job.estate, &eyes, job.scope, &known, &allowed)?;
    Ok(Reconciled::Ran { report: Box::new(report), after })
}

impl Reconciled {
    /// How it ended, where something was run.
    #[must_use]
    pub fn end(&self) -> Option<RunEnd> {
        match self {
            Self::Idle { .. } => None,
            Self::Ran { report, .. } => Some(report.end),
        }
    }
}

/// Finds what runs that never ended had in hand: whoever their journals name.
async fn recover(job: &Job<'_>) -> Result<BTreeSet<InstanceName>, StoreError> {
    let Some((record, _, journal)) = job.store.unfinished().await? else {
        return Ok(BTreeSet::new());
    };
    let in_hand = journal.iter().map(|entry| entry.subject.clone()).collect();
    // Whoever listens no more does not need to know.
    let _ = job
        .events
        .send(Event::Recovered { run: record.id, began: record.began, entries: journal.len() })
        .await;
    Ok(in_hand)
}

/// Looks at what the scope names, or takes what was seen before.
pub async fn look(
    estate: &Estate,
    eyes: &Eyes,
    store: &dyn Store,
    scope: &Scope,
    events: &mpsc::Sender<Event>,
    stops: &Stops,
) -> Result<Known, LookError> {
    match scope.look {
        Look::Not => {
            Ok(Known { facts: store.facts().await?, unseen: None, failures: Vec::new() })
        }
        Look::First => {
            let seen =
                refresh::refresh(estate, eyes, store, &scope.filter, events, &stops.gently).await?;
            Ok(Known { facts: seen.facts, unseen: Some(seen.unseen), failures: seen.failures })
        }
    }
}

/// Looks again at what a killed run had in hand, and the pause between two looks: two minutes in all.
const LOOKS_AFTER_A_KILL: u32 = 60;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Waits for what a killed run had in hand and may still be on its way: an instance that starts, an agent that comes
/// up. Nobody else is waited for, and nobody else is looked at again.
async fn wait_for(
    job: &Job<'_>,
    eyes: &Eyes,
    mut known: Known,
    in_hand: &BTreeSet<InstanceName>,
) -> Result<Known, ReconcileError> {
    if in_hand.is_empty() || job.scope.look == Look::Not {
        return Ok(known);
    }
    for _ in 0..LOOKS_AFTER_A_KILL {
        let waiting = on_their_way(job, eyes, &known, in_hand);
        if waiting.is_empty() {
            break;
        }
        tokio::select! {
            () = job.stops.gently.cancelled() => return Err(ReconcileError::Interrupted),
            () = tokio::time::sleep(BETWEEN_LOOKS) => {}
        }
        known.facts = refresh::remember_again(
            job.estate,
            eyes,
            job.store.as_ref(),
            &waiting,
            &job.stops.gently,
        )
        .await?;
    }
    Ok(known)
}

/// Who of those cannot be judged yet, where time alone may show it.
fn on_their_way(
    job: &Job<'_>,
    eyes: &Eyes,
    known: &Known,
    in_hand: &BTreeSet<InstanceName>,
) -> Vec<(String, ResourceId)> {
    let now = eyes.clock.now();
    let mut waiting = Vec::new();
    for one in assess::assess(job.estate, &known.facts, &job.scope.filter, now) {
        let unclear = one.facets.values().iter().flatten().any(|it| may_show(&it.verdict));
        if let (true, rdpctl_model::assessment::Members::Named(members)) = (unclear, one.members) {
            for member in members.into_iter().filter(|member| in_hand.contains(&member.name)) {
                if let Some(key) = source_key(job.estate, &member.name) {
                    waiting.push((key, member.id));
                }
            }
        }
    }
    waiting
}

const fn may_show(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Unknown { gap } => match gap {
            Gap::TimedOut { .. } | Gap::AgentUnavailable { .. } => true,
            Gap::NotSurveyed
            | Gap::NotAsked
            | Gap::NotRunning
            | Gap::NotFound { .. }
            | Gap::NoChannel
            | Gap::Unreachable { .. }
            | Gap::Denied { .. }
            | Gap::Truncated { .. }
            | Gap::Garbled { .. }
            | Gap::ApiError { .. }
            | Gap::NotGranted { .. } => false,
        },
        Verdict::Healthy { .. }
        | Verdict::Drifted { .. }
        | Verdict::Blocked { .. }
        | Verdict::NotApplicable { .. } => false,
    }
}

/// Judges what is known and plans what differs.
pub fn plan(
    estate: &Estate,
    eyes: &Eyes,
    scope: &Scope,
    known: &Known,
    allowed: &BTreeSet<Guarded>,
) -> Result<Plan, ReconcileError> {
    let now = eyes.clock.now();
    let assessed = assess::assess(estate, &known.facts, &scope.filter, now);
    if scope.filter.names_somebody() && assessed.iter().all(|one| one.members.is_empty()) {
        return Err(ReconcileError::NobodyMeant);
    }
    let basis =
        assess::basis(estate, &known.facts, &scope.filter, known.unseen.as_deref(), now);
    Ok(rdpctl_plan::plan(rdpctl_plan::Request {
        survey: rdpctl_plan::digest(&assessed),
        assessed,
        guards: &estate.guards,
        allowed,
        now,
        declaration: estate.digest.clone(),
        basis,
    }))
}

/// Asks guard by guard, then for the whole. What is answered changes the plan before the next question.
async fn ask(
    job: &Job<'_>,
    eyes: &Eyes,
    known: &Known,
    approver: &dyn Approver,
    allowed: &mut BTreeSet<Guarded>,
    plan: &mut Plan,
) -> Result<(), ReconcileError> {
    let before = allowed.clone();
    for guard in approve::guards(plan) {
        let mut more = allowed.clone();
        more.insert(guard);
        let with = self::plan(job.estate, eyes, job.scope, known, &more)?;
        match approver.answer(&approve::about_guard(guard, plan, &with)).await {
            Answer::Yes => (*allowed, *plan) = (more, with),
            Answer::No => {}
            Answer::Leave => return Err(ReconcileError::Interrupted),
            Answer::Nobody => return Err(ReconcileError::NobodyToAsk),
        }
    }
    if *allowed != before {
        approver.show(plan).await;
    }
    if plan.changes().next().is_none() {
        return Ok(());
    }
    match approver.answer(&approve::about_plan(plan)).await {
        Answer::Yes => Ok(()),
        Answer::No => Err(ReconcileError::NotApproved),
        Answer::Leave => Err(ReconcileError::Interrupted),
        Answer::Nobody => Err(ReconcileError::NobodyToAsk),
    }
}

/// Adds to a plan the ids that its steps need, from the last evidence.
pub async fn bind(store: &dyn Store, plan: &mut Plan) -> Result<(), StoreError> {
    for group in &mut plan.groups {
        let names: Vec<_> = group.members.iter().map(|member| member.name.clone()).collect();
        let evidence = store.evidence(&names).await?;
        for (member, known) in group.members.iter_mut().zip(evidence) {
            if let Some(answer) = known.and_then(|known| known.cloud.answer) {
                member.handles = Some(Box::new(answer.said.handles));
            }
        }
    }
    Ok(())
}
