//! Steps through the cloud's API.

use std::collections::BTreeMap;

use rdpctl_contract::{CloudError, CloudOrder};
use rdpctl_model::outcome::{Created, Receipt};
use rdpctl_model::plan::Plan;
use rdpctl_model::step::Action;
use rdpctl_model::{CloudAction, InstanceName, ProviderName};
use tokio::sync::mpsc;

use super::Scene;
use super::report::{Ended, Failure, fail_first};
use super::roster::{self, Cell};
use super::unit::Unit;

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    provider: ProviderName,
    orders: Vec<One>,
}

struct One {
    cell: Cell,
    /// The machine through which evidence is found.
    name: InstanceName,
    order: CloudOrder,
    handles: Handles,
}

/// Where the ids come from that an order needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handles {
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
        let order = |cell: Cell| {
            let member = roster::member(plan, cell)?;
            let bound = member.handles.as_deref().cloned();
            let handles = if bound.is_some() { Handles::Bound } else { Handles::Sought };
            let order = CloudOrder {
                instance: member.id.clone(),
                action: cloud_action(plan, cell)?.clone(),
                handles: bound.unwrap_or_default(),
                token: tokens.get(&cell).cloned().unwrap_or_default(),
                created: created.get(&member.name).cloned().unwrap_or_default(),
            };
            Some(One { cell, name: member.name.clone(), order, handles })
        };
        Self { provider: unit.provider.clone(), orders: unit.cells().filter_map(order).collect() }
    }
}

pub(crate) fn cloud_action(plan: &Plan, cell: Cell) -> Option<&CloudAction> {
    match &roster::bound(plan, cell)?.action {
        Action::Cloud(action) => Some(action),
        Action::Guest(_) | Action::Observe { .. } | Action::Prove { .. } => None,
    }
}

pub(crate) async fn perform(scene: &Scene, mut work: Work) {
    let Some(cloud) = scene.hands.clouds.get(&work.provider) else {
        let failure =
            Failure::new("the provider cannot be changed from here", "check the provider's kind");
        for one in work.orders {
            scene.reports.tell(fail_first([one.cell], &failure)).await;
        }
        return;
    };
    look_up(scene, &mut work).await;
    let (cells, orders): (Vec<Cell>, Vec<CloudOrder>) =
        work.orders.into_iter().map(|one| (one.cell, one.order)).unzip();
    let (told, mut inbox) = mpsc::unbounded_channel();
    let relay = async {
        while let Some(first) = inbox.recv().await {
            let mut answers = vec![first];
            // What came at the same time goes on together.
            while let Ok(next) = inbox.try_recv() {
                answers.push(next);
            }
            let results = answers
                .into_iter()
                .filter_map(|(place, answer)| Some((*cells.get(place)?, ended(answer))))
                .collect();
            scene.reports.tell(results).await;
        }
    };
    tokio::join!(cloud.perform_each(orders, told, &scene.stop), relay);
}

fn ended(answer: Result<Receipt, CloudError>) -> Ended {
    match answer {
        Ok(receipt) => Ended::Done(receipt),
        Err(error) => Ended::Failed(error.into()),
    }
}

/// Fills in the ids that the plan did not bring.
async fn look_up(scene: &Scene, work: &mut Work) {
    let sought: Vec<&mut One> =
        work.orders.iter_mut().filter(|one| one.handles == Handles::Sought).collect();
    if sought.is_empty() {
        return;
    }
    let names: Vec<InstanceName> = sought.iter().map(|one| one.name.clone()).collect();
    // Evidence that cannot be read only costs the provider a look of its own.
    let evidence = scene.store.evidence(&names).await.unwrap_or_default();
    for (one, survey) in sought.into_iter().zip(evidence) {
        if let Some(Ok(cloud)) = survey.map(|survey| survey.cloud) {
            one.order.handles = cloud.handles;
        }
    }
}
