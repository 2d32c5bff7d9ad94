//! The way back of a run, over the machines as they are now: planned like any other change.

use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::{Store, StoreError};
use rdpctl_model::assessment::Members;
use rdpctl_model::declaration::SnapshotFirst;
use rdpctl_model::facts::Facts;
use rdpctl_model::plan::Plan;
use rdpctl_model::tariff::Tariffs;
use rdpctl_model::verdict::Answers;
use rdpctl_model::{
    Assessed, Assessment, FacetId, FacetMap, InstanceName, ResourceId, RunId, Verdict,
};
use rdpctl_plan::{Undone, WayBack};

use crate::assess::assess_everybody;
use crate::basis::basis;
use crate::draft::{Draft, View};
use crate::estate::{Estate, Who};
use crate::meant::{self, NobodyMeant};
use crate::said::say;
use crate::standing::{Standing, standing};

/// A run that is to be undone.
#[derive(Clone, Debug)]
pub struct Past {
    /// Which.
    pub run: RunId,
    /// What its journal says of the way back.
    pub back: WayBack,
}

impl Estate {
    /// Whether somebody of that name is declared, as far as that can be told without asking.
    #[must_use]
    pub fn declares(&self, name: &InstanceName) -> bool {
        self.sources().any(|source| match source.who {
            Who::One(instance) => instance.name == *name,
            Who::Fleet(fleet) => name.is_of(&fleet.name),
        })
    }
}

impl Draft<'_> {
    /// The plan that puts back what a run replaced.
    pub fn back(&self, view: &View, past: &Past) -> Result<Plan, NobodyMeant> {
        let machines = &past.back.machines;
        let meant = |name: &InstanceName| machines.contains_key(name) && self.scope.means(name);
        let standing = standing(self.estate, &view.facts, meant);
        if standing.is_empty() && !machines.is_empty() {
            return Err(meant::nobody_left(self.estate, &view.facts));
        }
        let assessed: Vec<Assessed> = standing
            .into_iter()
            .filter_map(|one| Some(assessed(past, machines.get(&one.member.name)?, one)))
            .collect();
        let unseen = view.unseen.as_deref();
        Ok(rdpctl_plan::plan(rdpctl_plan::Request {
            survey: rdpctl_plan::digest(&assessed),
            assessed,
            guards: &self.estate.guards,
            allowed: self.allowed,
            now: self.now,
            declaration: self.estate.digest.clone(),
            basis: basis(self.estate, &view.facts, self.scope, unseen, self.now),
            tariffs: self.tariffs,
        }))
    }
}

/// A machine as the run left it, against as it was before.
fn assessed(past: &Past, undone: &Undone, one: Standing) -> Assessed {
    let short: String = past.run.as_str().chars().take(8).collect();
    let mut facets = FacetMap::from_fn(|_| None);
    for (facet, steps) in &undone.steps {
        let verdict = Verdict::drifted(say::as_left_by(&short), say::as_before());
        let steps = steps.clone();
        facets[*facet] = Some(Arc::new(Assessment { steps, ..Assessment::of(verdict) }));
    }
    Assessed {
        provider: one.provider,
        profile: one.profile,
        port: one.port,
        way: one.way,
        // The run that is undone has made a copy already.
        snapshot: SnapshotFirst::No,
        facets: Arc::new(facets),
        members: Members::Named(vec![one.member]),
    }
}

/// Adds to a plan's members the rules that the run made for them, as their sets stand now.
pub(crate) async fn bind_back(
    store: &dyn Store,
    plan: &mut Plan,
    past: &Past,
    tariffs: &Tariffs,
) -> Result<(), StoreError> {
    for member in plan.groups.iter_mut().flat_map(|group| &mut group.members) {
        let Some(undone) = past.back.machines.get(&member.name) else { continue };
        let mut binds = member.binds.take().unwrap_or_default();
        (binds.openings, binds.closings) = (Vec::new(), Vec::new());
        if !undone.closings.is_empty() {
            let names = std::slice::from_ref(&member.name);
            let known = store.evidence(names).await?.pop().flatten();
            let doors = known.and_then(|known| known.cloud.answer).map(|it| it.said.doors);
            let set = |id: &ResourceId| {
                let stages = doors.iter().flat_map(|doors| &doors.stages);
                stages.flat_map(|stage| &stage.sets).map(AsRef::as_ref).find(|set| set.id == *id)
            };
            binds.closings = rdpctl_plan::closings(undone, set);
        }
        member.binds = Some(binds);
    }
    rdpctl_plan::reckon(plan, tariffs);
    Ok(())
}

/// Who of those that were put back answers from outside, as the last look saw them.
pub(crate) fn answering(
    estate: &Estate,
    facts: &Facts,
    past: &Past,
    now: Timestamp,
) -> Vec<(InstanceName, Answers)> {
    let mut all = Vec::new();
    for one in assess_everybody(estate, facts, now) {
        let Members::Named(members) = &one.members else { continue };
        let seen = one.facets[FacetId::Reachable].as_ref();
        let answers = seen.map_or(Answers::NotSeen, |assessment| assessment.answers);
        let meant = members.iter().filter(|it| past.back.machines.contains_key(&it.name));
        all.extend(meant.map(|member| (member.name.clone(), answers)));
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}
