//! The profiles of the firewall, and who may have made a setting or a rule in them.

use rdpctl_model::Said;
use rdpctl_model::step::FirewallProfile;
use serde::{Deserialize, Serialize};

/// Who made a setting or a rule. The later wins over the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum By {
    /// Somebody on the machine.
    Local,
    /// A management agent, such as Intune's.
    Management,
    /// A group policy.
    Policy,
}

impl By {
    /// For people.
    pub(crate) fn said(self) -> Said {
        match self {
            Self::Local => say::by_setting(),
            Self::Management => say::by_management(),
            Self::Policy => say::by_policy(),
        }
    }

    /// Whether nothing that is set on the machine wins over it.
    pub(crate) const fn rules_over_us(self) -> bool {
        match self {
            Self::Local => false,
            Self::Management | Self::Policy => true,
        }
    }
}

/// Which, word for people, local registry name, names by policy, and the name in rules.
pub(crate) const PROFILES: [(FirewallProfile, &str, &str, &[&str]); 3] = [
    (FirewallProfile::Domain, "domain", "DomainProfile", &["DomainProfile"]),
    // `StandardProfile` is what policies of Windows XP's time write, and is still heeded.
    (
        FirewallProfile::Private,
        "private",
        "StandardProfile",
        &["PrivateProfile", "StandardProfile"],
    ),
    (FirewallProfile::Public, "public", "PublicProfile", &["PublicProfile"]),
];

rdpctl_model::says! { "firewall":
    by_setting();
    by_management();
    by_policy();
}
