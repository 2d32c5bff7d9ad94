//! Steps inside Windows: check what they expect, do them in one batch, read back what they prove.
//!
//! Guests that share a round trip go together, and such crews go side by side; each machine is told of as soon as it
//! is known what came of it.

mod boot;
mod check;
mod choose;
mod failure;
mod read_back;

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_contract::{Channel, ChannelError, Order};
use rdpctl_model::Said;
use rdpctl_model::action::traits::Restarts;
use rdpctl_model::action::{Deed, Unbound};
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::plan::Plan;
use rdpctl_model::step::Check;
use rdpctl_model::{GuestAction, InstanceName, ProviderName, ResourceId};
use tokio::task::JoinSet;

use super::Scene;
use super::report::{Failure, Results, fail_first};
use super::roster::{self, Cell};
use super::sources::Sources;
use super::unit::{Turn, Unit};
use crate::guests::{Guest, WITHIN};

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    provider: ProviderName,
    turns: Vec<One>,
}

/// What is done to one guest.
#[derive(Clone)]
pub(super) struct One {
    name: InstanceName,
    id: ResourceId,
    access: Arc<GuestAccess>,
    port: u16,
    way: Option<ChannelKind>,
    token: String,
    cells: Vec<Cell>,
    steps: Vec<Todo>,
    /// What its steps need and is not known of it: then none of them is tried.
    unbound: Option<Unbound>,
}

/// One action in a guest, as the plan has it for this guest.
#[derive(Clone)]
pub(super) struct Todo {
    pub(super) cell: Cell,
    pub(super) action: GuestAction,
    pub(super) expects: Vec<Check>,
}

/// A guest that can be talked to, with what is done to it.
pub(super) struct Job {
    one: One,
    guest: Guest,
}

/// A guest to which an order was sent.
pub(super) struct Acted {
    job: Job,
    /// The places of the steps in the order.
    todo: Vec<usize>,
    /// What it said of each, or why the answer was lost.
    answer: Result<Vec<Receipt>, Said>,
}

impl Work {
    pub(crate) fn new(
        plan: &Plan,
        sources: &Sources,
        unit: &Unit,
        tokens: &BTreeMap<Cell, String>,
    ) -> Self {
        let turn = |turn: &Turn| {
            let first = turn.cells.first().copied()?;
            let member = roster::member(plan, first)?;
            let group = plan.groups.get(plan.step(first.step)?.group)?;
            let mut steps = Vec::new();
            let mut unbound = None;
            for cell in &turn.cells {
                match roster::deed(plan, *cell) {
                    Ok(Deed::Guest { action, expects }) => {
                        steps.push(Todo { cell: *cell, action, expects });
                    }
                    Ok(Deed::Cloud(_) | Deed::Look | Deed::Proof) => {}
                    Err(why) => unbound = Some(why),
                }
            }
            Some(One {
                name: member.name.clone(),
                id: member.id.clone(),
                access: sources
                    .of_member(&member.name)
                    .map_or_else(Arc::default, |found| Arc::clone(&found.access)),
                port: group.port,
                way: group.way,
                token: tokens.get(&first).cloned().unwrap_or_default(),
                cells: turn.cells.clone(),
                steps,
                unbound,
            })
        };
        Self {
            provider: unit.provider.clone(),
            turns: unit.turns.iter().filter_map(turn).collect(),
        }
    }
}

impl One {
    fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        self.cells.iter().copied()
    }

    /// What is read before anything is done: what the steps expect, and what they would prove.
    fn expected(&self) -> Vec<Check> {
        self.steps
            .iter()
            .flat_map(|todo| todo.expects.iter().cloned().chain(todo.action.proves()))
            .collect()
    }

    fn proofs(&self) -> Vec<Check> {
        self.steps.iter().flat_map(|todo| todo.action.proves()).collect()
    }
}

pub(crate) async fn perform(scene: &Arc<Scene>, work: Work) {
    let (crews, silent) = choose::crews(scene, work).await;
    scene.reports.tell(silent).await;
    let mut talking = JoinSet::new();
    for (channel, jobs) in crews {
        let scene = Arc::clone(scene);
        talking.spawn(async move { over(&scene, channel.as_ref(), jobs).await });
    }
    // A crew that panicked has reported nothing, which the owner of the run notices.
    while talking.join_next().await.is_some() {}
}

/// Check, do, read back: three round trips for any number of steps, one where nothing is expected or proved.
async fn over(scene: &Scene, channel: &dyn Channel, jobs: Vec<Job>) {
    let asks = jobs.iter().map(|job| (&job.guest, job.one.expected())).collect();
    let before = check::ask(scene, channel, asks).await;
    let mut ready: Vec<(Job, Vec<usize>)> = Vec::new();
    let mut said = Results::new();
    for (job, findings) in jobs.into_iter().zip(before) {
        match findings {
            Err(error) => said.extend(fail_first(job.one.cells(), &failure::of(&error))),
            Ok(findings) => {
                let (todo, mut known) = check::sort_out(&job.one, &findings);
                said.append(&mut known);
                if !todo.is_empty() {
                    ready.push((job, todo));
                }
            }
        }
    }
    scene.reports.tell(said).await;
    let acted = act(scene, channel, ready).await;
    let (rebooting, steady): (Vec<Acted>, Vec<Acted>) = acted.into_iter().partition(Acted::reboots);
    tokio::join!(
        read_back::tell(scene, channel, steady),
        boot::await_and_tell(scene, channel, rebooting)
    );
}

/// Sends the orders. Gives back those of whom it must be read back what came of it.
async fn act(scene: &Scene, channel: &dyn Channel, ready: Vec<(Job, Vec<usize>)>) -> Vec<Acted> {
    if ready.is_empty() {
        return Vec::new();
    }
    if let Err(lost) = scene.permit.check().await {
        let failure = Failure::new(Said::quoted(lost.to_string()), Said::default());
        for (job, todo) in &ready {
            let cells = todo.iter().map(|index| job.one.steps[*index].cell);
            scene.reports.tell(fail_first(cells, &failure)).await;
        }
        return Vec::new();
    }
    let orders = ready
        .iter()
        .map(|(job, todo)| Order {
            target: job.guest.target(),
            actions: todo.iter().map(|index| job.one.steps[*index].action.clone()).collect(),
            token: job.one.token.clone(),
            within: WITHIN,
        })
        .collect();
    let answers = channel.perform(orders, &scene.stop).await;
    let mut acted = Vec::new();
    let mut failed = Results::new();
    for ((job, todo), answer) in ready.into_iter().zip(answers) {
        match answer {
            Ok(receipts) => acted.push(Acted { job, todo, answer: Ok(receipts) }),
            // Nobody knows what came of it: reading back decides, nothing is repeated.
            Err(
                ChannelError::OutcomeUnknown { source, .. } | ChannelError::Damaged { source, .. },
            ) => acted.push(Acted { job, todo, answer: Err(source.said()) }),
            Err(error) => failed.extend(failure::at(&job.one, &todo, &error)),
        }
    }
    scene.reports.tell(failed).await;
    acted
}

impl Acted {
    /// Whether it was told to reboot.
    fn reboots(&self) -> bool {
        self.last().is_some_and(|todo| todo.action.traits().restarts == Restarts::Windows)
    }

    fn last(&self) -> Option<&Todo> {
        self.job.one.steps.get(*self.todo.last()?)
    }
}
