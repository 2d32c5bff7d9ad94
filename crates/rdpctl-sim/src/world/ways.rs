//! Other ways to machines of Azure than addresses of their own, and out of their networks.

use serde::Deserialize;
use toml::Spanned;

use super::model::{AccountIndex, Text, VmIndex};

/// All of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ways {
    pub(crate) balancers: Vec<BalancerSpec>,
    pub(crate) bastions: Vec<BastionSpec>,
    pub(crate) gateways: Vec<GatewaySpec>,
}

/// A load balancer with its inbound NAT rules.
#[derive(Clone, Debug)]
pub(crate) struct BalancerSpec {
    pub(crate) name: Text,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) resource_group: Text,
    /// The number of its own public address, where it has one.
    pub(crate) address: Option<u32>,
    pub(crate) rules: Vec<NatRule>,
}

/// A rule that leads to one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NatRule {
    pub(crate) front: u16,
    pub(crate) vm: VmIndex,
    pub(crate) to: u16,
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

/// `[load-balancer.NAME]`: one of Azure with inbound NAT rules.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BalancerFile {
    pub(super) account: Option<Spanned<String>>,
    #[serde(default = "resource_group")]
    pub(super) group: String,
    /// The world's `[eip.ID]` that is its own; without one it is met from the network alone.
    pub(super) address: Option<Spanned<String>>,
    /// `FRONT-PORT VM PORT`
    pub(super) rules: Vec<Spanned<String>>,
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
