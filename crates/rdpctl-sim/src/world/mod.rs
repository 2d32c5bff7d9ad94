//! Worlds: the TOML that says what exists, and the checked, compact form that the simulator runs on.

mod access;
mod beside;
mod build;
mod compact;
mod disk_network;
mod error;
mod file;
mod ids;
mod lookup;
mod model;
mod nsg;
mod policy;
mod rules;
#[cfg(test)]
mod tests;
mod unforeseen;
mod ways;
mod written;

pub(crate) use access::Resource;
pub use compact::World;
pub(crate) use compact::{
    Account, Cohort, GroupSpec, SecretKey, TemplateKind, TemplateSpec, Variant,
};
pub(crate) use disk_network::DiskNetwork;
pub use error::{Finding, WorldError};
pub(crate) use file::Vendor;
pub(crate) use ids::{Draw, IdKind, IdSequence, hex};
pub(crate) use model::*;
pub(crate) use nsg::{Access, AdminSpec, NsgRule, NsgSpec};
pub(crate) use policy::{Faults, RateLimits};
pub(crate) use rules::{
    Peer, Protocol, Rule, RuleError, Traffic, Verdict, parse_traffic, ports_contain, range_contains,
};
pub(crate) use unforeseen::Meanwhile;
pub(crate) use ways::{BalancerSpec, BastionSpec, NatRule, PoolKind, PoolRule};
