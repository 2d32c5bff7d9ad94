//! TLS and policies: who would put a change back, and how a domain's are kept away meanwhile.

use std::collections::BTreeMap;

use rdpctl_model::guest::{Enforced, Registry};
use rdpctl_model::handshake::TlsVersion;
use rdpctl_model::step::{Disruption, Guarded, StartType, service_key};
use rdpctl_model::{Gap, GuestAction, Step};
use serde::{Deserialize, Serialize};

use crate::facet::{Purpose, StepWords};
use crate::group_policy;
use crate::paths::{CIPHER_POLICY, GROUP_POLICY_STATE, SCHANNEL};
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

/// What is said of the list of cipher suites.
const FUNCTIONS: &str = "Functions";

fn of_version(version: TlsVersion, name: &str) -> String {
    format!("TLS {} {name}", version.name())
}

fn of_cipher(cipher: &str) -> String {
    format!("{} Enabled", cipher.to_ascii_uppercase())
}

/// The policies that write values of SCHANNEL, by what is said of the value.
pub(crate) fn enforced(policies: &[Enforced]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for version in TlsVersion::ALL.iter().copied() {
        let key = tls_wish::key(version).to_ascii_lowercase();
        for one in policies.iter().filter(|one| one.key == key) {
            if let Some(name) = VALUES.into_iter().find(|name| name.eq_ignore_ascii_case(&one.name))
            {
                found.insert(of_version(version, name), one.policy.clone());
            }
        }
    }
    let ciphers = format!(r"{}\ciphers\", SCHANNEL.to_ascii_lowercase());
    let list = CIPHER_POLICY.to_ascii_lowercase();
    for one in policies {
        if let (Some(cipher), "enabled") = (one.key.strip_prefix(&ciphers), one.name.as_str()) {
            found.insert(of_cipher(cipher), one.policy.clone());
        } else if (one.key.as_str(), one.name.as_str()) == (list.as_str(), "functions") {
            found.insert(FUNCTIONS.to_owned(), one.policy.clone());
        }
    }
    found
}

/// The first of a version's values that a policy writes, with the policy's name.
pub(crate) fn enforcer(
    enforced: &BTreeMap<String, String>,
    version: TlsVersion,
) -> Option<(&str, &str)> {
    VALUES.into_iter().find_map(|name| entry(enforced, &of_version(version, name)))
}

/// The first of these ciphers whose value a policy writes, with the policy's name.
pub(crate) fn cipher_enforcer<'a>(
    enforced: &'a BTreeMap<String, String>,
    ciphers: &[(String, u32)],
) -> Option<(&'a str, &'a str)> {
    ciphers.iter().find_map(|(cipher, _)| entry(enforced, &of_cipher(cipher)))
}

/// The policy that writes the list of cipher suites.
pub(crate) fn lister(enforced: &BTreeMap<String, String>) -> Option<&str> {
    entry(enforced, FUNCTIONS).map(|(_, policy)| policy)
}

fn entry<'a>(enforced: &'a BTreeMap<String, String>, what: &str) -> Option<(&'a str, &'a str)> {
    let (what, policy) = enforced.get_key_value(what)?;
    Some((what.as_str(), policy.as_str()))
}
