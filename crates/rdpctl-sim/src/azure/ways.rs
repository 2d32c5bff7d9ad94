//! Load balancers with their rules, Bastions, peerings and NAT gateways: read, and never changed here.

use serde_json::{Value, json};

use super::{
    call::{Call, Served},
    place::{Kind, Place},
    refusal::Refusal,
    show::etag,
};
use crate::world::{BalancerSpec, BastionSpec, PoolKind, PoolRule, VmIndex};

/// The name of a load balancer's one frontend.
const FRONT: &str = "frontend";

impl Call<'_> {
    pub(super) fn way_request(&self, method: &str, place: &Place<'_>) -> Result<Served, Refusal> {
        if method != "GET" {
            return Err(Refusal::new(405, "MethodNotAllowed", "This is not served here."));
        }
        let all =
            if place.kind == Kind::Balancer { self.show_balancers() } else { self.show_bastions() };
        match place.name {
            None => Ok(Served::ok(self.page(&all, 500, Value::clone))),
            Some(name) => all
                .into_iter()
                .find(|one| one["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name)))
                .map(Served::ok)
                .ok_or_else(|| Refusal::not_found(name)),
        }
    }

    fn in_group(&self, group: &str, kind: &str, name: &str) -> String {
        let subscription = self.subscription();
        format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}")
    }

    fn balancers(&self) -> impl Iterator<Item = &BalancerSpec> {
        let account = self.account;
        self.estate.world.ways.balancers.iter().filter(move |one| one.account == account)
    }

    fn balancer_id(&self, one: &BalancerSpec) -> String {
        self.in_group(&one.resource_group, Kind::Balancer.name(), &one.name)
    }

    /// The frontend that an address belongs to.
    pub(super) fn front_at(&self, address: u32) -> Option<String> {
        let owner = self.balancers().find(|one| one.address == Some(address))?;
        Some(format!("{}/frontendIPConfigurations/{FRONT}", self.balancer_id(owner)))
    }

    /// The gateway of a subnet.
    pub(super) fn gateway_of(&self, subnet: &str) -> Option<String> {
        let gateways = self.estate.world.ways.gateways.iter();
        let found = gateways.filter(|one| one.account == self.account);
        let found = found.into_iter().find(|one| one.subnets.iter().any(|it| **it == *subnet))?;
        Some(self.in_group(&found.resource_group, "Microsoft.Network/natGateways", &found.name))
    }

    /// The rules that lead to a VM.
    pub(super) fn rules_to(&self, vm: VmIndex) -> Vec<Value> {
        let rules = self.balancers().flat_map(|one| one.rules.iter().map(move |rule| (one, rule)));
        rules
            .filter(|(_, rule)| rule.vm == vm)
            .map(|(one, rule)| {
                json!({ "id": format!("{}/inboundNatRules/nat-{}", self.balancer_id(one), rule.front) })
            })
            .collect()
    }

    /// The pools to which a VM belongs.
    pub(super) fn pools_of(&self, vm: VmIndex) -> Vec<Value> {
        // An interface knows nothing of pools that tell its address alone.
        let by_card = self.balancers().filter(|one| !one.by_address);
        let pools = by_card.flat_map(|one| {
            let of_it = one.pools.iter().enumerate().map(move |(place, rule)| (one, place, rule));
            of_it.filter(move |(_, _, rule)| rule.members.contains(&vm))
        });
        pools.map(|(one, place, _)| json!({ "id": self.pool_id(one, place) })).collect()
    }

    fn pool_id(&self, one: &BalancerSpec, place: usize) -> String {
        format!("{}/backendAddressPools/pool-{place}", self.balancer_id(one))
    }

    fn card_of(&self, vm: VmIndex) -> String {
        let nic = format!("{}-nic/ipConfigurations/ipconfig1", self.estate.vm_name(vm));
        self.estate.world.arm_id(vm, Kind::Nic.name(), &nic)
    }

    /// A pool, and the ports that its members have by rules of translation.
    fn show_pool(&self, one: &BalancerSpec, place: usize, rule: &PoolRule) -> Value {
        let id = self.pool_id(one, place);
        let by_card = rule.members.iter().filter(|_| !one.by_address);
        let cards: Vec<Value> = by_card.map(|vm| json!({ "id": self.card_of(*vm) })).collect();
        let ports = match rule.kind {
            PoolKind::Balances(_) => Vec::new(),
            PoolKind::Translates(_) => rule.fronts(|_| true),
        };
        let member = |vm: &VmIndex| {
            let mapped = ports.iter().filter(|(_, of)| of == vm).map(|(port, _)| {
                json!({
                    "inboundNatRuleName": format!("pooled-{place}"), "protocol": "Tcp",
                    "frontendPort": port, "backendPort": rule.to,
                })
            });
            let mut properties =
                json!({ "inboundNatRulesPortMapping": mapped.collect::<Vec<_>>() });
            if one.by_address {
                let subnet = self.estate.subnet_of(*vm).unwrap_or_default();
                let network = subnet.split('/').next().unwrap_or_default();
                properties["ipAddress"] = json!(self.estate.world.private_ip(*vm).to_string());
                properties["virtualNetwork"] = json!({ "id": self.vnet_id(network) });
            } else {
                properties["networkInterfaceIPConfiguration"] = json!({ "id": self.card_of(*vm) });
            }
            json!({ "name": self.estate.vm_name(*vm), "properties": properties })
        };
        json!({
            "id": id, "name": format!("pool-{place}"),
            "properties": {
                "provisioningState": "Succeeded",
                "backendIPConfigurations": cards,
                "loadBalancerBackendAddresses": rule.members.iter().map(member).collect::<Vec<_>>(),
            },
        })
    }

    /// The rule by which a load balancer leads to a pool: among those that balance, or among those that translate.
    fn show_pooled(&self, one: &BalancerSpec, place: usize, rule: &PoolRule) -> Value {
        let id = self.balancer_id(one);
        let (list, name) = match rule.kind {
            PoolKind::Balances(_) => ("loadBalancingRules", format!("rule-{place}")),
            PoolKind::Translates(_) => ("inboundNatRules", format!("pooled-{place}")),
        };
        let mut properties = json!({
            "provisioningState": "Succeeded",
            "protocol": "Tcp",
            "backendPort": rule.to,
            "frontendIPConfiguration": { "id": format!("{id}/frontendIPConfigurations/{FRONT}") },
            "backendAddressPool": { "id": self.pool_id(one, place) },
        });
        match rule.kind {
            PoolKind::Balances(port) => properties["frontendPort"] = json!(port),
            PoolKind::Translates(first) => {
                let count = u16::try_from(rule.members.len()).unwrap_or(u16::MAX);
                properties["frontendPortRangeStart"] = json!(first);
                properties["frontendPortRangeEnd"] = json!(first.saturating_add(count - 1));
            }
        }
        json!({ "id": format!("{id}/{list}/{name}"), "name": name, "properties": properties })
    }

    /// The peerings of a network, as it shows them itself.
    pub(super) fn peerings_of(&self, network: &str) -> Vec<Value> {
        let all = self.estate.world.ways.peerings.iter();
        let own = all.filter(|one| {
            one.account == self.account && one.networks.iter().any(|it| **it == *network)
        });
        own.flat_map(|one| {
            let others = one.networks.iter().filter(|other| ***other != *network);
            others.map(move |other| {
                json!({
                    "id": format!("{}/virtualNetworkPeerings/{}", self.vnet_id(network), one.name),
                    "name": one.name,
                    "properties": {
                        "provisioningState": "Succeeded",
                        "peeringState": one.state,
                        "remoteVirtualNetwork": { "id": self.vnet_id(other) },
                    },
                })
            })
        })
        .collect()
    }

    pub(super) fn show_balancers(&self) -> Vec<Value> {
        self.balancers().map(|one| self.show_balancer(one)).collect()
    }

    fn show_balancer(&self, one: &BalancerSpec) -> Value {
        let id = self.balancer_id(one);
        let front = format!("{id}/frontendIPConfigurations/{FRONT}");
        let address = match one.address {
            Some(number) => json!({ "publicIPAddress": { "id": self.address_id(number) } }),
            None => {
                json!({ "privateIPAddress": "10.0.0.250", "privateIPAllocationMethod": "Static" })
            }
        };
        let rule = |rule: &crate::world::NatRule| {
            let back = self.card_of(rule.vm);
            json!({
                "id": format!("{id}/inboundNatRules/nat-{}", rule.front),
                "name": format!("nat-{}", rule.front),
                "properties": {
                    "provisioningState": "Succeeded",
                    "protocol": "Tcp",
                    "frontendPort": rule.front,
                    "backendPort": rule.to,
                    "frontendIPConfiguration": { "id": front },
                    "backendIPConfiguration": { "id": back },
                },
            })
        };
        let pooled = |balances: bool| {
            let all = one.pools.iter().enumerate();
            all.filter(move |(_, rule)| matches!(rule.kind, PoolKind::Balances(_)) == balances)
                .map(move |(place, rule)| self.show_pooled(one, place, rule))
        };
        let pools = one.pools.iter().enumerate();
        let properties = json!({
            "provisioningState": "Succeeded",
            "frontendIPConfigurations": [{ "id": front, "name": FRONT, "properties": address }],
            "inboundNatRules": one.rules.iter().map(rule).chain(pooled(false)).collect::<Vec<_>>(),
            "loadBalancingRules": pooled(true).collect::<Vec<_>>(),
            "backendAddressPools":
                pools.map(|(place, rule)| self.show_pool(one, place, rule)).collect::<Vec<_>>(),
        });
        json!({
            "id": id, "name": one.name, "type": Kind::Balancer.name(), "location": one.region,
            "sku": { "name": "Standard", "tier": "Regional" },
            "etag": etag(&properties.to_string()), "properties": properties,
        })
    }

    pub(super) fn show_bastions(&self) -> Vec<Value> {
        let all = self.estate.world.ways.bastions.iter();
        all.filter(|one| one.account == self.account).map(|one| self.show_bastion(one)).collect()
    }

    fn show_bastion(&self, one: &BastionSpec) -> Value {
        let id = self.in_group(&one.resource_group, Kind::Bastion.name(), &one.name);
        let subnet = format!("{}/subnets/AzureBastionSubnet", self.vnet_id(&one.network));
        let properties = json!({
            "provisioningState": "Succeeded",
            "dnsName": format!("{}.bastion.azure.com", one.name),
            "ipConfigurations": [{
                "id": format!("{id}/bastionHostIpConfigurations/ipconfig"),
                "name": "ipconfig",
                "properties": { "subnet": { "id": subnet } },
            }],
        });
        json!({
            "id": id, "name": one.name, "type": Kind::Bastion.name(), "location": one.region,
            "sku": { "name": "Basic" },
            "etag": etag(&properties.to_string()), "properties": properties,
        })
    }
}
