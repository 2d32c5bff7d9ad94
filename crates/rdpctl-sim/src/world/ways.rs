//! Other ways to machines of Azure than addresses of their own, and out of their networks.

use serde::Deserialize;
use toml::Spanned;

use super::model::{AccountIndex, Text, VmIndex};

/// All of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ways {
    pub(crate) balancers: Vec<BalancerSpec>,
    pub(crate) bastions: Vec<BastionSpec>,
    pub(crate) peerings: Vec<PeeringSpec>,
    pub(crate) gateways: Vec<GatewaySpec>,
}

/// A load balancer with its rules.
#[derive(Clone, Debug)]
pub(crate) struct BalancerSpec {
    pub(crate) name: Text,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) resource_group: Text,
    /// The number of its own public address, where it has one.
    pub(crate) address: Option<u32>,
    pub(crate) rules: Vec<NatRule>,
    pub(crate) pools: Vec<PoolRule>,
    /// Whether its pools tell machines by their addresses, and not by their interfaces.
    pub(crate) by_address: bool,
}

/// A rule that leads to one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NatRule {
    pub(crate) front: u16,
    pub(crate) vm: VmIndex,
    pub(crate) to: u16,
}

/// A rule that leads to a pool of machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PoolRule {
    pub(crate) kind: PoolKind,
    pub(crate) members: Vec<VmIndex>,
    pub(crate) to: u16,
}

/// How it leads there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolKind {
    /// One port leads to whichever of them takes calls.
    Balances(u16),
    /// Each of them has a port of its own, the first of them this one.
    Translates(u16),
}

impl PoolRule {
    /// The ports at which calls are taken, each with the machine to which it leads; `takes` says who takes calls.
    pub(crate) fn fronts(&self, takes: impl Fn(VmIndex) -> bool) -> Vec<(u16, VmIndex)> {
        match self.kind {
            PoolKind::Translates(first) => (first..).zip(self.members.iter().copied()).collect(),
            // Whoever does not answer the probe is left out; where nobody does, a call still goes somewhere.
            PoolKind::Balances(port) => {
                let all = &self.members;
                let member = all.iter().find(|vm| takes(**vm)).or(all.first());
                member.map(|vm| (port, *vm)).into_iter().collect()
            }
        }
    }
}

/// Two networks that are joined.
#[derive(Clone, Debug)]
pub(crate) struct PeeringSpec {
    pub(crate) name: Text,
    pub(crate) account: AccountIndex,
    pub(crate) networks: [Text; 2],
    pub(crate) state: Text,
}

/// A Bastion.
#[derive(Clone, Debug)]
pub(crate) struct BastionSpec {
    pub(crate) name: Text,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) resource_group: Text,
    pub(crate) network: Text,
}

/// A NAT gateway.
#[derive(Clone, Debug)]
pub(crate) struct GatewaySpec {
    pub(crate) name: Text,
    pub(crate) account: AccountIndex,
    pub(crate) resource_group: Text,
    /// `NETWORK/SUBNET`
    pub(crate) subnets: Vec<Text>,
}

/// `[load-balancer.NAME]`: one of Azure.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BalancerFile {
    pub(super) account: Option<Spanned<String>>,
    #[serde(default = "resource_group")]
    pub(super) group: String,
    /// The world's `[eip.ID]` that is its own; without one it is met from the network alone.
    pub(super) address: Option<Spanned<String>>,
    /// `FRONT-PORT VM PORT`
    #[serde(default)]
    pub(super) rules: Vec<Spanned<String>>,
    /// `FRONT-PORT PORT VM…`: a load-balancing rule to a pool of them
    #[serde(default)]
    pub(super) balances: Vec<Spanned<String>>,
    /// `FIRST-FRONT-PORT PORT VM…`: an inbound NAT rule to a pool of them, with a port for each
    #[serde(default)]
    pub(super) translates: Vec<Spanned<String>>,
    /// Its pools tell machines by their addresses, and not by their interfaces.
    #[serde(default)]
    pub(super) by_address: bool,
}

/// `[peering.NAME]`: two networks of Azure that are joined.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct PeeringFile {
    pub(super) account: Option<Spanned<String>>,
    pub(super) networks: [String; 2],
    /// The vendor's word for how it is.
    #[serde(default = "connected")]
    pub(super) state: String,
}

fn connected() -> String {
    "Connected".to_owned()
}

/// `[bastion.NAME]`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BastionFile {
    pub(super) account: Option<Spanned<String>>,
    #[serde(default = "resource_group")]
    pub(super) group: String,
    pub(super) network: String,
}

/// `[nat-gateway.NAME]`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct GatewayFile {
    pub(super) account: Option<Spanned<String>>,
    #[serde(default = "resource_group")]
    pub(super) group: String,
    /// `NETWORK/SUBNET`
    pub(super) subnets: Vec<String>,
}

fn resource_group() -> String {
    "rg".to_owned()
}
