//! Steps through the cloud's API.

use std::collections::BTreeMap;

use rdpctl_contract::{CloudError, CloudOrder};
use rdpctl_model::cloud::Handles;
use rdpctl_model::outcome::Created;
use rdpctl_model::plan::{Plan, StepId, Subject};
use rdpctl_model::step::Action;
use rdpctl_model::{CloudAction, InstanceName, ProviderName, ResourceId};

use super::{Failure, Report, Scene, subject};

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    step: StepId,
    provider: Option<ProviderName>,
    action: Option<CloudAction>,
    members: Vec<One>,
}

struct One {
    place: usize,
    name: InstanceName,
    id: ResourceId,
    token: String,
    created: Vec<Created>,
    handles: Option<Handles>,
}

impl Work {
    pub(crate) fn new(
        plan: &Plan,
        step: StepId,
        members: Vec<usize>,
        tokens: &BTreeMap<(StepId, usize), String>,
        created: &BTreeMap<InstanceName, Vec<Created>>,
    ) -> Self {
        let planned = plan.step(step);
        let provider = planned.and_then(|planned| match &planned.on {
            Subject::Each(group) => plan.groups.get(*group).map(|group| group.provider.clone()),
            Subject::Shared { provider, .. } => Some(provider.clone()),
        });
        let action = planned.and_then(|planned| match &planned.step.action {
            Action::Cloud(action) => Some(action.clone()),
            Action::Guest(_) | Action::Observe { .. } | Action::Prove { .. } => None,
        });
        let members = members
            .into_iter()
            .map(|place| {
                let name = subject(plan, step, place);
                // A shared object is reached through any instance that has it.
                let member = planned.and_then(|planned| match &planned.on {
                    Subject::Each(group) => plan.groups[*group].members.get(place),
                    Subject::Shared { groups, .. } => plan.groups[*groups.first()?].members.first(),
                });
                One {
                    place,
                    id: member
                        .map_or_else(|| ResourceId::new(name.as_str()), |member| member.id.clone()),
                    handles: member.and_then(|member| member.handles.as_deref().cloned()),
                    token: tokens.get(&(step, place)).cloned().unwrap_or_default(),
                    created: created.get(&name).cloned().unwrap_or_default(),
                    name,
                }
            })
            .collect();
        Self { step, provider, action, members }
    }
}

pub(crate) async fn perform(scene: &Scene, work: Work) -> Report {
    let failed = |work: &Work, failure: Failure| Report {
        results: work
            .members
            .iter()
            .map(|one| (work.step, one.place, Err(failure.clone())))
            .collect(),
        observed: None,
    };
    let cloud = work.provider.as_ref().and_then(|provider| scene.hands.clouds.get(provider));
    let (Some(cloud), Some(action)) = (cloud, work.action.clone()) else {
        return failed(
            &work,
            Failure {
                why: "the provider cannot be changed from here".to_owned(),
                advice: "check the provider's kind".to_owned(),
            },
        );
    };
    let names: Vec<InstanceName> = work.members.iter().map(|one| one.name.clone()).collect();
    // Evidence that cannot be read only costs the provider a look of its own.
    let evidence = scene.store.evidence(&names).await.unwrap_or_default();
    let orders: Vec<CloudOrder> = work
        .members
        .iter()
        .enumerate()
        .map(|(index, one)| {
            let seen = evidence
                .get(index)
                .and_then(Option::as_ref)
                .and_then(|survey| survey.cloud.as_ref().ok());
            CloudOrder {
                instance: one.id.clone(),
                action: action.clone(),
                handles: one
                    .handles
                    .clone()
                    .or_else(|| seen.map(|cloud| cloud.handles.clone()))
                    .unwrap_or_default(),
                token: one.token.clone(),
                created: one.created.clone(),
            }
        })
        .collect();
    let answers = cloud.perform(orders, &scene.stop).await;
    let mut answers = answers.into_iter();
    let results = work
        .members
        .iter()
        .map(|one| {
            let answer = answers.next().unwrap_or(Err(CloudError::Stopped));
            (work.step, one.place, answer.map_err(Failure::from))
        })
        .collect();
    Report { results, observed: None }
}
