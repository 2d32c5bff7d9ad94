//! A second look where nothing could be seen before, and the steps that it reveals.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::facts::Facts;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::plan::{Held, Plan, PlannedStep, StepId, Subject};
use rdpctl_model::step::{Action, Guarded};
use rdpctl_model::{FacetId, Gap, ResourceId, Verdict};

use super::{Failure, Report, Scene, source_key};
use crate::assess::{Filter, Unseen, judge, restrict};
use crate::estate::Estate;
use crate::refresh::{Depth, look_again};

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    step: StepId,
    members: Vec<(usize, String, ResourceId)>,
    facets: BTreeSet<FacetId>,
}

impl Work {
    pub(crate) fn new(plan: &Plan, estate: &Estate, step: StepId, members: Vec<usize>) -> Self {
        Self { step, members: found(plan, estate, step, members), facets: announced(plan, step) }
    }
}

/// Members of a step with the source under which their facts are kept.
pub(super) fn found(
    plan: &Plan,
    estate: &Estate,
    step: StepId,
    members: Vec<usize>,
) -> Vec<(usize, String, ResourceId)> {
    let Some(Subject::Each(group)) = plan.step(step).map(|planned| &planned.on) else {
        return Vec::new();
    };
    members
        .into_iter()
        .filter_map(|place| {
            let member = plan.groups.get(*group)?.members.get(place)?;
            Some((place, source_key(estate, &member.name)?, member.id.clone()))
        })
        .collect()
}

fn announced(plan: &Plan, step: StepId) -> BTreeSet<FacetId> {
    match plan.step(step).map(|planned| &planned.step.action) {
        Some(Action::Observe { facets }) => facets.iter().copied().collect(),
        Some(Action::Cloud(_) | Action::Guest(_) | Action::Prove { .. }) | None => BTreeSet::new(),
    }
}

pub(crate) async fn perform(scene: &Scene, work: Work) -> Report {
    let eyes = scene.hands.eyes();
    let mut pause = Duration::from_millis(200);
    let deadline = tokio::time::Instant::now() + scene.patience.boot;
    let mut all = Facts::default();
    let mut waiting: Vec<(usize, String, ResourceId)> = work.members.clone();
    let mut failure: Option<Failure> = None;
    // A guest that was just started answers once its agent does.
    loop {
        let members: Vec<(String, ResourceId)> =
            waiting.iter().map(|(_, key, id)| (key.clone(), id.clone())).collect();
        match look_again(
            &scene.estate,
            &eyes,
            scene.store.as_ref(),
            &members,
            Depth::Guest,
            &scene.stop,
        )
        .await
        {
            Ok(facts) => {
                let blind = unseen(scene, &facts, &work.facets);
                merge(&mut all, facts, &blind);
                waiting.retain(|(_, _, id)| blind.contains(id));
            }
            Err(error) => {
                failure = Some(Failure { why: error.to_string(), advice: String::new() });
                break;
            }
        }
        if waiting.is_empty() || tokio::time::Instant::now() >= deadline {
            break;
        }
        tokio::select! {
            () = scene.stop.cancelled() => {
                failure = Some(Failure { why: "stopped".to_owned(), advice: String::new() });
                break;
            }
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(Duration::from_secs(5));
    }
    let results = work
        .members
        .iter()
        .map(|(place, _, id)| {
            let result = match &failure {
                Some(failure) => Err(failure.clone()),
                None if waiting.iter().any(|(_, _, other)| other == id) => Err(Failure {
                    why: "the guest does not answer although the instance runs".to_owned(),
                    advice: "`rdpctl plan` names the reason of each channel".to_owned(),
                }),
                None => Ok(Receipt { note: "seen".to_owned(), ..Receipt::default() }),
            };
            (work.step, *place, result)
        })
        .collect();
    Report { results, observed: Some(all) }
}

/// Who still cannot be seen, though it may only be a matter of time.
fn unseen(scene: &Scene, facts: &Facts, facets: &BTreeSet<FacetId>) -> BTreeSet<ResourceId> {
    let mut assessed =
        judge(&scene.estate, facts, &Filter::default(), scene.hands.clock.now(), Unseen::LeftOut);
    restrict(&mut assessed, facets);
    let mut blind = BTreeSet::new();
    for one in assessed {
        let waits = one
            .facets
            .values()
            .iter()
            .flatten()
            .any(|assessment| is_a_matter_of_time(&assessment.verdict));
        // What the door shows is decided last; a guest that answers is seen.
        let only_door = one
            .facets
            .iter()
            .filter_map(|(facet, assessment)| {
                assessment.as_ref().map(|assessment| (facet, assessment))
            })
            .all(|(facet, assessment)| {
                facet == FacetId::Reachable
                    || !matches!(assessment.verdict, Verdict::Unknown { .. })
            });
        if waits
            && !only_door
            && let rdpctl_model::assessment::Members::Named(members) = one.members
        {
            blind.extend(members.into_iter().map(|member| member.id));
        }
    }
    blind
}

/// Whether waiting may show what could not be seen.
fn is_a_matter_of_time(verdict: &Verdict) -> bool {
    let Verdict::Unknown { gap } = verdict else { return false };
    matches!(
        gap,
        Gap::NotRunning
            | Gap::AgentUnavailable { .. }
            | Gap::Unreachable { .. }
            | Gap::TimedOut { .. }
            | Gap::NotSurveyed
    )
}

/// Adds what was seen to what was seen before, leaving out those who will be looked at again.
fn merge(all: &mut Facts, fresh: Facts, blind: &BTreeSet<ResourceId>) {
    for chunk in fresh.chunks {
        let mut kept = rdpctl_model::facts::Chunk {
            provider: chunk.provider.clone(),
            source: chunk.source.clone(),
            ..rdpctl_model::facts::Chunk::default()
        };
        for mut row in chunk.rows() {
            if blind.contains(row.id) {
                continue;
            }
            for facet in FacetId::ALL {
                if let Some(text) = fresh.seen[facet].get(row.slots[facet as usize]) {
                    row.slots[facet as usize] = all.seen[facet].intern(text);
                }
            }
            kept.push(row);
        }
        if !kept.is_empty() {
            all.chunks.push(kept);
        }
    }
}

/// Plans what was revealed: only the facets that the observation announced, under the same guards.
pub(crate) fn plan(
    estate: &Estate,
    whole: &Plan,
    step: StepId,
    facts: &Facts,
    allowed: &BTreeSet<Guarded>,
    now: Timestamp,
) -> Plan {
    let mut assessed = judge(estate, facts, &Filter::default(), now, Unseen::LeftOut);
    restrict(&mut assessed, &announced(whole, step));
    rdpctl_plan::plan(rdpctl_plan::Request {
        assessed,
        guards: &estate.guards,
        allowed,
        now,
        declaration: whole.declaration.clone(),
        survey: whole.survey.clone(),
    })
}

/// Adds a plan's groups and steps at the end of another. Returns the first of the new steps.
pub(crate) fn append(whole: &mut Plan, observed: StepId, added: Plan) -> StepId {
    let base = u32::try_from(whole.steps.len()).unwrap_or(u32::MAX);
    let groups = whole.groups.len();
    let shift = |id: StepId| StepId(id.0 + base);
    let before: Vec<StepId> = match whole.step(observed).map(|planned| &planned.on) {
        Some(Subject::Each(group)) => whole.groups[*group].steps.clone(),
        Some(Subject::Shared { .. }) | None => Vec::new(),
    };
    let look = whole.number(observed);
    let revealed = |step: &PlannedStep| step.number.revealed_by().as_ref() == Some(&look);
    let before_it = whole.steps.iter().filter(|step| revealed(step)).count();
    for mut planned in added.steps {
        let number =
            planned.number.last().saturating_add(u32::try_from(before_it).unwrap_or(u32::MAX));
        planned.number = look.revealed(number);
        planned.needs = planned.needs.into_iter().map(shift).collect();
        planned.on = match planned.on {
            Subject::Each(group) => Subject::Each(group + groups),
            Subject::Shared { provider, object, groups: own } => Subject::Shared {
                provider,
                object,
                groups: own.into_iter().map(|group| group + groups).collect(),
            },
        };
        if let Some(Held::Behind { step }) = &mut planned.held {
            *step = shift(*step);
        }
        // The proof waits for what was planned before the observation, too.
        if matches!(planned.step.action, Action::Prove { .. }) {
            planned.needs.extend(
                before
                    .iter()
                    .copied()
                    .filter(|id| whole.step(*id).is_some_and(|step| step.held.is_none())),
            );
        }
        whole.steps.push(planned);
    }
    for mut group in added.groups {
        group.steps = group.steps.into_iter().map(shift).collect();
        whole.groups.push(group);
    }
    whole.security.extend(added.security);
    StepId(base)
}
