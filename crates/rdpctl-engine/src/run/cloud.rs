//! Steps through the cloud's API.

use std::collections::BTreeMap;

use rdpctl_contract::{CloudError, CloudOrder};
use rdpctl_model::Said;
use rdpctl_model::action::Deed;
use rdpctl_model::action::traits::Owner;
use rdpctl_model::cloud::Handles;
use rdpctl_model::outcome::{Created, Receipt};
use rdpctl_model::plan::Plan;
use rdpctl_model::{InstanceName, ProviderName};
use tokio::sync::mpsc;

use super::report::{Ended, Failure, Results, fail_first};
use super::roster::{self, Cell};
use super::unit::Unit;
use super::{Scene, announced};
use crate::said::say;

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    provider: ProviderName,
    /// What is to be done, and for whom: machines that share an object share its edit.
    orders: Vec<Shared>,
    /// Cells of which it is known already that nothing can be done.
    refused: Results,
}

struct Shared {
    /// The first asked for it; the others get it along.
    cells: Vec<Cell>,
    /// The machine through which evidence is found.
    name: InstanceName,
    order: CloudOrder,
    ids: Ids,
}

/// Where the ids come from that an order needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// The plan brought them.
    Bound,
    /// They are looked up in the last evidence.
    Sought,
}

impl Work {
    pub(crate) fn new(
        plan: &Plan,
        unit: &Unit,
        tokens: &BTreeMap<Cell, String>,
        created: &BTreeMap<InstanceName, Vec<Created>>,
    ) -> Self {
        let mut work =
            Self { provider: unit.provider.clone(), orders: Vec::new(), refused: Results::new() };
        for cell in unit.cells() {
            let Some(member) = roster::member(plan, cell) else { continue };
            let actions = match roster::deed(plan, cell) {
                Ok(Deed::Cloud(actions)) => actions,
                Ok(Deed::Guest { .. } | Deed::Look | Deed::Proof) => continue,
                Err(why) => {
                    let failure = Failure::new(why.said(), say::plan_again());
                    work.refused.push((cell, Ended::Failed(failure)));
                    continue;
                }
            };
            let bound: Option<Handles> = member.handles.as_deref().cloned();
            for action in actions {
                let order = CloudOrder {
                    instance: member.id.clone(),
                    action,
                    handles: bound.clone().unwrap_or_default(),
                    token: tokens.get(&cell).cloned().unwrap_or_default(),
                    created: created.get(&member.name).cloned().unwrap_or_default(),
                };
                let ids = if bound.is_some() { Ids::Bound } else { Ids::Sought };
                work.add(Shared { cells: vec![cell], name: member.name.clone(), order, ids });
            }
        }
        work
    }

    /// Adds an order, or lets its machine share one that does the same to the same object.
    fn add(&mut self, one: Shared) {
        if one.order.action.traits().owner == Owner::Shared {
            for other in &mut self.orders {
                if other.order.action.absorb(&one.order.action) {
                    other.cells.extend(one.cells);
                    return;
                }
            }
        }
        self.orders.push(one);
    }
}

pub(crate) async fn perform(scene: &Scene, mut work: Work) {
    scene.reports.tell(std::mem::take(&mut work.refused)).await;
    let Some(cloud) = scene.hands.clouds.get(&work.provider) else {
        let failure = Failure::new(say::not_changed_from_here(), say::check_the_kind());
        let cells: std::collections::BTreeSet<Cell> =
            work.orders.iter().flat_map(|one| one.cells.iter().copied()).collect();
        for cell in cells {
            scene.reports.tell(fail_first([cell], &failure)).await;
        }
        return;
    };
    look_up(scene, &mut work).await;
    if let Err(lost) = scene.permit.check().await {
        let failure = Failure::new(Said::quoted(lost.to_string()), Said::default());
        for one in work.orders {
            scene.reports.tell(fail_first(one.cells, &failure)).await;
        }
        return;
    }
    let orders = work.orders.iter().map(|one| (&one.name, &one.order));
    let announced = match announced::enter(scene, cloud.as_ref(), orders).await {
        Ok(announced) => announced,
        Err(error) => {
            let failure = Failure::new(Said::quoted(error.to_string()), say::nothing_was_sent());
            for one in work.orders {
                scene.reports.tell(fail_first(one.cells, &failure)).await;
            }
            return;
        }
    };
    let (cells, orders): (Vec<Vec<Cell>>, Vec<CloudOrder>) =
        work.orders.into_iter().map(|one| (one.cells, one.order)).unzip();
    let mut open = Open::new(cells);
    let (told, mut inbox) = mpsc::unbounded_channel();
    let relay = async {
        while let Some((place, answer)) = inbox.recv().await {
            announced::settle(scene, announced.get(&place), &answer).await;
            let mut results = open.take(place, answer);
            // What came at the same time goes on together.
            while let Ok((place, answer)) = inbox.try_recv() {
                announced::settle(scene, announced.get(&place), &answer).await;
                results.append(&mut open.take(place, answer));
            }
            scene.reports.tell(results).await;
        }
    };
    tokio::join!(cloud.perform_each(orders, told, &scene.stop), relay);
}

/// Orders under way: whom each is for, and what is left of each cell until it is over.
struct Open {
    /// By order.
    cells: Vec<Vec<Cell>>,
    left: BTreeMap<Cell, usize>,
    ended: BTreeMap<Cell, Ended>,
}

impl Open {
    fn new(cells: Vec<Vec<Cell>>) -> Self {
        let mut left: BTreeMap<Cell, usize> = BTreeMap::new();
        for cell in cells.iter().flatten() {
            *left.entry(*cell).or_default() += 1;
        }
        Self { cells, left, ended: BTreeMap::new() }
    }

    /// Takes what came of an order. Gives the cells that are over with it: those whose other orders are, too.
    fn take(&mut self, place: usize, answer: Result<Receipt, CloudError>) -> Results {
        let cells = self.cells.get_mut(place).map(std::mem::take).unwrap_or_default();
        let mut over = Results::new();
        for (asked, cell) in cells.into_iter().enumerate() {
            let now = match &answer {
                Ok(receipt) if asked == 0 => Ended::Done(receipt.clone()),
                // What was made is recorded once, with the machine that asked first.
                Ok(receipt) => Ended::Done(Receipt {
                    note: receipt.note.clone(),
                    already: receipt.already,
                    ..Receipt::default()
                }),
                Err(error) => Ended::Failed(error.clone().into()),
            };
            let all = both(self.ended.remove(&cell), now);
            let left = self.left.entry(cell).or_default();
            *left = left.saturating_sub(1);
            if *left == 0 {
                over.push((cell, all));
            } else {
                self.ended.insert(cell, all);
            }
        }
        over
    }
}

/// What came of a step that took several orders: it is done when all are.
fn both(before: Option<Ended>, now: Ended) -> Ended {
    match (before, now) {
        (None, now) => now,
        (Some(Ended::Done(before)), Ended::Done(now)) => Ended::Done(Receipt {
            note: say::and_then(before.note, now.note),
            already: before.already && now.already,
            created: before.created.or(now.created),
            undo: before.undo.into_iter().chain(now.undo).collect(),
            proved: before.proved.or(now.proved),
            logon: before.logon.or(now.logon),
        }),
        (Some(Ended::Done(_)), now) => now,
        (Some(before), _) => before,
    }
}

/// Fills in the ids that the plan did not bring.
async fn look_up(scene: &Scene, work: &mut Work) {
    let sought: Vec<&mut Shared> =
        work.orders.iter_mut().filter(|one| one.ids == Ids::Sought).collect();
    if sought.is_empty() {
        return;
    }
    let names: Vec<InstanceName> = sought.iter().map(|one| one.name.clone()).collect();
    // Evidence that cannot be read only costs the provider a look of its own.
    let evidence = scene.store.evidence(&names).await.unwrap_or_default();
    for (one, known) in sought.into_iter().zip(evidence) {
        if let Some(answer) = known.and_then(|known| known.cloud.answer) {
            one.order.handles = answer.said.handles;
        }
    }
}
