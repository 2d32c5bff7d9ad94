//! Other ways to machines than an address of their own: load balancers, Bastions, and gateways that lead out alone.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use rdpctl_model::cloud::{Front, OtherWay};
use serde::Deserialize;

use crate::azure::arm::{
    Balancer, Bastion, ConfigurationProperties, NatRule, Peering, Pool, PoolMember, Reference,
    Resource, Subnet,
};
use crate::azure::id::{key, short};

/// Asks the graph for both kinds at once.
pub(super) const QUERY: &str = "Resources | where type in~ ('microsoft.network/loadbalancers', 'microsoft.network/bastionhosts') | project id, rules=properties.inboundNatRules, balancing=properties.loadBalancingRules, pools=properties.backendAddressPools, fronts=properties.frontendIPConfigurations, at=properties.ipConfigurations, network=tostring(properties.virtualNetwork.id) | order by id asc";

/// A load balancer or a Bastion, as the graph has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Row {
    id: String,
    rules: Option<Vec<Resource<NatRule>>>,
    balancing: Option<Vec<Resource<NatRule>>>,
    pools: Option<Vec<Resource<Pool>>>,
    fronts: Option<Vec<Resource<ConfigurationProperties>>>,
    at: Option<Vec<Resource<ConfigurationProperties>>>,
    network: String,
}

impl From<Resource<Balancer>> for Row {
    fn from(one: Resource<Balancer>) -> Self {
        let Balancer { inbound_nat_rules, load_balancing_rules, backend_address_pools, fronts } =
            one.properties;
        Self {
            id: one.id,
            rules: Some(inbound_nat_rules),
            balancing: Some(load_balancing_rules),
            pools: Some(backend_address_pools),
            fronts: Some(fronts),
            ..Self::default()
        }
    }
}

impl From<Resource<Bastion>> for Row {
    fn from(one: Resource<Bastion>) -> Self {
        let Bastion { ip_configurations, virtual_network } = one.properties;
        let network = virtual_network.unwrap_or_default().id;
        Self { id: one.id, at: Some(ip_configurations), network, ..Self::default() }
    }
}

/// Where a machine is met: at an interface, or at an address of a network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Card(String),
    Number(String, IpAddr),
}

/// What leads to whom.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// By where a machine is met.
    balancers: HashMap<Place, Vec<(OtherWay, Option<Front>)>>,
    /// By network.
    bastions: HashMap<String, String>,
    /// Networks by those that are joined to them.
    joined: HashMap<String, Vec<String>>,
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
            let public: HashMap<String, Option<IpAddr>> = public.collect();
            let pools = row.pools.into_iter().flatten();
            let pools: HashMap<String, Pool> =
                pools.map(|pool| (key(&pool.id), pool.properties)).collect();
            let rules = row.rules.into_iter().flatten().chain(row.balancing.into_iter().flatten());
            for rule in rules {
                let of = |side: &Option<Reference>| side.as_ref().map(|side| key(&side.id));
                let Some(front) = of(&rule.properties.front) else { continue };
                let Some(ip) = public.get(&front).filter(|_| is_tcp(&rule.properties)) else {
                    continue;
                };
                for Led { place, from, to, alone } in led_to(&rule, &pools) {
                    let front = ip.filter(|_| alone);
                    let front = front.map(|ip| Front { at: SocketAddr::new(ip, from), to });
                    let name = name.clone();
                    let way = if alone {
                        OtherWay::Balancer { name, to }
                    } else {
                        OtherWay::Pool { name, to }
                    };
                    ways.balancers.entry(place).or_default().push((way, front));
                }
            }
        }
        ways
    }

    /// Notes to which networks one is joined: a Bastion in one of them leads into it, too.
    pub(super) fn join(&mut self, network: &str, peerings: &[Resource<Peering>]) {
        let is_up = |one: &&Resource<Peering>| {
            one.properties.peering_state.eq_ignore_ascii_case("connected")
        };
        let others = peerings.iter().filter(is_up);
        let others = others.filter_map(|one| one.properties.remote_virtual_network.as_ref());
        self.joined.insert(key(network), others.map(|other| key(&other.id)).collect());
    }

    /// Notes which subnets have a gateway of their own to the outside.
    pub(super) fn note(&mut self, subnet: &Resource<Subnet>) {
        if let Some(gateway) = &subnet.properties.nat_gateway {
            let name = short(&gateway.id);
            self.gateways.insert(key(&subnet.id), name);
        }
    }

    /// Those that lead to an interface with that address in a subnet, or out of it.
    pub(super) fn of(
        &self,
        nic: &str,
        number: Option<IpAddr>,
        subnet: Option<&str>,
    ) -> (Vec<OtherWay>, Vec<Front>) {
        let subnet = subnet.map(key).unwrap_or_default();
        let network = subnet.split("/subnets/").next().unwrap_or_default();
        let number = number.map(|number| Place::Number(network.to_owned(), number));
        let places = std::iter::once(Place::Card(nic.to_owned())).chain(number);
        let balancers: Vec<_> =
            places.filter_map(|place| self.balancers.get(&place)).flatten().collect();
        let mut fronts: Vec<Front> = balancers.iter().filter_map(|(_, front)| *front).collect();
        // A pool may tell a machine both ways.
        fronts.sort_by_key(|front| (front.at, front.to));
        fronts.dedup();
        let joined = self.joined.get(network).into_iter().flatten().map(String::as_str);
        let mut near = std::iter::once(network).chain(joined);
        let bastion = near.find_map(|network| self.bastions.get(network)).cloned();
        let gateway = self.gateways.get(&subnet).cloned();
        let ways = balancers
            .into_iter()
            .map(|(way, _)| way.clone())
            .chain(bastion.map(|name| OtherWay::Bastion { name }))
            .chain(gateway.map(|name| OtherWay::NatGateway { name }));
        let mut ways: Vec<OtherWay> = ways.collect();
        ways.sort();
        ways.dedup();
        (ways, fronts)
    }
}

/// Where a rule leads to, from which port at the front to which of the machine's.
struct Led {
    place: Place,
    from: u16,
    to: u16,
    /// Whether whoever answers there is that machine, and no other.
    alone: bool,
}

/// Everybody to whom a rule leads: one machine, each of a pool by a port of its own, or all of a pool by one.
fn led_to(rule: &Resource<NatRule>, pools: &HashMap<String, Pool>) -> Vec<Led> {
    let NatRule { frontend_port: from, backend_port: to, ref back, ref pool, .. } = rule.properties;
    if let Some(back) = back {
        return vec![Led { place: card(&back.id), from, to, alone: true }];
    }
    let Some(pool) = pool.as_ref().and_then(|pool| pools.get(&key(&pool.id))) else {
        return Vec::new();
    };
    let name = rule.id.rsplit('/').next().unwrap_or_default();
    let mut own = Vec::new();
    for member in pool.addresses.iter().map(|member| &member.properties) {
        let Some(place) = place(member, pool) else { continue };
        let ports = member.ports.iter();
        let ports = ports.filter(|port| port.inbound_nat_rule_name.eq_ignore_ascii_case(name));
        own.extend(ports.map(|port| {
            let (from, to) = (port.frontend_port, port.backend_port);
            Led { place: place.clone(), from, to, alone: true }
        }));
    }
    // A rule that names no port of its own takes its calls at those of its members.
    if !own.is_empty() || from == 0 {
        return own;
    }
    let mut places: Vec<Place> = pool.members.iter().map(|member| card(&member.id)).collect();
    let told = pool.addresses.iter().map(|member| &member.properties);
    for place in told.filter_map(|member| place(member, pool)) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    // Who is told in no way that is followed is one more that may answer.
    let alone = places.len() == 1 && pool.addresses.len() <= 1;
    places.into_iter().map(|place| Led { place, from, to, alone }).collect()
}

/// Where one of a pool is met: what names its interface is more than its address.
fn place(member: &PoolMember, pool: &Pool) -> Option<Place> {
    if let Some(interface) = &member.card {
        return Some(card(&interface.id));
    }
    let network = member.network.as_ref().or(member.subnet.as_ref()).or(pool.network.as_ref())?;
    let network = key(&network.id);
    let network = network.split("/subnets/").next().unwrap_or_default().to_owned();
    Some(Place::Number(network, member.number.as_ref()?.parse().ok()?))
}

/// The interface to which a configuration of addresses belongs.
fn card(card: &str) -> Place {
    let card = key(card);
    Place::Card(card.split("/ipconfigurations/").next().unwrap_or_default().to_owned())
}

fn is_tcp(rule: &NatRule) -> bool {
    rule.protocol.eq_ignore_ascii_case("tcp") || rule.protocol.eq_ignore_ascii_case("all")
}
