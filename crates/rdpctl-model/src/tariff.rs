//! What asking and acting costs, as each vendor and each way into a guest says of itself. Budgets are computed from it
//! and from nothing else, so that a vendor is data.

use std::collections::BTreeMap;

use crate::action::CloudVerb;
use crate::guest::ChannelKind;
use crate::id::ProviderName;
use crate::mending::Hold;
use crate::plan::repair::RepairStage;

/// What one kind of work costs for many at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many are taken together; 0 where it is done for each alone.
    pub batch: u32,
    /// For each batch: the request, and looking until it is done.
    pub per_batch: u32,
    /// For each member besides.
    pub each: u32,
}

impl Cost {
    /// So much for each.
    #[must_use]
    pub const fn each(each: u32) -> Self {
        Self { batch: 0, per_batch: 0, each }
    }

    /// So much for each batch.
    #[must_use]
    pub const fn batches(batch: u32, per_batch: u32) -> Self {
        Self { batch, per_batch, each: 0 }
    }

    /// For so many.
    #[must_use]
    pub fn of(self, members: u64) -> u64 {
        let batches = if self.batch == 0 { 0 } else { members.div_ceil(u64::from(self.batch)) };
        batches * u64::from(self.per_batch) + members * u64::from(self.each)
    }
}

/// A vendor's tariff: calls to its API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudTariff {
    /// Calls a second that the vendor lets one account make; 0 where nobody counts them. Whoever looks again and again
    /// takes his share of it.
    pub per_second: u32,
    /// Once for each look, however many are looked at: what all have in common, and one rule set.
    pub common: u32,
    /// A whole look at instances.
    pub look: Cost,
    /// A look for the address alone.
    pub locate: Cost,
    /// [`CloudVerb::Start`]
    pub start: Cost,
    /// [`CloudVerb::Reboot`]
    pub reboot: Cost,
    /// [`CloudVerb::AllocateAddress`]
    pub allocate_address: Cost,
    /// [`CloudVerb::AssociateAddress`]
    pub associate_address: Cost,
    /// [`CloudVerb::TransformAddress`]
    pub transform_address: Cost,
    /// [`CloudVerb::ReleaseAddress`]
    pub release_address: Cost,
    /// [`CloudVerb::SetAddressBandwidth`]
    pub address_bandwidth: Cost,
    /// [`CloudVerb::SetInstanceBandwidth`]
    pub instance_bandwidth: Cost,
    /// [`CloudVerb::OpenDoor`] and [`CloudVerb::CloseDoor`], for each rule set.
    pub rule: Cost,
    /// [`CloudVerb::SnapshotSystemDisk`]
    pub snapshot: Cost,
    /// The repair of a disk.
    pub repair: RepairTariff,
}

/// What one stage of a repair takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Takes {
    /// Calls to the cloud's API.
    pub calls: u32,
    /// Seconds.
    pub seconds: u32,
}

/// What the repair of a disk takes, by the places of its stages in [`RepairStage::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepairTariff(pub [Takes; RepairStage::ALL.len()]);

impl RepairTariff {
    /// Where no disk is repaired.
    pub const NONE: Self = Self([Takes { calls: 0, seconds: 0 }; RepairStage::ALL.len()]);

    /// All of it.
    #[must_use]
    pub fn whole(&self, hold: Hold) -> Takes {
        let taken = RepairStage::of(hold).map(|stage| self.0[stage as usize]);
        taken.fold(Takes::default(), |all, one| Takes {
            calls: all.calls + one.calls,
            seconds: all.seconds + one.seconds,
        })
    }
}

impl CloudTariff {
    /// What a verb costs.
    #[must_use]
    pub const fn change(&self, verb: CloudVerb) -> Cost {
        match verb {
            CloudVerb::Start => self.start,
            CloudVerb::Reboot => self.reboot,
            CloudVerb::AllocateAddress => self.allocate_address,
            CloudVerb::AssociateAddress => self.associate_address,
            CloudVerb::TransformAddress => self.transform_address,
            CloudVerb::ReleaseAddress => self.release_address,
            CloudVerb::SetAddressBandwidth => self.address_bandwidth,
            CloudVerb::SetInstanceBandwidth => self.instance_bandwidth,
            CloudVerb::OpenDoor | CloudVerb::CloseDoor => self.rule,
            CloudVerb::SnapshotSystemDisk => self.snapshot,
        }
    }
}

/// What one batch of commands costs over a way into guests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TripCost {
    /// Round trips as the channel counts them.
    pub trips: Cost,
    /// Calls to the cloud's API, where the channel goes through one.
    pub calls: Cost,
    /// Seconds, for however many.
    pub seconds: u32,
}

/// A channel's tariff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelTariff {
    /// A look, the same for all.
    pub look: TripCost,
    /// Changes.
    pub change: TripCost,
}

/// The tariffs of all that a declaration names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tariffs {
    /// Clouds by provider; hosts without a cloud have none, and cost no call.
    pub clouds: BTreeMap<ProviderName, CloudTariff>,
    /// Ways into guests.
    pub channels: BTreeMap<(ProviderName, ChannelKind), ChannelTariff>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_by_batches_by_members_or_both() {
        assert_eq!(Cost::each(4).of(3), 12);
        assert_eq!([0, 1, 100, 101].map(|many| Cost::batches(100, 2).of(many)), [0, 2, 2, 4]);
        assert_eq!(Cost { batch: 100, per_batch: 30, each: 1 }.of(150), 210);
        assert_eq!(Cost::default().of(1000), 0);
    }
}
