//! Steps: idempotent changes and checks, with why, what they risk and how they are proved.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::action::traits::{Restarts, Risk, Through};
pub use crate::action::{
    Action, BootElement, Check, CloudAction, Deed, Disruption, FirewallProfile, Guarded,
    GuestAction, KeyHolder, OwnAction, SWITCH_MARKS, Setting, StartType, Switch, service_key,
};
use crate::action::{Binds, Unbound};
use crate::facet::FacetId;
use crate::id::ResourceId;
use crate::said::Said;

/// One idempotent change, with why, what it risks and how it is proved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// The facet that wants it.
    pub facet: FacetId,
    /// What is done.
    pub action: Action,
    /// The value that is replaced, for people.
    pub before: Said,
    /// The value that will stand, for people.
    pub after: Said,
    /// Why, in one sentence.
    pub why: Said,
    /// The founding document's step, such as `Tencent 3`.
    pub seed: String,
    /// What it disrupts at worst.
    pub disruption: Disruption,
    /// The guards that must allow it.
    pub guards: Vec<Guarded>,
    /// Whether the way back is known.
    pub reversible: bool,
    /// Guest checks that must hold before, or the plan is stale.
    pub expects: Vec<Check>,
}

impl Step {
    /// What is really done for the member that these values belong to.
    pub fn deed(&self, binds: &Binds) -> Result<Deed, Unbound> {
        self.action.deed(&self.expects, binds)
    }

    /// Whether the founding document asks for a snapshot of the system disk before it.
    #[must_use]
    pub fn asks_for_snapshot(&self) -> bool {
        let traits = self.action.traits();
        let reboots = traits.through == Through::Guest && self.disruption == Disruption::Reboots;
        traits.risk == Risk::SnapshotFirst || reboots
    }

    /// Whether somebody notices: by the action itself, or by the restart with which it takes effect.
    #[must_use]
    pub fn disrupts(&self) -> bool {
        self.disruption != Disruption::None || self.action.traits().restarts != Restarts::Nothing
    }
}

/// A step's addressee.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The cloud's id of the instance.
    pub id: ResourceId,
    /// Where the guest is reached, when not through the cloud.
    pub address: Option<IpAddr>,
}
