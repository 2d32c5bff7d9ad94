//! Other ways to machines than an address of their own: load balancers, Bastions, and gateways that lead out alone.

use std::collections::HashMap;
use std::net::SocketAddr;

use rdpctl_model::cloud::{Front, OtherWay};
use serde::Deserialize;

use crate::azure::arm::{
    Balancer, Bastion, ConfigurationProperties, NatRule, Reference, Resource, Subnet,
};
use crate::azure::id::{key, short};

/// Asks the graph for both kinds at once.
pub(super) const QUERY: &str = "Resources | where type in~ ('microsoft.network/loadbalancers', 'microsoft.network/bastionhosts') | project id, rules=properties.inboundNatRules, fronts=properties.frontendIPConfigurations, at=properties.ipConfigurations, network=tostring(properties.virtualNetwork.id) | order by id asc";

/// A load balancer or a Bastion, as the graph has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Row {
    id: String,
    rules: Option<Vec<Resource<NatRule>>>,
    fronts: Option<Vec<Resource<ConfigurationProperties>>>,
    at: Option<Vec<Resource<ConfigurationProperties>>>,
    network: String,
}

impl From<Resource<Balancer>> for Row {
    fn from(one: Resource<Balancer>) -> Self {
        let Balancer { inbound_nat_rules, fronts } = one.properties;
        Self { id: one.id, rules: Some(inbound_nat_rules), fronts: Some(fronts), ..Self::default() }
    }
}

impl From<Resource<Bastion>> for Row {
    fn from(one: Resource<Bastion>) -> Self {
        let Bastion { ip_configurations, virtual_network } = one.properties;
        let network = virtual_network.unwrap_or_default().id;
        Self { id: one.id, at: Some(ip_configurations), network, ..Self::default() }
    }
}

/// What leads to whom.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// By a machine's interface.
    balancers: HashMap<String, Vec<(OtherWay, Option<Front>)>>,
    /// By network.
    bastions: HashMap<String, String>,
    /// By subnet.
    gateways: HashMap<String, String>,
}

impl Ways {
    /// Reads them; `number` is that of a public address by its id. A load balancer without one is no way from the internet.
    pub(super) fn new<'a>(rows: Vec<Row>, number: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut ways = Self::default();
        for row in rows {
            let name = short(&row.id);
            let networks = row.at.into_iter().flatten().filter_map(|one| one.properties.subnet);
            for network in networks.map(|subnet| subnet.id).chain([row.network]) {
                let network = key(network.split("/subnets/").next().unwrap_or_default());
                if !network.is_empty() {
                    ways.bastions.insert(network, name.clone());
                }
            }
            let public = row.fronts.into_iter().flatten().filter_map(|front| {
                let number = number(&key(&front.properties.public_ip?.id))?;
                Some((key(&front.id), number.parse().ok()))
            });
            let public: HashMap<String, Option<std::net::IpAddr>> = public.collect();
            for rule in row.rules.into_iter().flatten().map(|rule| rule.properties) {
                let of = |side: &Option<Reference>| side.as_ref().map(|side| key(&side.id));
                let (Some(front), Some(back)) = (of(&rule.front), of(&rule.back)) else { continue };
                let Some(ip) = public.get(&front).filter(|_| is_tcp(&rule)) else { continue };
                let nic = back.split("/ipconfigurations/").next().unwrap_or_default().to_owned();
                let at = ip.map(|ip| SocketAddr::new(ip, rule.frontend_port));
                let front = at.map(|at| Front { at, to: rule.backend_port });
                let way = OtherWay::Balancer { name: name.clone(), to: rule.backend_port };
                ways.balancers.entry(nic).or_default().push((way, front));
            }
        }
        ways
    }

    /// Notes which subnets have a gateway of their own to the outside.
    pub(super) fn note(&mut self, subnet: &Resource<Subnet>) {
        if let Some(gateway) = &subnet.properties.nat_gateway {
            let name = short(&gateway.id);
            self.gateways.insert(key(&subnet.id), name);
        }
    }

    /// Those that lead to an interface in a subnet, or out of it.
    pub(super) fn of(&self, nic: &str, subnet: Option<&str>) -> (Vec<OtherWay>, Vec<Front>) {
        let balancers = self.balancers.get(nic).into_iter().flatten();
        let fronts = balancers.clone().filter_map(|(_, front)| *front).collect();
        let subnet = subnet.map(key).unwrap_or_default();
        let network = subnet.split("/subnets/").next().unwrap_or_default();
        let bastion = self.bastions.get(network).cloned();
        let gateway = self.gateways.get(&subnet).cloned();
        let ways = balancers
            .map(|(way, _)| way.clone())
            .chain(bastion.map(|name| OtherWay::Bastion { name }))
            .chain(gateway.map(|name| OtherWay::NatGateway { name }));
        let mut ways: Vec<OtherWay> = ways.collect();
        ways.sort();
        ways.dedup();
        (ways, fronts)
    }
}

fn is_tcp(rule: &NatRule) -> bool {
    rule.protocol.eq_ignore_ascii_case("tcp") || rule.protocol.eq_ignore_ascii_case("all")
}
