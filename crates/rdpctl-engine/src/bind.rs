//! Binding a plan's members to what is their own: ids, certificates, files, rule sets, from the last evidence.
//!
//! It is done late, and only for those for whom something is done: the evidence lies cold in the state.

use rdpctl_contract::{Store, StoreError};
use rdpctl_facets::Context;
use rdpctl_model::plan::{Group, Plan};
use rdpctl_model::tariff::Tariffs;
use rdpctl_model::{Evidence, InstanceName};

use crate::estate::Estate;

/// Whose values are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everybody's: for doing it, and for whoever wants to see all of it.
    All,
    /// So many of each of so many groups: for showing examples.
    Examples {
        /// Groups.
        groups: usize,
        /// Members of each.
        members: usize,
    },
}

/// Adds to a plan's members what is their own, from the last evidence, and reckons anew what it costs.
pub async fn bind(
    estate: &Estate,
    store: &dyn Store,
    plan: &mut Plan,
    extent: Extent,
    tariffs: &Tariffs,
) -> Result<(), StoreError> {
    let (groups, members) = match extent {
        Extent::All => (usize::MAX, usize::MAX),
        Extent::Examples { groups, members } => (groups, members),
    };
    for group in plan.groups.iter_mut().take(groups) {
        let names: Vec<InstanceName> =
            group.members.iter().take(members).map(|member| member.name.clone()).collect();
        let evidence = store.evidence(&names).await?;
        bind_group(estate, group, evidence);
    }
    rdpctl_plan::reckon(plan, tariffs);
    Ok(())
}

fn bind_group(estate: &Estate, group: &mut Group, evidence: Vec<Option<Evidence>>) {
    let profile = estate.profile(&group.profile);
    let kind = estate.kind(&group.provider);
    for (member, evidence) in group.members.iter_mut().zip(evidence) {
        let Some(survey) = evidence.and_then(Evidence::into_survey) else { continue };
        // Whether something may be done was judged before; here only what it would be done to is looked up.
        let at = Context::plain(survey.taken_at, group.port, kind);
        member.binds = Some(Box::new(rdpctl_facets::bind(&profile, &survey, &at)));
        if let Ok(cloud) = survey.cloud {
            member.handles = Some(Box::new(cloud.handles));
        }
    }
}
