//! Surveys: the whole subscription in bulk, by the resource graph or by plain lists, joined in memory.

mod admin;
mod cards;
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
    let mut inventory = Inventory::read(client, &ask.needs, is_meant, stop).await?;
    let mut vms = std::mem::take(&mut inventory.vms);
    let facts = Facts::new(&inventory, &ask.needs);
    // A page is made when the one before it is taken, and whose facts are sent is let go: of many thousands what is on
    // its way is small.
    let mut page = CloudPage::with_capacity(PAGE);
    match &ask.which {
        Which::Ids(ids) => {
            let mut seen = HashSet::new();
            for id in ids.iter().filter(|id| seen.insert(*id)) {
                let known = vms.get(&key(id.as_str()));
                let known = known.map(|vm| Arc::new(facts.whole(id, vm)));
                page.push((id.clone(), known.ok_or_else(|| Gap::NotFound { id: id.clone() })));
                send_when(page.len() >= PAGE, &mut page, &pages).await?;
            }
        }
        Which::Select(selector) => {
            while let Some((_, vm)) = vms.pop_first() {
                if select::picks(selector, &vm) {
                    let id = ResourceId::new(&vm.id);
                    let whole = Arc::new(facts.whole(&id, &vm));
                    page.push((id, Ok(whole)));
                    send_when(page.len() >= PAGE, &mut page, &pages).await?;
                }
            }
        }
    }
    send_when(!page.is_empty(), &mut page, &pages).await
}

/// Sends a page on where it is time, and begins the next.
async fn send_when(
    is_time: bool,
    page: &mut CloudPage,
    pages: &mpsc::Sender<CloudPage>,
) -> Result<(), CloudError> {
    if is_time && pages.send(std::mem::take(page)).await.is_err() {
        return Err(CloudError::Stopped);
    }
    Ok(())
}
