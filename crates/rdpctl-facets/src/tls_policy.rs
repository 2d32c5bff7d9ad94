//! TLS and a domain's group policy: who would put a change back, and how it is kept away meanwhile.

use std::collections::BTreeMap;

use rdpctl_model::guest::{Enforced, Registry};
use rdpctl_model::handshake::TlsVersion;
use rdpctl_model::step::{Disruption, Guarded, StartType, service_key};
use rdpctl_model::{Gap, GuestAction, Step};
use serde::{Deserialize, Serialize};

use crate::facet::{Purpose, StepWords};
use crate::group_policy;
use crate::paths::GROUP_POLICY_STATE;
use crate::steps::say as step;
use crate::tls_wish;

/// Whether a domain sets policy here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Domain {
    /// None does.
    #[default]
    None,
    /// One does.
    Applied,
    /// One does, and its policies are kept away by somebody before us: the facet group-policy lets them back.
    Held,
}

/// Reads it from the registry.
pub(crate) fn domain(registry: &Registry) -> Result<Domain, Gap> {
    if registry.value(GROUP_POLICY_STATE, "Distinguished-Name")?.is_none() {
        return Ok(Domain::None);
    }
    let start = registry.dword(&service_key("gpsvc"), "Start")?;
    Ok(if start == Some(StartType::Disabled.number()) { Domain::Held } else { Domain::Applied })
}

impl Domain {
    /// The step that keeps policy away over the reboot.
    pub(crate) fn hold(self, purpose: &Purpose) -> Option<Step> {
        let purpose = Purpose { seed: "Azure 3.2", why: step::policies_could(), ..purpose.clone() };
        let step = || {
            purpose
                .guest(GuestAction::HoldGroupPolicy, step::policy_at_boot(), step::policy_held())
                .disrupting(Disruption::Reboots)
                .guarded(Guarded::Reboot)
        };
        (self == Self::Applied).then(step)
    }

    /// The steps that let it back and show what it does.
    pub(crate) fn resume(self, purpose: &Purpose) -> Vec<Step> {
        let purpose = Purpose { seed: "Azure 3.3", why: step::no_longer(), ..purpose.clone() };
        if self == Self::Applied { group_policy::resumed(&purpose).to_vec() } else { Vec::new() }
    }
}

const VALUES: [&str; 2] = ["Enabled", "DisabledByDefault"];

fn place(version: TlsVersion, name: &str) -> String {
    format!("{} {name}", version.name())
}

/// The policies that write a version's values, by `VERSION VALUE`.
pub(crate) fn enforced(policies: &[Enforced]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for version in TlsVersion::ALL.iter().copied() {
        let key = tls_wish::key(version).to_ascii_lowercase();
        for one in policies.iter().filter(|one| one.key == key) {
            if let Some(name) = VALUES.into_iter().find(|name| name.eq_ignore_ascii_case(&one.name))
            {
                found.insert(place(version, name), one.policy.clone());
            }
        }
    }
    found
}

/// The first of a version's values that a policy writes, with the policy's name.
pub(crate) fn enforcer(
    enforced: &BTreeMap<String, String>,
    version: TlsVersion,
) -> Option<(&str, &str)> {
    VALUES.into_iter().find_map(|name| {
        let (value, policy) = enforced.get_key_value(&place(version, name))?;
        Some((value.as_str(), policy.as_str()))
    })
}
