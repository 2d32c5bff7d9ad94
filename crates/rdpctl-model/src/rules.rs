//! Cloud packet filters, vendor-neutral: stages that must all let a packet pass, each an ordered list of rules.
//!
//! Tencent Cloud is one stage made of several groups in bind order; Azure is up to two stages (NIC and subnet).

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::id::ResourceId;

/// Everything that filters what comes in at an instance's primary interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Doors {
    /// All stages must let a packet pass.
    pub stages: Vec<Stage>,
}

/// Rule sets evaluated one after another; the first rule that matches decides, no match is a drop.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stage {
    /// In order of priority, highest first.
    pub sets: Vec<Arc<RuleSet>>,
}

/// One security group's inbound rules.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleSet {
    /// The group.
    pub id: ResourceId,
    /// Its version, for an optimistic lock; empty where the vendor has none.
    pub version: String,
    /// How many instances and interfaces are bound to it, where known: an edit affects them all.
    pub bound: Option<u32>,
    /// In order of evaluation.
    pub rules: Vec<Rule>,
}

/// One inbound rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rule {
    /// Its position (Tencent) or priority (Azure).
    pub index: u32,
    /// Accept or drop.
    pub action: RuleAction,
    /// What protocols and ports it matches.
    pub service: RuleService,
    /// Which sources it matches.
    pub source: RuleSource,
    /// The text that somebody put beside it.
    pub description: String,
}

/// What a matching rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    /// Lets the packet pass.
    Accept,
    /// Drops it.
    Drop,
}

/// The TCP ports that a rule matches; rules for other protocols match none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleService {
    /// Every port.
    AllPorts,
    /// These inclusive ranges.
    Ports(Vec<(u16, u16)>),
    /// A rule for UDP, ICMP and the like: never decides about RDP over TCP.
    NotTcp,
}

/// The sources that a rule matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleSource {
    /// These networks and inclusive ranges.
    Nets(Vec<SourceRange>),
    /// Private addresses of another group's members: nothing on the internet, unknown for private sources.
    Group(ResourceId),
}

/// A network or an inclusive address range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceRange {
    /// A CIDR network.
    Net(IpNet),
    /// First and last address, both included, of one family.
    Range(IpAddr, IpAddr),
}

impl SourceRange {
    /// First and last address.
    #[must_use]
    pub fn bounds(&self) -> (IpAddr, IpAddr) {
        match self {
            Self::Net(net) => (net.network(), net.broadcast()),
            Self::Range(first, last) => (*first, *last),
        }
    }
}

/// A rule that rdpctl would insert.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NewRule {
    /// Position before which it is inserted.
    pub index: u32,
    /// The TCP port.
    pub port: u16,
    /// The sources that it lets in.
    pub sources: Vec<IpNet>,
    /// The marker by which we know it as ours.
    pub description: String,
}
