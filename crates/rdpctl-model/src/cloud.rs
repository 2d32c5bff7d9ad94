//! What a cloud account says about one instance, in no vendor's words.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::handshake::Sha1;
use crate::id::ResourceId;
use crate::rules::Doors;
use crate::said::Said;

/// All cloud facts about one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudSurvey {
    /// The vendor's id.
    pub id: ResourceId,
    /// The vendor's display name; untrusted text.
    pub name: String,
    /// Whether it runs, and what keeps it from being started or reached.
    pub power: PowerFact,
    /// Its public address.
    pub address: AddressFact,
    /// Its public bandwidth, where that lives.
    pub bandwidth: BandwidthFact,
    /// What filters incoming packets.
    pub doors: Doors,
    /// The vendor's agent in the guest, which carries run-command.
    pub agent: AgentFact,
    /// The thumbprint of the certificate by which the vendor's agent last reported the RDP listener, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rdp_certificate: Option<Sha1>,
    /// Ids that steps need and judgements do not.
    pub handles: Handles,
}

/// Whether the instance runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PowerFact {
    /// The state.
    pub state: PowerState,
    /// What forbids starting it or reaching it, if anything: arrears, isolation, rescue mode, a running operation.
    pub blocker: Option<Blocker>,
}

/// The state of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PowerState {
    /// Runs.
    Running,
    /// Stopped, and can be started.
    Stopped,
    /// Stopped without being charged for; starting may fail for lack of capacity, and costs money.
    StoppedNotCharged,
    /// On its way somewhere; carries the vendor's word.
    Transitional(String),
    /// Cannot be started by us; carries the vendor's word.
    Unusable(String),
}

/// Something outside our reach that keeps things as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Blocker {
    /// What it is.
    pub by: Said,
    /// What the user can do.
    pub advice: Said,
}

/// The public address of the primary interface.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "address")]
pub enum AddressFact {
    /// None.
    None,
    /// An elastic address (EIP, static public IP).
    Elastic {
        /// What keeps it from working: blocked, in arrears.
        blocker: Option<Blocker>,
    },
    /// An ordinary public address that lives and dies with the instance.
    Ordinary,
    /// One bound only to a secondary interface.
    SecondaryInterface,
    /// None of its own, and what leads to it or out of it all the same.
    Elsewhere {
        /// All of them.
        ways: Vec<OtherWay>,
    },
    /// Being bound or unbound; carries the vendor's word.
    Transitional {
        /// The vendor's word.
        state: String,
    },
}

/// A way to an instance, or out of it, that is no address of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "way")]
pub enum OtherWay {
    /// A load balancer with a public address, one of whose rules leads to a port of this instance alone.
    Balancer {
        /// Its name; untrusted text.
        name: String,
        /// The instance's port.
        to: u16,
    },
    /// A load balancer with a public address, one of whose rules leads to a port of this instance or of others beside it.
    Pool {
        /// Its name; untrusted text.
        name: String,
        /// The instances' port.
        to: u16,
    },
    /// A Bastion in the instance's network, or in one that is joined to it: whoever logs on there is let in.
    Bastion {
        /// Its name; untrusted text.
        name: String,
    },
    /// A NAT gateway, which leads out and never in.
    NatGateway {
        /// Its name; untrusted text.
        name: String,
    },
}

impl OtherWay {
    /// Whether RDP on that port is reached by it from the internet, or by way of somebody who lets callers in.
    #[must_use]
    pub const fn leads_to(&self, port: u16) -> bool {
        match self {
            Self::Balancer { to, .. } | Self::Pool { to, .. } => *to == port,
            Self::Bastion { .. } => true,
            Self::NatGateway { .. } => false,
        }
    }
}

/// Where a load balancer takes calls for a port of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Front {
    /// Its address and port.
    pub at: SocketAddr,
    /// The instance's port.
    pub to: u16,
}

/// Where the public bandwidth lives and how much it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "place")]
pub enum BandwidthFact {
    /// Without an address there is no bandwidth to speak of.
    NoAddress,
    /// The vendor meters nothing that could be too small (Azure).
    Unmetered,
    /// On the elastic address.
    Address {
        /// Mbps.
        mbps: u32,
        /// How it is charged.
        charge: ChargeType,
    },
    /// On the address, inside a shared package.
    Package {
        /// Mbps of the address itself.
        mbps: u32,
        /// The package's cap, where known.
        cap: Option<u32>,
    },
    /// On the instance.
    Instance {
        /// Mbps.
        mbps: u32,
        /// How it is charged.
        charge: ChargeType,
    },
}

/// How traffic is charged.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChargeType {
    /// Per GB.
    Traffic,
    /// Per hour of the bandwidth set.
    HourlyBandwidth,
    /// Paid in advance, by the month.
    PrepaidBandwidth,
    /// Shared package.
    Package,
    /// The old monthly postpaid type, which cannot be adjusted.
    MonthlyPostpaid,
    /// One that we do not know; carries the vendor's word.
    Other(String),
}

/// The vendor's agent in the guest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "agent")]
pub enum AgentFact {
    /// Answers.
    Online,
    /// Installed, but silent.
    Offline,
    /// Never seen.
    Absent,
    /// Cannot work here; says why (no VPC, not Windows).
    Unsupported {
        /// Why.
        reason: Said,
    },
    /// Not asked.
    NotAsked,
}

/// Ids and addresses of one instance that steps need; never part of a judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Handles {
    /// The public address, if there is one.
    pub public_ip: Option<IpAddr>,
    /// The private address, if there is one.
    pub private_ip: Option<IpAddr>,
    /// The elastic address' id.
    pub address_id: Option<ResourceId>,
    /// The system disk's id.
    pub system_disk: Option<ResourceId>,
    /// The operating system as the vendor names it.
    pub os: String,
    /// Tags, as the vendor returns them; untrusted text.
    pub tags: Vec<(String, String)>,
    /// Where others take calls for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fronts: Vec<Front>,
}
