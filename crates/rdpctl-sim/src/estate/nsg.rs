//! Azure's network security groups as they stand, and what they let in.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Estate;
use crate::world::{Access, AccountIndex, AdminSpec, Network, NsgRule, NsgSpec, Text, VmIndex};

/// A network security group with its rules and the version that guards them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Nsg {
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) resource_group: Text,
    pub(crate) subnets: Vec<Text>,
    pub(crate) version: u64,
    pub(crate) rules: Vec<NsgRule>,
}

impl Nsg {
    pub(crate) fn declared(spec: &NsgSpec) -> Self {
        Self {
            account: spec.account,
            region: spec.region.clone(),
            resource_group: spec.resource_group.clone(),
            subnets: spec.subnets.clone(),
            version: 1,
            rules: spec.rules.clone(),
        }
    }

    /// The first rule that matches decides; behind them stand the vendor's own, which let in the virtual network.
    fn admits(&self, port: u16, remote: IpAddr, private: IpAddr) -> bool {
        let mut matching: Vec<&NsgRule> =
            self.rules.iter().filter(|rule| rule.matches(port, remote, private)).collect();
        matching.sort_by_key(|rule| rule.priority);
        match matching.first() {
            Some(rule) => rule.access != Access::Deny,
            None => matches!(remote, IpAddr::V4(remote) if remote.is_private()),
        }
    }
}

impl Estate {
    /// The subnet of a VM, as `NETWORK/SUBNET`.
    pub(crate) fn subnet_of(&self, vm: VmIndex) -> Option<String> {
        match &self.place(vm).0.network {
            Network::Classic => None,
            Network::Vpc { vpc, subnet } => Some(format!("{vpc}/{subnet}")),
        }
    }

    /// The group that guards a subnet of an account.
    pub(crate) fn nsg_of_subnet(&self, account: AccountIndex, subnet: &str) -> Option<&Text> {
        self.nsgs
            .iter()
            .find(|(_, nsg)| {
                nsg.account == account && nsg.subnets.iter().any(|guarded| **guarded == *subnet)
            })
            .map(|(name, _)| name)
    }

    /// The security admin rules that are deployed to a network.
    pub(crate) fn admin_rules<'a>(
        &'a self,
        account: AccountIndex,
        network: &'a str,
    ) -> impl Iterator<Item = &'a NsgRule> {
        let there = move |admin: &&AdminSpec| {
            admin.account == account && admin.networks.iter().any(|one| **one == *network)
        };
        self.world.admins.iter().filter(there).flat_map(|admin| &admin.rules)
    }

    /// Whether a VM's groups let a TCP packet in: the subnet's and the interface's both must, and without any a
    /// Standard address is closed.
    pub(super) fn nsgs_admit(&self, vm: VmIndex, port: u16, remote: IpAddr) -> bool {
        let account = self.place(vm).0.account;
        let subnet = self.subnet_of(vm);
        let of_subnet = subnet.and_then(|subnet| self.nsg_of_subnet(account, &subnet));
        let state = self.vm(vm);
        let guards: Vec<&Nsg> = of_subnet
            .into_iter()
            .chain(state.groups.first())
            .filter_map(|name| self.nsgs.get(name))
            .collect();
        let private = IpAddr::V4(self.world.private_ip(vm));
        // An administrator's rules come first, and may end the matter.
        let network = self.subnet_of(vm);
        let network = network.as_deref().and_then(|subnet| subnet.split('/').next());
        let mut ruled: Vec<&NsgRule> = self
            .admin_rules(account, network.unwrap_or_default())
            .filter(|rule| rule.matches(port, remote, private))
            .collect();
        ruled.sort_by_key(|rule| rule.priority);
        match ruled.first().map(|rule| rule.access) {
            Some(Access::Deny) => return false,
            Some(Access::AlwaysAllow) if !guards.is_empty() => return true,
            Some(Access::Allow | Access::AlwaysAllow) | None => {}
        }
        !guards.is_empty() && guards.iter().all(|nsg| nsg.admits(port, remote, private))
    }
}
