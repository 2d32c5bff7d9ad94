//! What the vendor's API and its agent cost in calls, as this crate makes them: each change with its looking before and
//! after, and with the looks that follow an operation.

use rdpctl_model::tariff::{ChannelTariff, CloudTariff, Cost, RepairTariff, Takes, TripCost};

/// The API.
pub const TARIFF: CloudTariff = CloudTariff {
    per_second: 25,
    // Networks, their groups, which of them an administrator rules, and other ways in.
    common: 4,
    // VMs, interfaces and addresses, a thousand to a page; after own writes VMs are listed twice.
    look: Cost::batches(200, 4),
    locate: Cost::batches(200, 4),
    start: Cost::each(5),
    reboot: Cost::each(4),
    allocate_address: Cost::each(5),
    associate_address: Cost::each(5),
    transform_address: Cost::each(0),
    release_address: Cost::each(8),
    address_bandwidth: Cost::each(0),
    instance_bandwidth: Cost::each(0),
    rule: Cost::each(4),
    snapshot: Cost::each(6),
    repair: REPAIR,
};

/// The agent: one script for one guest, its looks, and the second part of a long answer.
const COMMAND: TripCost = TripCost { trips: Cost::each(1), calls: Cost::each(6), seconds: 25 };
/// What the agent costs, whether guests are asked or changed.
pub const RUN_COMMAND: ChannelTariff = ChannelTariff { look: COMMAND, change: COMMAND };

const fn takes(calls: u32, seconds: u32) -> Takes {
    Takes { calls, seconds }
}

/// What a repair takes stage by stage, with a change of up to 16 KB that one script carries and another writes. The calls are
/// those that it makes; the seconds are what the vendor takes, and looks that come late.
const REPAIR: RepairTariff = RepairTariff([
    // Stopping.
    takes(8, 25),
    // Copying: the snapshot, which takes longest, and the disk of it.
    takes(14, 100),
    // Reading: the link, its reads, and the link back.
    takes(24, 15),
    // Attaching: until the agent of the machine that helps answers.
    takes(12, 50),
    // Held.
    takes(0, 0),
    // Writing: two scripts.
    takes(8, 45),
    // Detaching: the machine that helps is deleted.
    takes(8, 25),
    // Swapping.
    takes(6, 5),
    // Starting.
    takes(5, 30),
    // Cleaning up: looks from outside until it answers.
    takes(12, 10),
    // Done.
    takes(0, 0),
    // Putting back.
    takes(0, 0),
]);
