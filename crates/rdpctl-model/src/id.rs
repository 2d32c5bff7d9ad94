//! Names and ids as types, so that a profile's name never stands where an instance's belongs.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is; the edge that read it has checked it.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id!(
    /// The name of one VM as the user declared it, or `FLEET/RESOURCE-ID` for a member of a fleet.
    InstanceName
);
text_id!(
    /// The name of a `[fleet.NAME]` table.
    FleetName
);
text_id!(
    /// The name of a `[profile.NAME]` table, or of a built-in profile.
    ProfileName
);
text_id!(
    /// The name of a `[provider.NAME]` table.
    ProviderName
);
text_id!(
    /// A vendor's id of a thing: `ins-0abc1234`, `eip-…`, `sg-…`, or an ARM resource id.
    ResourceId
);
text_id!(
    /// The id of one execution of a plan.
    RunId
);

/// An id as it stands in names: `group/name` for a resource id of ARM, which says the same within a subscription; any
/// other as it is.
fn short(id: &str) -> String {
    let parts: Vec<&str> = id.split('/').collect();
    match parts[..] {
        ["", subscriptions, _, groups, group, providers, .., name]
            if parts.len() >= 9
                && subscriptions.eq_ignore_ascii_case("subscriptions")
                && groups.eq_ignore_ascii_case("resourceGroups")
                && providers.eq_ignore_ascii_case("providers") =>
        {
            format!("{group}/{name}")
        }
        _ => id.to_owned(),
    }
}

impl ResourceId {
    /// As it stands in names and sentences: `group/name` for a resource id of ARM, any other as it is.
    #[must_use]
    pub fn short(&self) -> String {
        short(self.as_str())
    }
}

impl InstanceName {
    /// The name of a fleet's member.
    #[must_use]
    pub fn of_member(fleet: &FleetName, id: &str) -> Self {
        Self::new(format!("{fleet}/{}", short(id)))
    }

    /// Whether it is a member of that fleet.
    #[must_use]
    pub fn is_of(&self, fleet: &FleetName) -> bool {
        self.fleet() == Some(fleet.as_str())
    }

    /// The fleet to which the name belongs, if it is a member's.
    #[must_use]
    pub fn fleet(&self) -> Option<&str> {
        Self::fleet_in(self.as_str())
    }

    /// The fleet in what somebody wrote for a name, if it reads as a member's.
    #[must_use]
    pub fn fleet_in(text: &str) -> Option<&str> {
        text.split_once('/').map(|(fleet, _)| fleet)
    }

    /// The fleet to which the name belongs and the member's id, if it is a member's. No name that a user gives has a
    /// slash in it; an id may have several.
    #[must_use]
    pub fn member(&self) -> Option<(&str, &str)> {
        self.as_str().split_once('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_with_a_long_id_is_named_by_its_group_and_name() {
        let fleet = FleetName::new("desks");
        let long = "/subscriptions/1/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web-1";
        for (id, name) in [("ins-0abc1234", "desks/ins-0abc1234"), (long, "desks/prod/web-1")] {
            assert_eq!(InstanceName::of_member(&fleet, id).as_str(), name);
        }
    }
}
