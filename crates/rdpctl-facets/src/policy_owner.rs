//! Who stands behind a value under the policies' keys: a policy that writes it again, or nobody any more.
//!
//! A value there wins over the local one, whoever wrote it. Where `gpresult` and the machine's own policy file both name
//! it nowhere, it is a leftover, which can be mended; where they cannot tell, it is taken for a policy's.

use rdpctl_model::Said;
use rdpctl_model::guest::GuestSurvey;
use serde::{Deserialize, Serialize};

/// Who stands behind a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Owner {
    /// Nobody was asked, or nobody could tell.
    #[default]
    Unknown,
    /// A policy of that name; untrusted text.
    Policy(String),
    /// Nobody: no policy writes it.
    Nobody,
}

impl Owner {
    /// Of one value.
    pub(crate) fn of(guest: &GuestSurvey, key: &str, name: &str) -> Self {
        let Ok(policies) = &guest.policies else { return Self::Unknown };
        let (key, name) = (key.to_ascii_lowercase(), name.to_ascii_lowercase());
        let known = policies.enforced.iter().find(|one| one.key == key && one.name == name);
        let all_told = policies.own_file.is_ok()
            && policies.unplaced.is_empty()
            && !policies.somewhere.iter().any(|one| one.may_mean(&key));
        match known {
            Some(one) => Self::Policy(one.policy.clone()),
            None if all_told => Self::Nobody,
            None => Self::Unknown,
        }
    }

    /// Who it is, where the setting is called so.
    pub(crate) fn said(&self, setting: Said) -> Said {
        match self {
            Self::Policy(name) => say::policy_named(name, setting),
            Self::Unknown => say::policy_unknown(setting),
            Self::Nobody => say::policy_nobody(setting),
        }
    }
}

rdpctl_model::says! { "common":
    policy_named(name, setting);
    policy_unknown(setting);
    policy_nobody(setting);
}
