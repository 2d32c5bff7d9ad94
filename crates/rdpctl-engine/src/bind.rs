//! Binding a plan's members to what is their own: ids, certificates, files, rule sets, from the last evidence.
//!
//! It is done late, and only for those for whom something is done: the evidence lies cold in the state.

use std::collections::BTreeSet;

use rdpctl_contract::{Store, StoreError};
use rdpctl_facets::Context;
use rdpctl_model::plan::{Group, Held, Plan};
use rdpctl_model::tariff::Tariffs;
use rdpctl_model::{Evidence, InstanceName};

use crate::estate::Estate;

/// Whose values are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everybody's: for doing it, and for whoever wants to see all of it.
    All,
    /// Of those about whom a guard asks a person: for whoever shows the question, and holds the answer against it.
    Asking,
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
        Extent::All | Extent::Asking => (usize::MAX, usize::MAX),
        Extent::Examples { groups, members } => (groups, members),
    };
    let asked: BTreeSet<usize> = match extent {
        Extent::Asking => asking(plan),
        Extent::All | Extent::Examples { .. } => (0..plan.groups.len()).collect(),
    };
    if asked.is_empty() {
        return Ok(());
    }
    for (_, group) in
        plan.groups.iter_mut().enumerate().take(groups).filter(|(place, _)| asked.contains(place))
    {
        let names: Vec<InstanceName> =
            group.members.iter().take(members).map(|member| member.name.clone()).collect();
        let evidence = store.evidence(&names).await?;
        bind_group(estate, group, evidence);
    }
    rdpctl_plan::reckon(plan, tariffs);
    Ok(())
}

/// Groups of which a guard asks a person.
fn asking(plan: &Plan) -> BTreeSet<usize> {
    let asks = plan.steps.iter().filter(|step| matches!(step.held, Some(Held::Asks { .. })));
    asks.map(|step| step.group).collect()
}

fn bind_group(estate: &Estate, group: &mut Group, evidence: Vec<Option<Evidence>>) {
    let profile = estate.profile(&group.profile);
    let kind = estate.kind(&group.provider);
    for (member, evidence) in group.members.iter_mut().zip(evidence) {
        let Some(survey) = evidence.and_then(Evidence::into_survey) else { continue };
        // Whether something may be done was judged before; here only what it would be done to is looked up.
        let at = Context::plain(survey.taken_at, group.port, kind);
        member.binds = Some(Box::new(rdpctl_facets::bind(&profile, &survey, &at)));
        member.sessions =
            survey.guest.ok().and_then(|guest| Some(guest.sessions.ok()?.into_boxed_slice()));
        if let Ok(cloud) = survey.cloud {
            member.handles = Some(Box::new(cloud.handles));
        }
    }
}
