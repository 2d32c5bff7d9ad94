//! What can be asked of a cloud's API.

use serde::{Deserialize, Serialize};

use crate::id::ResourceId;
use crate::rules::NewRule;

/// A change through the cloud's API, addressed by the instance or the named object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum CloudAction {
    /// Starts the instance.
    Start,
    /// Obtains an elastic address, marked as ours; a free one of ours is reused.
    AllocateAddress {
        /// Its bandwidth.
        mbps: u32,
    },
    /// Binds the address obtained just before, or ours that is free.
    AssociateAddress,
    /// Turns the ordinary address into an elastic one, keeping its number.
    TransformAddress,
    /// Sets the bandwidth of the elastic address.
    SetAddressBandwidth {
        /// Mbps.
        mbps: u32,
    },
    /// Sets the bandwidth of the instance.
    SetInstanceBandwidth {
        /// Mbps.
        mbps: u32,
    },
    /// Inserts one accept rule into a rule set at a version.
    OpenDoor {
        /// The group.
        rule_set: ResourceId,
        /// The version on which the index rests.
        version: String,
        /// The rule.
        rule: NewRule,
    },
    /// Removes the rule that we own.
    CloseDoor {
        /// The group.
        rule_set: ResourceId,
        /// The version on which the index rests.
        version: String,
        /// The rule.
        rule: NewRule,
    },
    /// Copies the system disk before the first risky step.
    SnapshotSystemDisk,
    /// Reboots through the API.
    Reboot,
    /// Gives an address back that rdpctl obtained.
    ReleaseAddress {
        /// The address.
        address: ResourceId,
    },
}

/// What an action asks of a cloud, without what it asks it for: by it permissions are named and calls are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CloudVerb {
    /// Starts an instance.
    Start,
    /// Obtains an elastic address.
    AllocateAddress,
    /// Binds an address.
    AssociateAddress,
    /// Turns an ordinary address into an elastic one.
    TransformAddress,
    /// Sets the bandwidth of an address.
    SetAddressBandwidth,
    /// Sets the bandwidth of an instance.
    SetInstanceBandwidth,
    /// Inserts rules.
    OpenDoor,
    /// Removes rules.
    CloseDoor,
    /// Copies a disk.
    SnapshotSystemDisk,
    /// Reboots an instance.
    Reboot,
    /// Gives an address back.
    ReleaseAddress,
}

impl CloudAction {
    /// What it asks of the cloud.
    #[must_use]
    pub const fn verb(&self) -> CloudVerb {
        match self {
            Self::Start => CloudVerb::Start,
            Self::AllocateAddress { .. } => CloudVerb::AllocateAddress,
            Self::AssociateAddress => CloudVerb::AssociateAddress,
            Self::TransformAddress => CloudVerb::TransformAddress,
            Self::SetAddressBandwidth { .. } => CloudVerb::SetAddressBandwidth,
            Self::SetInstanceBandwidth { .. } => CloudVerb::SetInstanceBandwidth,
            Self::OpenDoor { .. } => CloudVerb::OpenDoor,
            Self::CloseDoor { .. } => CloudVerb::CloseDoor,
            Self::SnapshotSystemDisk => CloudVerb::SnapshotSystemDisk,
            Self::Reboot => CloudVerb::Reboot,
            Self::ReleaseAddress { .. } => CloudVerb::ReleaseAddress,
        }
    }

    /// Makes this edit do for another one of the same shared object, where one can do for both.
    #[must_use]
    pub fn absorb(&mut self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        let Self::OpenDoor { rule_set, version, rule } = self else { return false };
        let Self::OpenDoor { rule_set: set, version: seen, rule: more } = other else {
            return false;
        };
        let place = |rule: &NewRule| (rule.place, rule.port, rule.description.clone());
        if (&*rule_set, &*version, place(rule)) != (set, seen, place(more)) {
            return false;
        }
        for source in &more.sources {
            if !rule.sources.contains(source) {
                rule.sources.push(*source);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Place;

    fn open(set: &str, index: u32, source: &str) -> CloudAction {
        let rule = NewRule {
            place: Place::Position(index),
            port: 3389,
            sources: vec![source.parse().unwrap()],
            description: "rdpctl: RDP 3389".to_owned(),
        };
        CloudAction::OpenDoor { rule_set: ResourceId::new(set), version: "7".to_owned(), rule }
    }

    #[test]
    fn one_edit_does_for_all_who_share_the_place_and_for_nobody_else() {
        let mut edit = open("sg-1", 2, "203.0.113.0/24");
        assert!(edit.absorb(&open("sg-1", 2, "203.0.113.0/24")));
        assert!(edit.absorb(&open("sg-1", 2, "198.51.100.0/24")));
        let CloudAction::OpenDoor { rule, .. } = &edit else { panic!("{edit:?}") };
        assert_eq!(rule.sources.len(), 2);
        assert!(!edit.absorb(&open("sg-2", 2, "203.0.113.0/24")), "another set");
        assert!(!edit.absorb(&open("sg-1", 3, "203.0.113.0/24")), "another place");
        assert!(!edit.absorb(&CloudAction::Start));
        assert!(
            !CloudAction::Start.absorb(&edit) && CloudAction::Start.absorb(&CloudAction::Start)
        );
    }
}
