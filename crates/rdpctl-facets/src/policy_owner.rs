//! Who stands behind a value under the policies' keys: a policy that writes it again, or nobody any more.
//!
//! A value there wins over the local one, whoever wrote it. Where `gpresult` and the machine's own policy file both name
//! it nowhere, it is a leftover, which can be mended; where they cannot tell, it is taken for a policy's.

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
        match known {
            Some(one) => Self::Policy(one.policy.clone()),
            None if policies.own_file.is_ok() && policies.unplaced.is_empty() => Self::Nobody,
            None => Self::Unknown,
        }
    }

    /// Who it is, for people, where the setting is known by this name.
    pub(crate) fn words(&self, setting: &str) -> String {
        match self {
            Self::Policy(name) => format!("the group policy “{name}”, which sets {setting}"),
            Self::Unknown => format!(
                "{setting}, set under the policies' key; which policy writes it cannot be told from here"
            ),
            Self::Nobody => format!("{setting}, left under the policies' key by nobody's policy"),
        }
    }
}
