//! From a subscription's things to what is known of one VM.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use rdpctl_contract::cloud::CloudNeeds;
use rdpctl_model::ResourceId;
use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, Blocker, CloudSurvey, Handles, PowerFact, PowerState,
};
use rdpctl_model::rules::{Doors, RuleAction, RuleSet, Stage};

use super::cards::Card;
use super::inventory::{Inventory, VmRow};
use super::{admin, rules};
use crate::azure::arm::primary;
use crate::azure::id::{key, short};

/// Reads facts from an inventory.
pub(super) struct Facts<'a> {
    inventory: &'a Inventory,
    needs: &'a CloudNeeds,
    /// Rule sets that say the same to every VM, so that those behind one group share it.
    shared: HashMap<&'a str, Arc<RuleSet>>,
    /// How many interfaces are in a subnet.
    members: HashMap<&'a str, u32>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(inventory: &'a Inventory, needs: &'a CloudNeeds) -> Self {
        let mut members: HashMap<&str, u32> = HashMap::new();
        for subnet in inventory.cards.iter().filter_map(Card::subnet) {
            *members.entry(subnet).or_default() += 1;
        }
        let mut facts = Self { inventory, needs, shared: HashMap::new(), members };
        let shared = inventory
            .nsgs
            .iter()
            .filter(|(_, nsg)| !rules::depends_on_place(nsg))
            .map(|(id, nsg)| (id.as_str(), Arc::new(rules::rule_set(nsg, facts.bound(id), None))))
            .collect();
        facts.shared = shared;
        facts
    }

    /// How many interfaces a group guards, by itself and by subnets.
    fn bound(&self, nsg: &str) -> Option<u32> {
        let nsg = &self.inventory.nsgs.get(nsg)?.properties;
        let own = u32::try_from(nsg.network_interfaces.len()).ok()?;
        let behind =
            nsg.subnets.iter().map(|one| self.members.get(&*key(&one.id)).copied().unwrap_or(0));
        Some(own.saturating_add(behind.sum()))
    }

    /// Everything about one VM.
    pub(super) fn whole(&self, id: &ResourceId, vm: &VmRow) -> CloudSurvey {
        let card = primary(&vm.nics).and_then(|nic| self.inventory.cards.get(nic));
        let (mut address, address_id, public_ip) = self.address(vm, card);
        let mut fronts = Vec::new();
        if let (AddressFact::None, Some(first)) = (&address, primary(&vm.nics)) {
            let subnet = card.and_then(Card::subnet);
            let number = card.and_then(Card::said).and_then(|said| said.private_ip.parse().ok());
            let (ways, met_at) = self.inventory.ways.of(&key(first), number, subnet);
            if !ways.is_empty() {
                address = AddressFact::Elsewhere { ways };
            }
            fronts = met_at;
        }
        CloudSurvey {
            id: id.clone(),
            name: short(&vm.id),
            power: power(vm),
            address,
            // What a VM's size gives; nobody sets it, and nothing can be too small.
            bandwidth: BandwidthFact::Unmetered,
            doors: self.doors(card),
            agent: self.agent(vm),
            rdp_certificate: self
                .inventory
                .views
                .get(&key(&vm.id))
                .and_then(|view| view.rdp_thumb_print.trim().parse().ok()),
            handles: Handles {
                public_ip,
                private_ip: card.and_then(Card::said).and_then(|said| said.private_ip.parse().ok()),
                address_id,
                system_disk: Some(&vm.os_disk).filter(|disk| !disk.is_empty()).map(ResourceId::new),
                os: if vm.os_name.is_empty() { vm.os.clone() } else { vm.os_name.clone() },
                tags: vm.tags.clone(),
                fronts,
            },
        }
    }

    fn address(
        &self,
        vm: &VmRow,
        card: Option<&Card>,
    ) -> (AddressFact, Option<ResourceId>, Option<IpAddr>) {
        if !self.needs.addresses {
            return (AddressFact::None, None, None);
        }
        let of =
            |card: &Card| self.inventory.addresses.get(card.first.as_ref()?.public_ip.as_deref()?);
        if let Some(row) = card.and_then(of) {
            let fact = if row.alloc.eq_ignore_ascii_case("dynamic") {
                AddressFact::Ordinary
            } else {
                AddressFact::Elastic { blocker: None }
            };
            (fact, Some(ResourceId::new(&row.id)), row.ip.parse().ok())
        } else {
            let first = primary(&vm.nics).map(key);
            let others =
                vm.nics.iter().map(|nic| key(&nic.id)).filter(|id| Some(id) != first.as_ref());
            let elsewhere = others
                .filter_map(|id| self.inventory.cards.get(&id))
                .any(|card| of(card).is_some());
            let fact = if elsewhere { AddressFact::SecondaryInterface } else { AddressFact::None };
            (fact, None, None)
        }
    }

    /// The subnet's group and the interface's: both must let a packet in, and without any a Standard address is closed.
    fn doors(&self, card: Option<&Card>) -> Doors {
        let mut doors = Doors::without_stages(RuleAction::Drop);
        let (true, Some(card)) = (self.needs.doors, card) else { return doors };
        let subnet = card.subnet();
        let of_subnet = subnet.and_then(|subnet| self.inventory.subnets.get(subnet));
        let admins =
            subnet.and_then(|subnet| self.inventory.admins.get(subnet.split_once("/subnets/")?.0));
        let mut past = None;
        if let Some(rules) = admins {
            doors.stages.push(admin::before(rules, card.said()));
            past = admin::past_groups(rules, card.said());
        }
        for id in of_subnet.map(String::as_str).into_iter().chain(card.group.as_deref()) {
            let Some(nsg) = self.inventory.nsgs.get(id) else { continue };
            let set = match self.shared.get(id) {
                Some(shared) => Arc::clone(shared),
                None => Arc::new(rules::rule_set(nsg, self.bound(id), card.said())),
            };
            doors.stages.push(Stage { sets: past.clone().into_iter().chain([set]).collect() });
        }
        if admins.is_some() && doors.stages.len() == 1 {
            // Without any group a Standard address stays closed.
            doors.stages.push(Stage { sets: Vec::new() });
        }
        doors
    }

    fn agent(&self, vm: &VmRow) -> AgentFact {
        if !self.needs.agent {
            return AgentFact::NotAsked;
        }
        if !vm.os.is_empty() && !vm.os.eq_ignore_ascii_case("windows") {
            return AgentFact::Unsupported { reason: crate::said::say::not_windows() };
        }
        match self.inventory.views.get(&key(&vm.id)) {
            // In bulk nobody says how an agent is; a command tells.
            None => AgentFact::NotAsked,
            Some(view) => match &view.vm_agent {
                None => AgentFact::Absent,
                Some(agent) if agent.statuses.iter().any(|one| one.display_status == "Ready") => {
                    AgentFact::Online
                }
                Some(_) => AgentFact::Offline,
            },
        }
    }
}

fn power(vm: &VmRow) -> PowerFact {
    let word = vm.power.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let state = match word.as_str() {
        "running" => PowerState::Running,
        "stopped" => PowerState::Stopped,
        "deallocated" => PowerState::StoppedNotCharged,
        "starting" | "stopping" | "deallocating" => PowerState::Transitional(word),
        "" => PowerState::Transitional("without a power state".to_owned()),
        other => PowerState::Transitional(other.to_owned()),
    };
    let busy = matches!(vm.prov.as_str(), "Updating" | "Deleting" | "Creating")
        && matches!(
            state,
            PowerState::Running | PowerState::Stopped | PowerState::StoppedNotCharged
        );
    let blocker =
        busy.then(|| Blocker { by: say::somebody_began(&*vm.prov), advice: say::wait_and_look() });
    PowerFact { state, blocker }
}

rdpctl_model::says! { "cloud":
    somebody_began(operation);
    wait_and_look();
}
