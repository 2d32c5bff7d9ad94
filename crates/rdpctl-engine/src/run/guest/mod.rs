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
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::plan::Plan;
use rdpctl_model::step::Check;
use rdpctl_model::{GuestAction, InstanceName, ProviderName, ResourceId};
use tokio::task::JoinSet;

use super::Scene;
use super::report::{Results, fail_first};
use super::roster::{self, Cell};
use super::schedule::guest_action;
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
    token: String,
    steps: Vec<Todo>,
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
    answer: Result<Vec<Receipt>, String>,
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
            let todo = |cell: &Cell| {
                let step = roster::bound(plan, *cell)?;
                let action = guest_action(plan, *cell)?.clone();
                Some(Todo { cell: *cell, action, expects: step.expects.clone() })
            };
            Some(One {
                name: member.name.clone(),
                id: member.id.clone(),
                access: sources
                    .of_member(&member.name)
                    .map_or_else(Arc::default, |found| Arc::clone(&found.access)),
                port: port(plan, first),
                token: tokens.get(&first).cloned().unwrap_or_default(),
                steps: turn.cells.iter().filter_map(todo).collect(),
            })
        };
        Self {
            provider: unit.provider.clone(),
            turns: unit.turns.iter().filter_map(turn).collect(),
        }
    }
}

fn port(plan: &Plan, cell: Cell) -> u16 {
    use rdpctl_model::plan::Subject;
    match plan.step(cell.step).map(|planned| &planned.on) {
        Some(Subject::Each(group)) => plan.groups.get(*group).map_or(3389, |group| group.port),
        Some(Subject::Shared { .. }) | None => 3389,
    }
}

impl One {
    fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        self.steps.iter().map(|todo| todo.cell)
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
            ) => acted.push(Acted { job, todo, answer: Err(source.told()) }),
            Err(error) => failed.extend(failure::at(&job.one, &todo, &error)),
        }
    }
    scene.reports.tell(failed).await;
    acted
}

impl Acted {
    /// Whether it was told to reboot.
    fn reboots(&self) -> bool {
        self.last().is_some_and(|todo| todo.action == GuestAction::Reboot)
    }

    fn last(&self) -> Option<&Todo> {
        self.job.one.steps.get(*self.todo.last()?)
    }
}
