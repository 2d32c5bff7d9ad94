//! What the vendor's API and its agent cost in calls, as this crate makes them: each change with its looking before and
//! after, and with the looks of a poller that all wait for together.

use rdpctl_model::tariff::{ChannelTariff, CloudTariff, Cost, RepairTariff, TripCost};

/// The API.
pub const TARIFF: CloudTariff = CloudTariff {
    per_second: 20,
    // The account's kind, a group's rules, and how many are bound to it.
    common: 3,
    // Instances, their addresses, their agents.
    look: Cost::batches(100, 3),
    locate: Cost::batches(100, 2),
    start: Cost::batches(100, 4),
    reboot: Cost::batches(100, 4),
    allocate_address: Cost { batch: 100, per_batch: 3, each: 2 },
    associate_address: Cost { batch: 100, per_batch: 2, each: 2 },
    transform_address: Cost { batch: 100, per_batch: 2, each: 2 },
    release_address: Cost::each(4),
    // Twenty addresses are changed together, and looked at together before and after.
    address_bandwidth: Cost::batches(20, 3),
    instance_bandwidth: Cost::batches(100, 3),
    // The edit, and its read-back, which serves whoever looks at the outcome.
    rule: Cost::each(2),
    snapshot: Cost { batch: 100, per_batch: 5, each: 2 },
    // Nobody detaches a system disk here.
    repair: RepairTariff::NONE,
};

/// The agent: one command for a hundred, and a look at what became of it.
const COMMAND: TripCost =
    TripCost { trips: Cost::each(1), calls: Cost::batches(100, 2), seconds: 5 };
/// What the agent costs, whether guests are asked or changed.
pub const RUN_COMMAND: ChannelTariff = ChannelTariff { look: COMMAND, change: COMMAND };
/// The same where guests are looked into by commands that the vendor holds ready, which are read and compared before.
pub const REGISTERED: ChannelTariff = ChannelTariff {
    look: TripCost { trips: Cost::each(1), calls: Cost::batches(100, 3), seconds: 5 },
    change: COMMAND,
};
