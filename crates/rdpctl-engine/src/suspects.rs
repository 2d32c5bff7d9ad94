//! Who may have changed something, by the clouds' own logs: each is asked once for all that is to be known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::changes::IN_A_CLOUDS_LOG;
use rdpctl_contract::{Changed, ChangesAsk, CloudError, CloudReader, Store, StoreError};
use rdpctl_model::outcome::JournalSubject;
use rdpctl_model::{Evidence, FacetId, InstanceName, ProviderName, ResourceId};
use tokio_util::sync::CancellationToken;

use crate::estate::{Estate, Who};

/// How far before something was seen its cause is looked for.
const LOOKED_BACK: Duration = Duration::from_hours(7 * 24);

/// Of so many at most it is asked at once.
const MOST: usize = 500;

/// Something that differs, and when that was seen first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// On whom.
    pub instance: InstanceName,
    /// What.
    pub facet: FacetId,
    /// Since when, as far as it is known.
    pub seen: Timestamp,
}

/// What the logs say.
#[derive(Debug, Default)]
pub struct Suspects {
    /// The last change before something was seen that can be its cause.
    pub found: BTreeMap<(InstanceName, FacetId), Changed>,
    /// Who did not tell, and why not.
    pub silent: Vec<(ProviderName, CloudError)>,
}

/// Asks. Of what differs inside of guests no cloud's log knows anything.
pub async fn suspects(
    estate: &Estate,
    clouds: &BTreeMap<ProviderName, Arc<dyn CloudReader>>,
    store: &dyn Store,
    differing: &[Differs],
    stop: &CancellationToken,
) -> Result<Suspects, StoreError> {
    let known = differing.iter().filter(|one| IN_A_CLOUDS_LOG.contains(&one.facet));
    let differing: Vec<&Differs> = known.take(MOST).collect();
    let mut suspects = Suspects::default();
    if differing.is_empty() {
        return Ok(suspects);
    }
    let names: BTreeSet<InstanceName> = differing.iter().map(|one| one.instance.clone()).collect();
    let names: Vec<InstanceName> = names.into_iter().collect();
    let evidence = store.evidence(&names).await?;
    let mut ids: BTreeMap<InstanceName, Vec<ResourceId>> =
        names.iter().cloned().zip(evidence.iter().map(|one| ids_of(one.as_ref()))).collect();
    // What was taken away is not in the last answer; what rdpctl made is on record.
    for made in store.created().await? {
        if let JournalSubject::Instance(name) = &made.subject
            && let Some(ids) = ids.get_mut(name)
        {
            ids.push(made.created.id);
        }
    }
    let mut of: BTreeMap<ProviderName, Vec<&Differs>> = BTreeMap::new();
    for one in differing {
        if let Some(provider) = provider(estate, &one.instance) {
            of.entry(provider).or_default().push(one);
        }
    }
    for (provider, differing) in of {
        let Some(cloud) = clouds.get(&provider) else { continue };
        let Some(ask) = ask(&differing, &ids) else { continue };
        match cloud.changes(&ask, stop).await {
            Ok(changes) => {
                for one in differing {
                    let ids = ids.get(&one.instance).map(Vec::as_slice).unwrap_or_default();
                    if let Some(change) = cause(&changes, one, ids) {
                        let part = (one.instance.clone(), one.facet);
                        suspects.found.insert(part, change.clone());
                    }
                }
            }
            Err(error) => suspects.silent.push((provider, error)),
        }
    }
    Ok(suspects)
}

fn ask(
    differing: &[&Differs],
    ids: &BTreeMap<InstanceName, Vec<ResourceId>>,
) -> Option<ChangesAsk> {
    let facets: BTreeSet<FacetId> = differing.iter().map(|one| one.facet).collect();
    let first = differing.iter().map(|one| one.seen).min()?;
    let of = differing.iter().filter_map(|one| ids.get(&one.instance)).flatten().cloned();
    Some(ChangesAsk {
        facets: facets.into_iter().collect(),
        of: of.collect::<BTreeSet<_>>().into_iter().collect(),
        since: first.checked_sub(LOOKED_BACK).unwrap_or(first),
        until: differing.iter().map(|one| one.seen).max()?,
    })
}

/// The last change before it was seen that was done to something of the instance.
fn cause<'a>(changes: &'a [Changed], one: &Differs, ids: &[ResourceId]) -> Option<&'a Changed> {
    let can_be = |change: &&Changed| {
        change.facets.contains(&one.facet)
            && change.at <= one.seen
            && ids.iter().any(|id| change.is_of(id.as_str()))
    };
    changes.iter().filter(can_be).max_by_key(|change| change.at)
}

/// The ids of an instance and of what it hangs on, by the last answer of its cloud.
fn ids_of(evidence: Option<&Evidence>) -> Vec<ResourceId> {
    let answer = evidence.and_then(|evidence| evidence.cloud.answer.as_ref());
    let Some(cloud) = answer.map(|answer| &answer.said) else { return Vec::new() };
    let mut ids = vec![cloud.id.clone()];
    ids.extend(cloud.handles.address_id.clone());
    let sets = cloud.doors.stages.iter().flat_map(|stage| &stage.sets);
    ids.extend(sets.map(|set| set.id.clone()));
    ids
}

fn provider(estate: &Estate, name: &InstanceName) -> Option<ProviderName> {
    let declares = |who: Who<'_>| match who {
        Who::One(instance) => instance.name == *name,
        Who::Fleet(fleet) => name.is_of(&fleet.name),
    };
    estate.sources().find(|source| declares(source.who)).map(|source| source.provider.clone())
}
