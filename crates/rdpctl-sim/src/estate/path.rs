//! The way from outside to a port of a guest: what stands in it, in the order in which a packet meets it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use super::Estate;
use crate::{
    guest::Transport,
    world::{
        NetworkAccount, Peer, Protocol, RestrictState, Rule, Traffic, Vendor, Verdict, VmIndex,
        parse_traffic, ports_contain, range_contains,
    },
};

/// What keeps a connection from reaching a port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Obstacle {
    /// There is no address to connect to.
    #[error("it has no public address")]
    NoAddress,
    /// The address was cut off.
    #[error("its address is blocked or in arrears")]
    AddressDead,
    /// Nothing gets out.
    #[error("its bandwidth is 0 Mbps")]
    NoBandwidth,
    /// The vendor isolates it.
    #[error("it is isolated by the vendor")]
    Isolated,
    /// No rule lets it in, or one keeps it out.
    #[error("its security groups do not let it in")]
    SecurityGroups,
    /// The machine is off.
    #[error("it does not run")]
    Off,
    /// The guest's own firewall keeps it out.
    #[error("the guest's firewall does not let it in")]
    GuestFirewall,
}

impl Estate {
    /// Whether a TCP connection from `remote` reaches a port of a VM. What listens there is the guest's
    /// business.
    pub(crate) fn path_to(
        &mut self,
        vm: VmIndex,
        port: u16,
        remote: Ipv4Addr,
    ) -> Result<(), Obstacle> {
        let address = self
            .address_of(vm)
            .and_then(|number| self.eip(number))
            .map(std::borrow::Cow::into_owned);
        let address = address
            .filter(|eip| eip.bound == Some(vm) && !eip.released)
            .ok_or(Obstacle::NoAddress)?;
        if address.blocked || address.arrears {
            return Err(Obstacle::AddressDead);
        }
        let state = self.vm(vm).into_owned();
        let account = self.world.account(self.place(vm).0.account);
        // Azure sets no bandwidth of an address, and guards by other groups.
        let azure = account.vendor == Vendor::Azure;
        let by_instance = account.network == NetworkAccount::Legacy || !address.kind.is_elastic();
        let mbps = if by_instance { state.bandwidth.max_out } else { address.bandwidth };
        if mbps == 0 && !azure {
            return Err(Obstacle::NoBandwidth);
        }
        self.path_behind_address(vm, port, remote)
    }

    /// The same where the packet has met somebody else's address, which leads on to that port.
    pub(crate) fn path_behind_address(
        &mut self,
        vm: VmIndex,
        port: u16,
        remote: Ipv4Addr,
    ) -> Result<(), Obstacle> {
        let state = self.vm(vm).into_owned();
        let azure = self.world.account(self.place(vm).0.account).vendor == Vendor::Azure;
        if state.restrict != RestrictState::Normal {
            return Err(Obstacle::Isolated);
        }
        let remote_ip = IpAddr::V4(remote);
        let admitted = if azure {
            self.nsgs_admit(vm, port, remote_ip)
        } else {
            self.admits(&state.groups, port, remote_ip)
        };
        if !admitted {
            return Err(Obstacle::SecurityGroups);
        }
        if !state.power.is_on() {
            return Err(Obstacle::Off);
        }
        let allowed = self.with_guest(vm, |guest, _| {
            guest.firewall_allows(Transport::Tcp, port, IpAddr::V4(remote))
        });
        if allowed { Ok(()) } else { Err(Obstacle::GuestFirewall) }
    }

    /// The verdict of ordered groups: the first rule that matches decides, and no rule is a no.
    fn admits(&self, groups: &[crate::world::Text], port: u16, remote: IpAddr) -> bool {
        groups
            .iter()
            .filter_map(|id| self.groups.get(id))
            .flat_map(|group| &group.ingress)
            .find(|rule| self.matches(rule, port, remote))
            .is_some_and(|rule| rule.verdict == Verdict::Accept)
    }

    fn matches(&self, rule: &Rule, port: u16, remote: IpAddr) -> bool {
        let carries = |traffic: &Traffic| match traffic {
            Traffic::Ports(Protocol::All, _) => true,
            Traffic::Ports(Protocol::Tcp, ports) => ports_contain(ports, port),
            Traffic::Ports(
                Protocol::Udp | Protocol::Icmp | Protocol::Icmpv6 | Protocol::Gre,
                _,
            )
            | Traffic::Service(_)
            | Traffic::ServiceGroup(_) => false,
        };
        let fits = match &rule.traffic {
            Traffic::Ports(..) => carries(&rule.traffic),
            Traffic::Service(id) | Traffic::ServiceGroup(id) => {
                self.world.template_members(id).iter().any(|entry| {
                    let (protocol, ports) = entry.split_once(':').unwrap_or((entry, "all"));
                    parse_traffic(protocol, ports).is_ok_and(|traffic| carries(&traffic))
                })
            }
        };
        fits && match &rule.peer {
            Peer::V4(text) | Peer::V6(text) => range_contains(text, remote),
            // Members of a group are known by their private addresses, which nobody outside has.
            Peer::Group(_) => false,
            Peer::Template(id) | Peer::TemplateGroup(id) => {
                self.world.template_members(id).iter().any(|member| range_contains(member, remote))
            }
        }
    }
}

impl Estate {
    /// How often anything has changed.
    pub(crate) fn generation(&self) -> u64 {
        self.changed.generation()
    }

    /// The VMs that a change since then may bear on; none where it may be anybody.
    pub(crate) fn changed_since(&self, generation: u64) -> Option<BTreeSet<VmIndex>> {
        self.changed.since(generation)
    }

    /// Where load balancers take calls for VMs: their address and port, the VM, and its port.
    pub(crate) fn fronts(&self) -> Vec<(Ipv4Addr, u16, VmIndex, u16)> {
        let balancers = self.world.ways.balancers.iter();
        let met = balancers.filter_map(|one| {
            let ip = self.eip(one.address?)?.ip;
            let alone = one.rules.iter().map(move |rule| (ip, rule.front, rule.vm, rule.to));
            let takes = |vm: VmIndex| self.vm(vm).power.is_on();
            let pooled = one.pools.iter().flat_map(move |rule| {
                let fronts = rule.fronts(takes).into_iter();
                fronts.map(move |(front, vm)| (ip, front, vm, rule.to))
            });
            Some(alone.chain(pooled))
        });
        met.flatten().collect()
    }

    /// The address at which a VM is met from outside, while one is bound to it.
    pub(crate) fn public_address(&self, vm: VmIndex) -> Option<Ipv4Addr> {
        let eip = self.address_of(vm).and_then(|number| self.eip(number))?;
        (eip.bound == Some(vm) && !eip.released).then_some(eip.ip)
    }
}
