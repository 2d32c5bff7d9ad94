//! The nouns of a simulated cloud, neutral between vendors where vendors agree.
//!
//! What never changes while the simulator runs is in `compact`; this file holds the words both share.

use std::{net::Ipv4Addr, sync::Arc};

use serde::{Deserialize, Serialize};

/// Shared text: ids, regions, names.
pub(crate) type Text = Arc<str>;

/// A VM's place in the world: counted over all cohorts, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct VmIndex(pub(crate) u32);

/// An account's place in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AccountIndex(pub(crate) u16);

/// Whether a VM has power, and what it is on its way to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Power {
    /// Being created.
    Pending,
    /// Creation failed.
    LaunchFailed,
    /// On.
    Running,
    /// Off.
    Stopped,
    /// On its way from off to on.
    Starting,
    /// On its way from on to off.
    Stopping,
    /// On its way from on to on.
    Rebooting,
    /// Off and isolated until it is destroyed.
    Shutdown,
    /// Being destroyed.
    Terminating,
    /// On its way into the rescue system.
    EnterRescueMode,
    /// In the rescue system.
    RescueMode,
    /// On its way out of the rescue system.
    ExitRescueMode,
    /// A live migration begins.
    EnterServiceLiveMigrate,
    /// Under live migration.
    ServiceLiveMigrate,
    /// A live migration ends.
    ExitServiceLiveMigrate,
}

impl Power {
    /// Whether the guest's processor runs the installed system.
    #[must_use]
    pub(crate) fn is_on(self) -> bool {
        match self {
            Self::Running
            | Self::Stopping
            | Self::EnterServiceLiveMigrate
            | Self::ServiceLiveMigrate
            | Self::ExitServiceLiveMigrate => true,
            Self::Pending
            | Self::LaunchFailed
            | Self::Stopped
            | Self::Starting
            | Self::Rebooting
            | Self::Shutdown
            | Self::Terminating
            | Self::EnterRescueMode
            | Self::RescueMode
            | Self::ExitRescueMode => false,
        }
    }
}

/// Whether a stopped VM still costs money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StopCharging {
    /// It was not stopped, or cannot be stopped without charges.
    #[default]
    NotApplicable,
    /// Stopped, and charged.
    KeepCharging,
    /// Stopped, and not charged: its capacity may be gone.
    #[serde(rename = "stop-charging")]
    Free,
}

/// What the vendor restricts an instance to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RestrictState {
    /// Nothing.
    #[default]
    Normal,
    /// It is past its expiry.
    Expired,
    /// Isolated for security: logins from the private network only.
    ProtectivelyIsolated,
}

/// Why an instance is isolated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Isolation {
    /// It is not.
    #[default]
    NotIsolated,
    /// The account owes money.
    Arrear,
    /// It is past its expiry.
    Expire,
    /// A person returned it.
    Manmade,
}

/// How an account pays for its network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum NetworkAccount {
    /// Bandwidth belongs to the address.
    #[default]
    #[serde(alias = "standard")]
    Standard,
    /// Bandwidth belongs to the instance.
    #[serde(alias = "legacy")]
    Legacy,
}

/// How an instance pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ChargeType {
    /// Ahead, by the month.
    Prepaid,
    /// By the hour.
    #[default]
    PostpaidByHour,
    /// On a dedicated host.
    Cdhpaid,
    /// At the spot price.
    Spotpaid,
    /// In a dedicated cluster.
    Cdcpaid,
}

/// How public traffic is paid, of an instance or of an address. The vendor spells the monthly sort
/// differently for the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum TrafficCharge {
    /// By the gigabyte.
    #[default]
    TrafficPostpaidByHour,
    /// By bandwidth and hour.
    BandwidthPostpaidByHour,
    /// By bandwidth, ahead, by the month.
    #[serde(alias = "BANDWIDTH_PREPAID_BY_MONTH")]
    BandwidthPrepaid,
    /// By bandwidth and month, afterwards; no longer sold.
    BandwidthPostpaidByMonth,
    /// By a package that several addresses share.
    BandwidthPackage,
}

/// The sort of a public address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AddressKind {
    /// An elastic one, which lives by itself.
    Eip,
    /// An ordinary one, which lives and dies with its instance.
    Wan,
    /// An elastic one that is announced in many places.
    AnycastEip,
    /// An elastic one on premium routes.
    HighQualityEip,
}

impl AddressKind {
    /// Whether it lives without an instance.
    #[must_use]
    pub(crate) fn is_elastic(self) -> bool {
        match self {
            Self::Eip | Self::AnycastEip | Self::HighQualityEip => true,
            Self::Wan => false,
        }
    }
}

/// Public bandwidth of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Bandwidth {
    /// How it is paid.
    #[serde(default)]
    pub(crate) charge_type: TrafficCharge,
    /// Outwards, in Mbps.
    #[serde(default)]
    pub(crate) max_out: u32,
}

/// The command agent in a guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Agent {
    /// It answers whenever the guest runs.
    #[default]
    Online,
    /// It is installed and does not answer.
    Offline,
    /// It was never installed.
    Absent,
}

/// A key and a value that people put on things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    /// The key.
    #[serde(rename = "Key")]
    pub(crate) key: Text,
    /// The value.
    #[serde(rename = "Value")]
    pub(crate) value: Text,
}

/// The public address that a VM was born with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BornAddress {
    /// Its sort.
    pub(crate) kind: AddressKind,
    /// The address itself; derived from the VM's index when not given.
    pub(crate) ip: Option<Ipv4Addr>,
    /// Its bandwidth in Mbps, on accounts where that belongs to the address.
    pub(crate) bandwidth: u32,
    /// How its traffic is paid.
    pub(crate) charge_type: TrafficCharge,
    /// The shared package it is in.
    pub(crate) package: Option<Text>,
    /// Cut off after an attack.
    pub(crate) blocked: bool,
    /// Frozen because the account owes money.
    pub(crate) arrears: bool,
}

/// Which public address a VM has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PublicAddress {
    /// None.
    None,
    /// The one it was born with.
    Born,
    /// The one with this number.
    Numbered(u32),
}

/// A disk's size and make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct DiskShape {
    /// Gigabytes.
    #[serde(default = "fifty")]
    pub(crate) size: u32,
    /// The vendor's name for its make.
    #[serde(default = "premium", rename = "type")]
    pub(crate) make: Text,
    /// Where Azure keeps it.
    #[serde(default)]
    pub(crate) kept: Kept,
}

impl Default for DiskShape {
    fn default() -> Self {
        Self { size: fifty(), make: premium(), kept: Kept::Managed }
    }
}

/// Where Azure keeps a system disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kept {
    /// As a disk of its own.
    #[default]
    Managed,
    /// As a blob in somebody's storage account, as of old.
    Unmanaged,
    /// On the host, gone with the machine.
    Ephemeral,
    /// As a disk whose content the host cannot read.
    Confidential,
}

fn fifty() -> u32 {
    50
}

fn premium() -> Text {
    "CLOUD_PREMIUM".into()
}

/// Where a VM is wired up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// The flat network from before private clouds.
    Classic,
    /// A subnet of a private cloud.
    Vpc {
        /// `vpc-…`
        vpc: Text,
        /// `subnet-…`
        subnet: Text,
    },
}
