//! Executing a plan: journal, check, do, read back, journal; side by side where nothing forbids it.
//!
//! One owner holds the state of the run; units of work are tasks that report to it. A failed step stops what
//! depends on it on that instance and nothing else.

mod cloud;
mod guest;
mod observe;
mod prove;
mod schedule;
mod state;
mod unfinished;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::{CloudError, Store, StoreError, told};
use rdpctl_model::declaration::{Patience, Share};
use rdpctl_model::outcome::{Created, JournalEntry, Receipt, RunEnd, RunRecord, StepEvent};
use rdpctl_model::plan::{Budget, Plan, StepId, Subject};
use rdpctl_model::step::{Action, Guarded};
use rdpctl_model::{InstanceName, RunId};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::estate::{Estate, Who};
use crate::event::Event;
use crate::outside::Hands;
use crate::refresh::{Depth, look_again};
use state::{Board, Status};
use unfinished::unfinished;

/// How a run is to be conducted.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Units of work at once.
    pub parallelism: usize,
    /// Failures that stop the run.
    pub max_failures: Share,
    /// Guards that somebody allowed.
    pub allowed: BTreeSet<Guarded>,
    /// How long to wait for what.
    pub patience: Patience,
    /// Who runs it, for the record.
    pub holder: String,
}

/// The two ways of stopping.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// No new step starts; running ones finish.
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
    /// What failed: step, subject, why, advice.
    pub failed: Vec<(StepId, InstanceName, String, String)>,
    /// What was not tried: step, subject, why.
    pub skipped: Vec<(StepId, InstanceName, String)>,
    /// Steps that were held, by how many subjects they concern.
    pub held: Vec<(StepId, usize)>,
    /// How it ended.
    pub end: RunEnd,
    /// What it did cost.
    pub cost: Budget,
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
    pub(crate) hands: Hands,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) patience: Patience,
    pub(crate) stop: CancellationToken,
}

/// What a unit of work reports: for each step and subject what happened.
pub(crate) struct Report {
    pub(crate) results: Vec<(StepId, usize, Result<Receipt, Failure>)>,
    /// Facts that an observation brought.
    pub(crate) observed: Option<rdpctl_model::facts::Facts>,
}

/// Why a step failed on one subject.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) why: String,
    pub(crate) advice: String,
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        Self { why: told(&error), advice: error.advice().to_owned() }
    }
}

/// Executes a plan.
pub async fn execute(
    estate: &Estate,
    hands: &Hands,
    store: &Arc<dyn Store>,
    plan: Plan,
    options: &RunOptions,
    events: &mpsc::Sender<Event>,
    stops: &Stops,
) -> Result<RunReport, RunError> {
    if let Some(violation) = rdpctl_plan::violations(&plan).first() {
        return Err(RunError::Unsound(violation.to_string()));
    }
    let clock = Arc::clone(&hands.clock);
    let run = RunId::new(uuid::Uuid::new_v4().simple().to_string());
    let (open_tokens, orphans) = unfinished(store.as_ref()).await?;
    let record = RunRecord {
        id: run.clone(),
        began: clock.now(),
        ended: None,
        holder: options.holder.clone(),
        end: None,
        cost: Budget::default(),
    };
    store.begin_run(&record, &plan).await?;
    // A listener that went away is not a reason to stop.
    let _ = events.send(Event::Began { run: run.clone() }).await;
    let before = hands.eyes().spent();
    let began =
        std::time::Duration::from_millis(u64::try_from(clock.now().as_millisecond()).unwrap_or(0));

    let scene = Arc::new(Scene {
        estate: estate.clone(),
        hands: hands.clone(),
        store: Arc::clone(store),
        patience: options.patience,
        stop: stops.now.clone(),
    });
    let mut conductor = Conductor {
        scene: Arc::clone(&scene),
        board: Board::new(&plan),
        plan,
        run: run.clone(),
        tokens: open_tokens,
        created: BTreeMap::new(),
        events: events.clone(),
        disruption: BTreeMap::new(),
        options: options.clone(),
        failures: Vec::new(),
        skipped: Vec::new(),
        done: 0,
    };
    let halted = conductor.conduct(stops).await?;
    conductor.settle_rest(halted, stops).await?;
    conductor.look_at_the_result().await?;

    let after = hands.eyes().spent();
    let ended = clock.now();
    let seconds = u64::try_from(ended.as_millisecond())
        .unwrap_or(0)
        .saturating_sub(u64::try_from(began.as_millis()).unwrap_or(0))
        / 1000;
    let cost = Budget {
        api_calls: after.0.saturating_sub(before.0),
        guest_round_trips: after.1.saturating_sub(before.1),
        seconds,
        ..conductor.plan.budget.clone()
    };
    let held: Vec<(StepId, usize)> = conductor
        .plan
        .numbered()
        .filter(|(_, step)| step.held.is_some())
        .map(|(id, step)| (id, conductor.plan.width(step)))
        .collect();
    let end = if stops.gently.is_cancelled() {
        RunEnd::Interrupted
    } else if conductor.failures.is_empty() && conductor.skipped.is_empty() && held.is_empty() {
        RunEnd::Done
    } else {
        RunEnd::Partial
    };
    store.end_run(&run, ended, end, &cost).await?;
    for orphan in orphans {
        store.end_run(&orphan, ended, RunEnd::Interrupted, &Budget::default()).await?;
    }
    Ok(RunReport {
        run,
        plan: conductor.plan,
        done: conductor.done,
        failed: conductor.failures,
        skipped: conductor.skipped,
        held,
        end,
        cost,
    })
}

/// The one owner of a run's state.
struct Conductor {
    scene: Arc<Scene>,
    plan: Plan,
    board: Board,
    run: RunId,
    tokens: BTreeMap<InstanceName, String>,
    created: BTreeMap<InstanceName, Vec<Created>>,
    events: mpsc::Sender<Event>,
    disruption: BTreeMap<usize, Arc<Semaphore>>,
    options: RunOptions,
    failures: Vec<(StepId, InstanceName, String, String)>,
    skipped: Vec<(StepId, InstanceName, String)>,
    done: usize,
}

impl Conductor {
    /// Runs units until nothing is ready any more. Says why it stopped early, if it did.
    async fn conduct(&mut self, stops: &Stops) -> Result<Option<String>, RunError> {
        let mut units: JoinSet<Report> = JoinSet::new();
        let limit = self.options.max_failures.of(self.subjects()).max(3);
        let mut halted: Option<String> = None;
        loop {
            while halted.is_none()
                && !stops.gently.is_cancelled()
                && units.len() < self.options.parallelism.max(1)
            {
                let Some(unit) = schedule::next(&self.plan, &mut self.board) else { break };
                self.start(unit, &mut units).await?;
            }
            let Some(ended) = units.join_next().await else { break };
            match ended {
                Ok(report) => self.take(report).await?,
                // A unit that panicked reports nothing; its steps stay open and are reported as not finished.
                Err(error) => halted = Some(format!("a unit of work ended unexpectedly: {error}")),
            }
            if halted.is_none() && self.failures.len() >= limit {
                let why = format!(
                    "{} failures, which is the limit (--max-failures)",
                    self.failures.len()
                );
                let _ = self.events.send(Event::Halted { why: why.clone() }).await;
                halted = Some(why);
            }
        }
        Ok(halted)
    }

    fn subjects(&self) -> usize {
        self.plan.groups.iter().map(|group| group.members.len()).sum()
    }

    /// Journals the intent and sends the unit off.
    async fn start(
        &mut self,
        unit: schedule::Unit,
        units: &mut JoinSet<Report>,
    ) -> Result<(), RunError> {
        let now = self.scene.hands.clock.now();
        let mut entries = Vec::new();
        let mut tokens = BTreeMap::new();
        for step in unit.steps() {
            let mut subjects = Vec::new();
            for member in unit.members() {
                let subject = self.subject(*step, *member);
                let token = self.token(*step, &subject);
                entries.push(JournalEntry {
                    step: *step,
                    subject: subject.clone(),
                    event: StepEvent::Intent { token: token.clone() },
                    at: now,
                });
                tokens.insert((*step, *member), token);
                subjects.push(subject);
            }
            let _ = self.events.send(Event::Started { step: *step, subjects }).await;
        }
        self.scene.store.journal(&self.run, &entries).await?;
        let scene = Arc::clone(&self.scene);
        let room = match &unit {
            schedule::Unit::Guest { group, .. } => Some(self.room(*group)),
            schedule::Unit::Cloud { .. }
            | schedule::Unit::Observe { .. }
            | schedule::Unit::Prove { .. } => None,
        };
        let plan = &self.plan;
        match unit {
            schedule::Unit::Cloud { step, members } => {
                let work = cloud::Work::new(plan, step, members, &tokens, &self.created);
                units.spawn(async move { cloud::perform(&scene, work).await });
            }
            schedule::Unit::Guest { group, steps, members } => {
                let room = room.unwrap_or_else(|| (Arc::new(Semaphore::new(1)), 1));
                let work = guest::Work::new(plan, group, steps, members, &tokens, room);
                units.spawn(async move { guest::perform(&scene, work).await });
            }
            schedule::Unit::Observe { step, members } => {
                let work = observe::Work::new(plan, &scene.estate, step, members);
                units.spawn(async move { observe::perform(&scene, work).await });
            }
            schedule::Unit::Prove { step, members } => {
                let work = prove::Work::new(plan, &scene.estate, step, members);
                units.spawn(async move { prove::perform(&scene, work).await });
            }
        }
        Ok(())
    }

    /// How many of a group may be disrupted at once, shared by all its units.
    fn room(&mut self, group: usize) -> (Arc<Semaphore>, usize) {
        let size = self.plan.groups[group].members.len();
        let limit = self.scene.estate.guards.max_disrupted.of(size);
        let room = self.disruption.entry(group).or_insert_with(|| Arc::new(Semaphore::new(limit)));
        (Arc::clone(room), limit)
    }

    fn subject(&self, step: StepId, member: usize) -> InstanceName {
        subject(&self.plan, step, member)
    }

    /// An open intent's token where there is one, else one of this run's own.
    fn token(&self, step: StepId, subject: &InstanceName) -> String {
        let obtains = self.plan.step(step).is_some_and(|planned| {
            matches!(
                planned.step.action,
                Action::Cloud(rdpctl_model::CloudAction::AllocateAddress { .. })
            )
        });
        if obtains && let Some(token) = self.tokens.get(subject) {
            return token.clone();
        }
        let unique = uuid::Uuid::new_v4().simple().to_string();
        format!("rdpctl-{unique}")
    }

    /// Journals what a unit reports, and lets an observation add its steps.
    async fn take(&mut self, report: Report) -> Result<(), RunError> {
        let now = self.scene.hands.clock.now();
        let mut entries = Vec::new();
        let mut told = Vec::new();
        let mut observed_by = None;
        for (step, member, result) in report.results {
            let subject = self.subject(step, member);
            let event = match result {
                Ok(receipt) => {
                    if let Some(created) = &receipt.created {
                        self.created.entry(subject.clone()).or_default().push(created.clone());
                    }
                    self.board.set(step, member, Status::Done);
                    self.done += 1;
                    observed_by = Some(step);
                    told.push(Event::Done {
                        step,
                        subject: subject.clone(),
                        note: receipt.note.clone(),
                        already: receipt.already,
                    });
                    StepEvent::Done { receipt }
                }
                Err(failure) => {
                    self.board.set(step, member, Status::Failed);
                    self.failures.push((
                        step,
                        subject.clone(),
                        failure.why.clone(),
                        failure.advice.clone(),
                    ));
                    told.push(Event::Failed {
                        step,
                        subject: subject.clone(),
                        why: failure.why.clone(),
                        advice: failure.advice.clone(),
                    });
                    StepEvent::Failed { why: failure.why, advice: failure.advice }
                }
            };
            entries.push(JournalEntry { step, subject, event, at: now });
        }
        self.scene.store.journal(&self.run, &entries).await?;
        for event in told {
            let _ = self.events.send(event).await;
        }
        if let (Some(facts), Some(step)) = (report.observed, observed_by) {
            self.grow(step, &facts, now).await?;
        }
        Ok(())
    }

    /// Plans what an observation revealed, within what it announced, and adds it to the run.
    async fn grow(
        &mut self,
        step: StepId,
        facts: &rdpctl_model::facts::Facts,
        now: Timestamp,
    ) -> Result<(), RunError> {
        let added =
            observe::plan(&self.scene.estate, &self.plan, step, facts, &self.options.allowed, now);
        if let Some(violation) = rdpctl_plan::violations(&added).first() {
            return Err(RunError::Unsound(violation.to_string()));
        }
        let from = observe::append(&mut self.plan, step, added);
        self.board.extend(&self.plan);
        let plan = Box::new(self.plan.clone());
        let _ = self.events.send(Event::Observed { step, plan, from }).await;
        Ok(())
    }

    /// Journals what was not tried, and why.
    async fn settle_rest(&mut self, halted: Option<String>, stops: &Stops) -> Result<(), RunError> {
        let now = self.scene.hands.clock.now();
        let mut entries = Vec::new();
        for (step, member) in self.board.open() {
            let subject = self.subject(step, member);
            let why = match (&halted, stops.gently.is_cancelled(), self.broken_need(step, member)) {
                (_, _, Some(need)) => format!("{} failed before it", self.name(need)),
                (_, true, None) => "interrupted".to_owned(),
                (Some(why), false, None) => why.clone(),
                (None, false, None) => "what it needs was not done".to_owned(),
            };
            let _ = self
                .events
                .send(Event::Skipped { step, subject: subject.clone(), why: why.clone() })
                .await;
            entries.push(JournalEntry {
                step,
                subject: subject.clone(),
                event: StepEvent::Skipped { why: why.clone() },
                at: now,
            });
            self.skipped.push((step, subject, why));
        }
        self.scene.store.journal(&self.run, &entries).await?;
        Ok(())
    }

    fn broken_need(&self, step: StepId, member: usize) -> Option<StepId> {
        let needs = &self.plan.step(step)?.needs;
        needs
            .iter()
            .copied()
            .find(|need| self.board.get(&self.plan, *need, step, member) == Status::Failed)
    }

    fn name(&self, step: StepId) -> String {
        self.plan.step(step).map_or_else(String::new, |planned| {
            format!("{}: {}", planned.step.facet, planned.step.after)
        })
    }

    /// Surveys what was touched, so that the state tells what is, not what was hoped for.
    async fn look_at_the_result(&mut self) -> Result<(), RunError> {
        if self.scene.stop.is_cancelled() {
            return Ok(());
        }
        let mut members = Vec::new();
        let mut seen = BTreeSet::new();
        for group in &self.plan.groups {
            for member in &group.members {
                if seen.insert(member.name.clone())
                    && let Some(key) = source_key(&self.scene.estate, &member.name)
                {
                    members.push((key, member.id.clone()));
                }
            }
        }
        if members.is_empty() {
            return Ok(());
        }
        let eyes = self.scene.hands.eyes();
        let facts = look_again(
            &self.scene.estate,
            &eyes,
            self.scene.store.as_ref(),
            &members,
            Depth::Whole,
            &self.scene.stop,
        )
        .await?;
        let dictionaries: Vec<_> =
            facts.seen.iter().map(|(facet, dictionary)| (facet, dictionary.clone())).collect();
        self.scene.store.save_rows(&dictionaries, facts.chunks).await?;
        Ok(())
    }
}

/// The name of a step's subject: the member's, or the shared object's id.
pub(crate) fn subject(plan: &Plan, step: StepId, member: usize) -> InstanceName {
    match plan.step(step).map(|planned| &planned.on) {
        Some(Subject::Each(group)) => plan
            .groups
            .get(*group)
            .and_then(|group| group.members.get(member))
            .map_or_else(|| InstanceName::new("?"), |member| member.name.clone()),
        Some(Subject::Shared { object, .. }) => InstanceName::new(object.as_str()),
        None => InstanceName::new("?"),
    }
}

/// The source to which a member belongs.
pub(crate) fn source_key(estate: &Estate, name: &InstanceName) -> Option<String> {
    estate
        .sources()
        .find(|source| match source.who {
            Who::One(instance) => instance.name == *name,
            Who::Fleet(fleet) => name
                .as_str()
                .strip_prefix(fleet.name.as_str())
                .is_some_and(|rest| rest.starts_with('/')),
        })
        .map(|source| source.key)
}
