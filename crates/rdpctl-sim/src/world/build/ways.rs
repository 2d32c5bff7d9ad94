//! Load balancers, Bastions and NAT gateways of Azure, as a world declares them.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Builder;
use crate::world::{
    compact::World,
    ways::{
        BalancerFile, BalancerSpec, BastionFile, BastionSpec, GatewayFile, GatewaySpec, NatRule,
        Ways,
    },
};

type Named<T> = BTreeMap<Spanned<String>, T>;

impl Builder<'_, '_> {
    pub(super) fn ways(
        &mut self,
        (balancers, bastions, gateways): (
            &Named<BalancerFile>,
            &Named<BastionFile>,
            &Named<GatewayFile>,
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
            ways.balancers.push(BalancerSpec {
                name: name.get_ref().as_str().into(),
                account: home.account,
                region: home.region,
                resource_group: balancer.group.as_str().into(),
                address,
                rules,
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
        ways
    }
}

fn nat_rule(line: &str, world: &World) -> Option<NatRule> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [front, vm, to] = words[..] else { return None };
    Some(NatRule { front: front.parse().ok()?, vm: world.vm_by_name(vm)?, to: to.parse().ok()? })
}
