//! Surveys: the whole subscription in bulk, by the resource graph or by plain lists, joined in memory.

mod admin;
mod facts;
mod inventory;
mod rules;
mod select;
mod ways;

use std::collections::HashSet;
use std::sync::Arc;

use rdpctl_contract::cloud::{CloudAsk, CloudError, CloudPage, Which};
use rdpctl_model::{Gap, ResourceId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::id::key;
use facts::Facts;
use inventory::{Inventory, VmRow};

pub(super) use rules::{is_ours, plain_rules, sources_of};

/// How many instances are sent on at once.
const PAGE: usize = 500;

/// Surveys instances, and sends them on page by page.
pub(super) async fn survey(
    client: &Client,
    ask: CloudAsk,
    pages: mpsc::Sender<CloudPage>,
    stop: &CancellationToken,
) -> Result<(), CloudError> {
    if stop.is_cancelled() {
        return Err(CloudError::Stopped);
    }
    let named: HashSet<String> = match &ask.which {
        Which::Ids(ids) => ids.iter().map(|id| key(id.as_str())).collect(),
        Which::Select(_) => HashSet::new(),
    };
    let is_meant = |vm: &VmRow| match &ask.which {
        Which::Ids(_) => named.contains(&key(&vm.id)),
        Which::Select(selector) => select::picks(selector, vm),
    };
    let inventory = Inventory::read(client, &ask.needs, is_meant, stop).await?;
    let facts = Facts::new(&inventory, &ask.needs);
    let mut answers: CloudPage = match &ask.which {
        Which::Ids(ids) => {
            let mut seen = HashSet::new();
            ids.iter()
                .filter(|id| seen.insert((*id).clone()))
                .map(|id| match inventory.vms.get(&key(id.as_str())) {
                    Some(vm) => (id.clone(), Ok(Arc::new(facts.whole(id, vm)))),
                    None => (id.clone(), Err(Gap::NotFound { id: id.clone() })),
                })
                .collect()
        }
        Which::Select(selector) => inventory
            .vms
            .values()
            .filter(|vm| select::picks(selector, vm))
            .map(|vm| {
                let id = ResourceId::new(&vm.id);
                let whole = Arc::new(facts.whole(&id, vm));
                (id, Ok(whole))
            })
            .collect(),
    };
    while !answers.is_empty() {
        let rest = answers.split_off(answers.len().min(PAGE));
        if pages.send(answers).await.is_err() {
            return Err(CloudError::Stopped);
        }
        answers = rest;
    }
    Ok(())
}
