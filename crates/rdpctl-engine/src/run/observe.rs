//! A second look where nothing could be seen before: each guest is told of as soon as it can be seen.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use rdpctl_model::Said;
use rdpctl_model::assessment::Members;
use rdpctl_model::facts::{Chunk, Facts};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::step::Action;
use rdpctl_model::{FacetId, Gap, ResourceId, Verdict};

use super::Scene;
use super::prove::{Looked, asked, looked_at};
use super::report::{Ended, Failure, Results};
use super::sources::Sources;
use super::unit::Unit;
use crate::assess::{Filter, Unseen, judge};
use crate::refresh::{Again, Depth, look_again};
use crate::said::say;

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    members: Vec<Looked>,
    facets: HashMap<ResourceId, BTreeSet<FacetId>>,
}

impl Work {
    pub(crate) fn new(plan: &Plan, sources: &Sources, unit: &Unit) -> Self {
        let members = looked_at(plan, sources, unit);
        let facets =
            members.iter().map(|one| (one.id.clone(), announced(plan, one.cell.step))).collect();
        Self { members, facets }
    }
}

/// The facets that an observation decides.
pub(super) fn announced(plan: &Plan, step: StepId) -> BTreeSet<FacetId> {
    match plan.step(step).map(|planned| &planned.step.action) {
        Some(Action::Observe { facets }) => facets.iter().copied().collect(),
        Some(
            Action::Cloud(_)
            | Action::Guest(_)
            | Action::Own(_)
            | Action::Prove { .. }
            | Action::LogOn { .. },
        )
        | None => BTreeSet::new(),
    }
}

pub(crate) async fn perform(scene: &Scene, work: Work) {
    let eyes = scene.hands.eyes();
    let mut pause = Duration::from_millis(200);
    let deadline = tokio::time::Instant::now() + scene.patience.boot;
    let mut waiting = work.members;
    // A guest that was just started answers once its agent does.
    let left = loop {
        let looked = look_again(
            &scene.estate,
            &eyes,
            scene.store.as_ref(),
            &scene.permit.author(),
            &asked(&waiting),
            Depth::Guest,
            &scene.stop,
        )
        .await;
        match looked {
            Ok(Again { facts, .. }) => {
                let blind = unseen(scene, &facts, &work.facets);
                let (still, seen): (Vec<Looked>, Vec<Looked>) =
                    waiting.into_iter().partition(|one| blind.contains(&one.id));
                waiting = still;
                tell(scene, seen, facts, &blind).await;
            }
            Err(error) => {
                break Ended::Failed(Failure::new(
                    Said::quoted(error.to_string()),
                    Said::default(),
                ));
            }
        }
        if waiting.is_empty() {
            return;
        }
        if tokio::time::Instant::now() >= deadline {
            break Ended::Failed(Failure::new(
                say::runs_and_does_not_answer(),
                say::reason_of_each(),
            ));
        }
        tokio::select! {
            () = scene.stop.cancelled() => break Ended::Failed(Failure::new(say::stopped(), Said::default())),
            () = scene.gently.cancelled() => break Ended::Skipped(say::interrupted()),
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(Duration::from_secs(5));
    };
    let results: Results = waiting.iter().map(|one| (one.cell, left.clone())).collect();
    scene.reports.tell(results).await;
}

async fn tell(scene: &Scene, seen: Vec<Looked>, facts: Facts, blind: &BTreeSet<ResourceId>) {
    if seen.is_empty() {
        return;
    }
    let receipt = Receipt { note: say::seen(), ..Receipt::default() };
    let results = seen.into_iter().map(|one| (one.cell, Ended::Done(receipt.clone()))).collect();
    scene.reports.tell_observed(results, without(facts, blind)).await;
}

/// Who still cannot be seen, though it may only be a matter of time.
fn unseen(
    scene: &Scene,
    facts: &Facts,
    facets: &HashMap<ResourceId, BTreeSet<FacetId>>,
) -> BTreeSet<ResourceId> {
    let now = scene.hands.clock.now();
    let assessed = judge(&scene.estate, facts, &Filter::default(), now, Unseen::LeftOut);
    let mut blind = BTreeSet::new();
    for one in assessed {
        // What the door shows is decided last; a guest that answers is seen.
        let hidden: Vec<(FacetId, &Verdict)> = one
            .facets
            .iter()
            .filter(|(facet, _)| *facet != FacetId::Reachable)
            .filter_map(|(facet, assessment)| Some((facet, &assessment.as_ref()?.verdict)))
            .filter(|(_, verdict)| matches!(verdict, Verdict::Unknown { .. }))
            .collect();
        let Members::Named(members) = one.members else { continue };
        for member in members {
            let asked = |facet: &FacetId| {
                facets.get(&member.id).is_some_and(|announced| announced.contains(facet))
            };
            if hidden.iter().any(|(facet, verdict)| asked(facet) && is_a_matter_of_time(verdict)) {
                blind.insert(member.id);
            }
        }
    }
    blind
}

/// Whether waiting may show what could not be seen.
fn is_a_matter_of_time(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Unknown { gap } => match gap {
            Gap::NotRunning
            | Gap::AgentUnavailable { .. }
            | Gap::Unreachable { .. }
            | Gap::Unresponsive { .. }
            | Gap::TimedOut { .. }
            | Gap::NotSurveyed => true,
            Gap::NotAsked
            | Gap::NotFound { .. }
            | Gap::NoChannel
            | Gap::NotGranted { .. }
            | Gap::Denied { .. }
            | Gap::Truncated { .. }
            | Gap::Garbled { .. }
            | Gap::ApiError { .. } => false,
        },
        Verdict::Healthy { .. }
        | Verdict::Drifted { .. }
        | Verdict::Blocked { .. }
        | Verdict::NotApplicable { .. } => false,
    }
}

/// Facts about those who were seen; the others are looked at again.
fn without(mut facts: Facts, blind: &BTreeSet<ResourceId>) -> Facts {
    if blind.is_empty() {
        return facts;
    }
    let all = std::mem::take(&mut facts.chunks);
    let mut kept = facts;
    for chunk in all {
        let mut seen = Chunk::new(chunk.source.clone(), chunk.provider.clone());
        for row in chunk.rows().filter(|row| !blind.contains(row.id)) {
            seen.push(row);
        }
        if !seen.is_empty() {
            kept.chunks.push(seen);
        }
    }
    kept
}
