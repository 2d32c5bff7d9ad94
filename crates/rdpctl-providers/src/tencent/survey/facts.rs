//! What was read about one instance, put together in no vendor's words.

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_contract::cloud::CloudNeeds;
use rdpctl_model::cloud::{AddressFact, AgentFact, BandwidthFact, CloudSurvey, Handles};
use rdpctl_model::rules::{Doors, RuleAction, RuleSet, Stage};
use rdpctl_model::{Gap, ResourceId};

use super::address::{Reached, reached};
use super::power::power;
use crate::said::say;
use crate::tencent::api::addresses::{Address, NetworkAccountType};
use crate::tencent::api::instances::Instance;
use crate::tencent::api::tat::AgentStatus;

/// What the agents said.
pub(super) enum Agents {
    NotAsked,
    Listed(HashMap<String, AgentStatus>),
    /// The account may not ask.
    Denied(String),
}

/// What was read beside the instances themselves.
pub(super) struct Context<'a> {
    pub(super) needs: &'a CloudNeeds,
    pub(super) rule_sets: &'a HashMap<String, Result<Arc<RuleSet>, Gap>>,
    pub(super) account: &'a NetworkAccountType,
    pub(super) agents: &'a Agents,
}

impl Context<'_> {
    /// Everything about one instance, whose addresses are these.
    pub(super) fn whole(
        &self,
        id: &ResourceId,
        instance: &Instance,
        records: &[&Address],
    ) -> Result<CloudSurvey, Gap> {
        let seen = if self.needs.addresses {
            reached(instance, records, self.account)
        } else {
            Reached {
                address: AddressFact::None,
                bandwidth: BandwidthFact::NoAddress,
                id: None,
                ip: instance
                    .public_ip_addresses
                    .iter()
                    .find_map(|ip| ip.given())
                    .map(str::to_owned),
            }
        };
        Ok(CloudSurvey {
            id: id.clone(),
            name: instance.instance_name.as_str().to_owned(),
            power: power(instance),
            address: seen.address,
            bandwidth: seen.bandwidth,
            doors: self.doors(instance)?,
            agent: agent(instance, self.agents),
            rdp_certificate: None,
            handles: handles(instance, seen.id, seen.ip.as_deref()),
        })
    }

    fn doors(&self, instance: &Instance) -> Result<Doors, Gap> {
        if !self.needs.doors {
            return Ok(Doors::without_stages(RuleAction::Drop));
        }
        let sets: Result<Vec<Arc<RuleSet>>, Gap> = instance
            .security_group_ids
            .iter()
            .filter_map(|id| id.given())
            .map(|id| match self.rule_sets.get(id) {
                Some(set) => set.clone(),
                None => Err(Gap::NotFound { id: ResourceId::new(id) }),
            })
            .collect();
        Ok(Doors { stages: vec![Stage { sets: sets? }], unfiltered: RuleAction::Drop })
    }
}

fn agent(instance: &Instance, agents: &Agents) -> AgentFact {
    let unsupported = |reason| AgentFact::Unsupported { reason };
    let listed = match agents {
        Agents::NotAsked => return AgentFact::NotAsked,
        Agents::Denied(code) => {
            return AgentFact::Unsupported { reason: say::may_not_ask(code) };
        }
        Agents::Listed(listed) => listed,
    };
    if instance.virtual_private_cloud.0.vpc_id.given().is_none() {
        return unsupported(say::classic_network());
    }
    if !instance.os_name.as_str().to_ascii_lowercase().contains("windows") {
        return unsupported(say::not_windows());
    }
    match listed.get(instance.instance_id.as_str()) {
        Some(AgentStatus::Online) => AgentFact::Online,
        Some(AgentStatus::Offline | AgentStatus::Other(_) | AgentStatus::Unsaid) => {
            AgentFact::Offline
        }
        None => AgentFact::Absent,
    }
}

fn handles(instance: &Instance, address_id: Option<ResourceId>, ip: Option<&str>) -> Handles {
    Handles {
        public_ip: ip.and_then(|ip| ip.parse().ok()),
        private_ip: instance.private_ip_addresses.iter().find_map(|ip| ip.as_str().parse().ok()),
        address_id,
        system_disk: instance.system_disk.0.disk_id.given().map(ResourceId::new),
        os: instance.os_name.as_str().to_owned(),
        tags: instance
            .tags
            .iter()
            .map(|tag| (tag.key.as_str().to_owned(), tag.value.as_str().to_owned()))
            .collect(),
        fronts: Vec::new(),
    }
}
