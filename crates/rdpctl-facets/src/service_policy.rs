//! Start types of services that a policy sets: a change of ours would be gone at its next refresh.

use std::collections::BTreeMap;

use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::step::StartType;
use rdpctl_model::{Finding, Found};
use serde::{Deserialize, Serialize};

use crate::service::Desired;
use crate::service_hindrance::Hindrance;
use crate::service_seen::NEEDED;
use crate::tls_policy::{self, Domain};

/// By the service's name, how a policy has it start, and the policy's name, which is untrusted text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Starts(BTreeMap<String, (StartType, String)>);

impl Starts {
    pub(crate) fn read(guest: &GuestSurvey) -> Self {
        let Ok(policies) = &guest.policies else { return Self::default() };
        let of = |name: &str| {
            let key = rdpctl_model::step::service_key(name).to_ascii_lowercase();
            let written =
                policies.enforced.iter().find(|one| one.key == key && one.name == "start");
            let named = policies.starts.iter().find(|one| one.service.eq_ignore_ascii_case(name));
            named
                .map(|one| (one.start, one.policy.clone()))
                // A value that is written as such is the one that is found, until its policy is another.
                .or_else(|| {
                    let found = guest.registry.dword(&key, "Start").ok().flatten();
                    let start = StartType::from_number(found?)?;
                    written.map(|one| (start, one.policy.clone()))
                })
        };
        let starts = NEEDED.iter().filter_map(|needed| Some((needed.name.to_owned(), of(needed.name)?)));
        Self(starts.collect())
    }

    /// What stands in the way of giving a service this start type: a policy that has it disabled, or that has what is
    /// declared to start by itself not do so. One that is content with a start by hand would put that back, and it serves.
    pub(crate) fn hindrance(
        &self,
        want: Desired,
        service: &str,
        good: StartType,
    ) -> Option<Hindrance> {
        let insists = want == Desired::AutomaticStart && service == "TermService";
        let against = |start: StartType| {
            start == StartType::Disabled || (insists && start != good)
        };
        let (start, policy) = self.0.get(service).filter(|(start, _)| against(*start))?;
        Some(Hindrance {
            from: say::starts(service, start.name()),
            by: say::policy_starts(policy, service, start.name()),
            advice: say::change_its_policy(service),
            found: vec![
                Found::from(Finding::ServiceByPolicy)
                    .with("service", service)
                    .with("start", start.name())
                    .with("policy", policy.as_str()),
            ],
        })
    }
}

/// Whether anybody sets start types here: a domain does, by its policies.
pub(crate) fn matters(guest: &GuestSurvey) -> bool {
    tls_policy::domain(&guest.registry).is_ok_and(|domain| domain != Domain::None)
}

rdpctl_model::says! { "service":
    starts(name, start);
    policy_starts(policy, name, start);
    change_its_policy(name);
}
