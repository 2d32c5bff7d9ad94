//! A second look at a few instances in the middle of a run: what was revealed, what came of it, what the door shows.

use std::collections::HashMap;

use rdpctl_contract::{CloudNeeds, Store, StoreError};
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facts::Facts;
use rdpctl_model::{ProviderName, ResourceId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Errand, Look, PAGES_AT_ONCE, Sorter, needs, survey};
use crate::estate::Estate;
use crate::outside::Eyes;

/// How deep a second look goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Cloud, guest and door.
    Whole,
    /// Cloud and guest: whoever waits for a guest need not wait for its door.
    Guest,
    /// Cloud and the door at this port: what a proof from outside needs.
    Door(u16),
}

/// Surveys a few instances again and returns the facts about them alone, for an observation in the middle of a run.
pub(crate) async fn look_again(
    estate: &Estate,
    eyes: &Eyes,
    store: &dyn Store,
    members: &[(String, ResourceId)],
    depth: Depth,
    stop: &CancellationToken,
) -> Result<Facts, StoreError> {
    let mut sorter = Sorter::new(Facts::default());
    // An instance that several sources hold is looked at for each of them.
    let mut by_provider: HashMap<ProviderName, (CloudNeeds, Vec<HashMap<ResourceId, Look>>)> =
        HashMap::new();
    let mut hosts = Vec::new();
    for source in estate.sources() {
        for (_, id) in members.iter().filter(|(key, _)| *key == source.key) {
            let mut look = Look::of(estate, &source);
            if let Depth::Door(port) = depth {
                look.into_guest = false;
                look.port = port;
            }
            look.from_outside &= depth != Depth::Guest;
            if estate.kind(source.provider) == ProviderKind::Static {
                hosts.push((id.clone(), look));
                continue;
            }
            let asked = needs(estate, &source, &look);
            let (needs, looks) = by_provider.entry(source.provider.clone()).or_default();
            needs.addresses |= asked.addresses;
            // What filters packets is not what a guest or its door is waited for; the last look reads it.
            needs.doors |= asked.doors && depth == Depth::Whole;
            needs.agent |= asked.agent;
            match looks.iter_mut().find(|looks| !looks.contains_key(id)) {
                Some(looks) => {
                    looks.insert(id.clone(), look);
                }
                None => looks.push(HashMap::from([(id.clone(), look)])),
            }
        }
    }
    let (send, mut learned) = mpsc::channel(PAGES_AT_ONCE);
    let mut surveys = JoinSet::new();
    for (provider, (needs, layers)) in by_provider {
        for looks in layers {
            let (provider, needs) = (provider.clone(), needs.clone());
            let errand = Errand::Ones { provider, needs, looks };
            surveys.spawn(survey(eyes.clone(), errand, send.clone(), stop.clone()));
        }
    }
    if !hosts.is_empty() {
        surveys.spawn(survey(
            eyes.clone(),
            Errand::Hosts { looks: hosts },
            send.clone(),
            stop.clone(),
        ));
    }
    drop(send);
    let mut evidence = Vec::new();
    while let Some(page) = learned.recv().await {
        for one in page {
            sorter.add(&one);
            evidence.push((one.name, one.survey));
        }
    }
    if !matches!(depth, Depth::Door(_)) {
        store.save_evidence(evidence).await?;
    }
    while surveys.join_next().await.is_some() {}
    Ok(sorter.into_facts())
}
