//! Steps and plans for this crate's own tests.

use rdpctl_model::action::{OwnAction, Setting};
use rdpctl_model::guest::RegData;
use rdpctl_model::plan::{Budget, Group, PLAN_FORMAT, Plan, PlannedStep, StepId};
use rdpctl_model::step::{Action, Check, Disruption, GuestAction, Step};
use rdpctl_model::{CloudAction, FacetId, ProfileName, ProviderName};

pub(crate) fn step(facet: FacetId, action: Action) -> Step {
    Step {
        facet,
        action,
        before: rdpctl_model::Said::quoted("was"),
        after: rdpctl_model::Said::quoted("is"),
        why: rdpctl_model::Said::quoted(""),
        seed: String::new(),
        disruption: Disruption::None,
        guards: Vec::new(),
        reversible: true,
        expects: Vec::new(),
    }
}

pub(crate) fn guest(facet: FacetId, action: GuestAction) -> Step {
    step(facet, Action::Guest(action))
}

pub(crate) fn cloud(facet: FacetId, action: CloudAction) -> Step {
    step(facet, Action::Cloud(action))
}

pub(crate) fn own(facet: FacetId, action: OwnAction) -> Step {
    step(facet, Action::Own(action))
}

/// Writes one registry value, and knows what stood there.
pub(crate) fn set(facet: FacetId, setting: Setting, name: &str) -> Step {
    let (key, name) = (r"HKLM\K".to_owned(), name.to_owned());
    let was = Some(RegData::Dword(9));
    let expects = vec![Check::Registry { key: key.clone(), name: name.clone(), data: was }];
    let action = GuestAction::SetRegistry { key, name, data: RegData::Dword(1), setting };
    Step { expects, ..guest(facet, action) }
}

pub(crate) fn prove() -> Step {
    step(FacetId::Reachable, Action::Prove { port: 3389 })
}

/// A plan of one group with these steps, connected and in order.
pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    let mut steps: Vec<PlannedStep> =
        steps.into_iter().map(|step| PlannedStep::new(step, 0)).collect();
    crate::needs::connect(&mut steps);
    let group = Group {
        answers: rdpctl_model::verdict::Answers::NotSeen,
        provider: ProviderName::new("gz"),
        profile: ProfileName::new("standard"),
        port: 3389,
        way: None,
        members: Vec::new(),
        facets: Vec::new(),
        steps: (0_u32..).map(StepId).take(steps.len()).collect(),
    };
    Plan {
        format: PLAN_FORMAT,
        declaration: String::new(),
        survey: String::new(),
        groups: vec![group],
        steps: crate::order::arrange(steps, 0),
        repairs: Vec::new(),
        instances: 0,
        healthy: 0,
        security: Vec::new(),
        budget: Budget::default(),
        basis: rdpctl_model::plan::Basis::default(),
    }
}
