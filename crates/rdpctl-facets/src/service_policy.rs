//! Start types of services that a policy sets: a change of ours would be gone at its next refresh.

use std::collections::BTreeMap;

use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::step::StartType;
use serde::{Deserialize, Serialize};

use crate::service_needed::NEEDED;
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
        let starts =
            NEEDED.iter().filter_map(|needed| Some((needed.name.to_owned(), of(needed.name)?)));
        Self(starts.collect())
    }

    /// How a policy has it start, and the policy's name.
    pub(crate) fn of(&self, service: &str) -> Option<(StartType, &str)> {
        self.0.get(service).map(|(start, policy)| (*start, policy.as_str()))
    }
}

/// Whether anybody sets start types here: a domain does, by its policies.
pub(crate) fn matters(guest: &GuestSurvey) -> bool {
    tls_policy::domain(&guest.registry).is_ok_and(|domain| domain != Domain::None)
}
