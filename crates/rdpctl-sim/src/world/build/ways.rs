//! Load balancers, Bastions and NAT gateways of Azure, as a world declares them.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Builder;
use crate::world::{
    compact::World,
    ways::{
        BalancerFile, BalancerSpec, BastionFile, BastionSpec, GatewayFile, GatewaySpec, NatRule,
        PeeringFile, PeeringSpec, PoolKind, PoolRule, Ways,
    },
};

type Named<T> = BTreeMap<Spanned<String>, T>;

impl Builder<'_, '_> {
    pub(super) fn ways(
        &mut self,
        (balancers, bastions, gateways, peerings): (
            &Named<BalancerFile>,
            &Named<BastionFile>,
            &Named<GatewayFile>,
            &Named<PeeringFile>,
        ),
        world: &World,
    ) -> Ways {
        let mut ways = Ways::default();
        for (name, balancer) in balancers {
            let Some(home) = self.home(name.span(), balancer.account.as_ref(), None) else {
                continue;
            };
            let address = balancer.address.as_ref().and_then(|id| {
                let known = world.given_eips.get(id.get_ref().as_str()).copied();
                if known.is_none() {
                    self.source.blame(id.span(), "no [eip.ID] has this id");
                }
                known
            });
            let mut rules = Vec::with_capacity(balancer.rules.len());
            for line in &balancer.rules {
                match nat_rule(line.get_ref(), world) {
                    Some(rule) => rules.push(rule),
                    None => self.source.blame(
                        line.span(),
                        "a rule looks like `50001 VM 3389`, with a VM of this world",
                    ),
                }
            }
            let pools = self.pools(balancer, world);
            ways.balancers.push(BalancerSpec {
                name: name.get_ref().as_str().into(),
                account: home.account,
                region: home.region,
                resource_group: balancer.group.as_str().into(),
                address,
                rules,
                pools,
                by_address: balancer.by_address,
            });
        }
        for (name, bastion) in bastions {
            let Some(home) = self.home(name.span(), bastion.account.as_ref(), None) else {
                continue;
            };
            ways.bastions.push(BastionSpec {
                name: name.get_ref().as_str().into(),
                account: home.account,
                region: home.region,
                resource_group: bastion.group.as_str().into(),
                network: bastion.network.as_str().into(),
            });
        }
        for (name, gateway) in gateways {
            let Some(home) = self.home(name.span(), gateway.account.as_ref(), None) else {
                continue;
            };
            ways.gateways.push(GatewaySpec {
                name: name.get_ref().as_str().into(),
                account: home.account,
                resource_group: gateway.group.as_str().into(),
                subnets: gateway.subnets.iter().map(|subnet| subnet.as_str().into()).collect(),
            });
        }
        for (name, peering) in peerings {
            let Some(home) = self.home(name.span(), peering.account.as_ref(), None) else {
                continue;
            };
            ways.peerings.push(PeeringSpec {
                name: name.get_ref().as_str().into(),
                account: home.account,
                networks: peering.networks.each_ref().map(|network| network.as_str().into()),
                state: peering.state.as_str().into(),
            });
        }
        ways
    }

    /// The rules of a load balancer that lead to pools.
    fn pools(&mut self, balancer: &BalancerFile, world: &World) -> Vec<PoolRule> {
        let mut pools = Vec::new();
        let balances = balancer.balances.iter().map(|line| (line, PoolKind::Balances as Kind));
        let translates =
            balancer.translates.iter().map(|line| (line, PoolKind::Translates as Kind));
        for (line, kind) in balances.chain(translates) {
            match pool_rule(line.get_ref(), kind, world) {
                Some(rule) => pools.push(rule),
                None => self.source.blame(
                    line.span(),
                    "a rule to a pool looks like `3389 3389 VM VM`, with VMs of this world",
                ),
            }
        }
        pools
    }
}

/// What a port at the front makes of a rule.
type Kind = fn(u16) -> PoolKind;

fn pool_rule(line: &str, kind: Kind, world: &World) -> Option<PoolRule> {
    let mut words = line.split_whitespace();
    let (front, to) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let members: Option<Vec<_>> = words.map(|name| world.vm_by_name(name)).collect();
    let members = members.filter(|members| !members.is_empty())?;
    Some(PoolRule { kind: kind(front), members, to })
}

fn nat_rule(line: &str, world: &World) -> Option<NatRule> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [front, vm, to] = words[..] else { return None };
    Some(NatRule { front: front.parse().ok()?, vm: world.vm_by_name(vm)?, to: to.parse().ok()? })
}
