//! Cloud packet filters, vendor-neutral: stages that must all let a packet pass, each an ordered list of rules.
//!
//! Tencent Cloud is one stage made of several groups in bind order; Azure is up to two stages (NIC and subnet).

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::id::ResourceId;

/// Everything that filters what comes in at an instance's primary interface.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Doors {
    /// All stages must let a packet pass.
    pub stages: Vec<Stage>,
    /// What becomes of a packet where there is no stage at all.
    pub unfiltered: RuleAction,
}

impl Doors {
    /// No stage at all.
    #[must_use]
    pub const fn without_stages(unfiltered: RuleAction) -> Self {
        Self { stages: Vec::new(), unfiltered }
    }
}

/// Rule sets evaluated one after another; the first rule that matches decides, and where none does, the last set's
/// default. Without any set everything is dropped.
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
    /// By what its rules are put in order.
    pub order: RuleOrder,
    /// What becomes of a packet that no rule matches.
    pub default: RuleAction,
    /// In order of evaluation.
    pub rules: Vec<Rule>,
}

/// By what rules are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleOrder {
    /// By their places, from 0 without gaps; a rule is inserted before another, which moves on.
    Positions,
    /// By numbers of which each is given once, the smallest first; both bounds are for users' rules.
    Priorities {
        /// The smallest number.
        lowest: u32,
        /// The largest number.
        highest: u32,
    },
}

impl RuleOrder {
    /// Where a rule with that index stands.
    #[must_use]
    pub const fn place(self, index: u32) -> Place {
        match self {
            Self::Positions => Place::Position(index),
            Self::Priorities { .. } => Place::Priority(index),
        }
    }
}

/// Where a rule stands among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Before the rule that has this position now.
    Position(u32),
    /// Under this number, which no other rule of the set has.
    Priority(u32),
}

impl Place {
    /// The number by which rules are compared.
    #[must_use]
    pub const fn index(self) -> u32 {
        match self {
            Self::Position(index) | Self::Priority(index) => index,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(index) => write!(f, "index {index}"),
            Self::Priority(number) => write!(f, "priority {number}"),
        }
    }
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
    /// Who stands behind it, where that is somebody over whom a rule of ours must not win, or cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeper: Option<Keeper>,
}

/// Who keeps a rule as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keeper {
    /// Just-in-time access: the port is closed until somebody asks for a time.
    JustInTime,
    /// An administrator of all networks, whose rules come before those of groups; carries the rule's name, which is
    /// untrusted text.
    SecurityAdmin(String),
}

impl Rule {
    /// Whether it lets this network in to exactly this port, and says so of no wider one.
    #[must_use]
    pub fn accepts(&self, port: u16, source: &IpNet) -> bool {
        self.action == RuleAction::Accept
            && self.service == RuleService::Ports(vec![(port, port)])
            && match &self.source {
                RuleSource::Nets(nets) => nets.contains(&SourceRange::Net(*source)),
                RuleSource::Group(_) => false,
            }
    }
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
    /// Where it stands.
    pub place: Place,
    /// The TCP port.
    pub port: u16,
    /// The sources that it lets in.
    pub sources: Vec<IpNet>,
    /// The marker by which we know it as ours.
    pub description: String,
}
