//! Declared fleets that find nobody, with what is nearest to what they look for: of the tags that were seen on others of the
//! same provider, as no cloud is asked for anything that is not declared.

use std::collections::BTreeSet;

use rdpctl_contract::{Store, StoreError};
use rdpctl_engine::Estate;
use rdpctl_engine::estate::Who;
use rdpctl_model::declaration::{Fleet, Selector};
use rdpctl_model::{InstanceName, ProviderName};
use rdpctl_page::{Nobody, View};

/// Machines whose tags are looked at.
const LOOKED_AT: usize = 200;

/// Those of which the provider has answered, and nobody is in them.
pub(super) async fn nobody(
    estate: &Estate,
    view: &View,
    store: &dyn Store,
) -> Result<Vec<Nobody>, StoreError> {
    let has_answered = |provider: &ProviderName| {
        let mut known = view.health.providers.iter();
        known.any(|one| one.name == provider.as_str() && one.answered.is_some())
    };
    let mut all = Vec::new();
    for source in estate.sources() {
        let Who::Fleet(fleet) = source.who else { continue };
        let name = fleet.name.to_string();
        let is_unseen = view.unseen.iter().any(|(unseen, _)| *unseen == name);
        let has_members = view.fleets.contains_key(&Some(name));
        if !has_members && !is_unseen && has_answered(&fleet.provider) {
            let tags = tags_of(&fleet.provider, view, store).await?;
            all.push(of(fleet, &tags));
        }
    }
    Ok(all)
}

fn of(fleet: &Fleet, seen: &BTreeSet<String>) -> Nobody {
    let Selector { tags, names, resource_group } = &fleet.select;
    let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let missed = tags.iter().filter(|tag| !seen.contains(*tag));
    let nearest: BTreeSet<&str> = missed
        .filter_map(|tag| rdpctl_config::nearest(tag, seen.iter().map(String::as_str)))
        .collect();
    let nearest = nearest.into_iter().map(str::to_owned).collect();
    let wants = tags.into_iter().chain(names.iter().cloned()).chain(resource_group.clone());
    Nobody { fleet: fleet.name.to_string(), wants: wants.collect(), nearest }
}

/// The tags of some machines of a provider, as they were last seen.
async fn tags_of(
    provider: &ProviderName,
    view: &View,
    store: &dyn Store,
) -> Result<BTreeSet<String>, StoreError> {
    let rows = view.rows.iter().filter(|row| row.provider == *provider).take(LOOKED_AT);
    let names: Vec<InstanceName> = rows.map(|row| row.name.clone()).collect();
    let known = store.evidence(&names).await?;
    let mut tags = BTreeSet::new();
    for evidence in known.iter().flatten() {
        if let Some(cloud) = evidence.cloud.said() {
            tags.extend(cloud.handles.tags.iter().map(|(key, value)| format!("{key}={value}")));
        }
    }
    Ok(tags)
}
