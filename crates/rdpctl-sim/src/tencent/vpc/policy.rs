//! Reading a security group's rules.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{
    estate::{Estate, Group},
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::{count, local},
    },
    world::{IdKind, Peer, Rule, Text, Traffic, World, parse_traffic},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeSecurityGroupPolicies {
    security_group_id: String,
    #[serde(rename = "Filters")]
    _filters: Option<IgnoredAny>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policies {
    security_group_policy_set: PolicySet,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicySet {
    version: String,
    egress: Vec<Policy>,
    ingress: Vec<Policy>,
    policy_statistics: Statistics,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statistics {
    #[serde(rename = "IngressIPv4TotalCount")]
    ingress_v4: i64,
    #[serde(rename = "IngressIPv6TotalCount")]
    ingress_v6: i64,
    #[serde(rename = "EgressIPv4TotalCount")]
    egress_v4: i64,
    #[serde(rename = "EgressIPv6TotalCount")]
    egress_v6: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    policy_index: usize,
    protocol: Text,
    port: Text,
    service_template: ServiceTemplate,
    cidr_block: Text,
    ipv6_cidr_block: Text,
    security_group_id: Text,
    address_template: AddressTemplate,
    action: String,
    policy_description: Text,
    modify_time: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceTemplate {
    service_id: Text,
    service_group_id: Text,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AddressTemplate {
    address_id: Text,
    address_group_id: Text,
}

impl Action for DescribeSecurityGroupPolicies {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeSecurityGroupPolicies";
    const RATE: u32 = 50;
    type Answer = Policies;

    fn serve(self, call: &mut Call<'_>) -> Result<Policies, Refusal> {
        let group = resolve_group(call, &self.security_group_id)?;
        Ok(Policies {
            security_group_policy_set: PolicySet::show(group, &group.ingress, &group.egress),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeSecurityGroupExpandedPolicies {
    security_group_id: String,
    #[serde(rename = "Filters")]
    _filters: Option<IgnoredAny>,
}

impl Action for DescribeSecurityGroupExpandedPolicies {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeSecurityGroupExpandedPolicies";
    const RATE: u32 = 20;
    type Answer = Policies;

    fn serve(self, call: &mut Call<'_>) -> Result<Policies, Refusal> {
        let group = resolve_group(call, &self.security_group_id)?;
        let world = &call.estate.world;
        let expanded =
            |rules: &[Rule]| rules.iter().flat_map(|rule| expand(world, rule)).collect::<Vec<_>>();
        let (ingress, egress) = (expanded(&group.ingress), expanded(&group.egress));
        Ok(Policies { security_group_policy_set: PolicySet::show(group, &ingress, &egress) })
    }
}

/// A group that belongs to the caller, here.
pub(super) fn resolve_group<'c>(call: &'c Call<'_>, id: &str) -> Result<&'c Group, Refusal> {
    if !IdKind::SecurityGroup.is_form_of(id) {
        return Err(Refusal::new(
            "InvalidParameterValue.Malformed",
            format!("`{id}` is no security group id."),
        ));
    }
    let estate: &Estate = call.estate;
    estate.groups.get(id).filter(|group| call.owns(group.account, &group.region)).ok_or_else(|| {
        Refusal::new("ResourceNotFound", format!("The security group `{id}` does not exist."))
    })
}

impl PolicySet {
    fn show(group: &Group, ingress: &[Rule], egress: &[Rule]) -> Self {
        let v6 =
            |rules: &[Rule]| rules.iter().filter(|rule| matches!(rule.peer, Peer::V6(_))).count();
        let show = |rules: &[Rule]| {
            rules.iter().enumerate().map(|(index, rule)| Policy::show(index, rule)).collect()
        };
        Self {
            version: group.version.to_string(),
            policy_statistics: Statistics {
                ingress_v4: count(ingress.len() - v6(ingress)),
                ingress_v6: count(v6(ingress)),
                egress_v4: count(egress.len() - v6(egress)),
                egress_v6: count(v6(egress)),
            },
            ingress: show(ingress),
            egress: show(egress),
        }
    }
}

impl Policy {
    /// Members that do not apply are empty, never absent.
    fn show(index: usize, rule: &Rule) -> Self {
        let none = || Text::from("");
        let (mut protocol, mut port) = (none(), none());
        let mut service_template = ServiceTemplate { service_id: none(), service_group_id: none() };
        match &rule.traffic {
            Traffic::Ports(named, ports) => {
                protocol = named.name().into();
                port = if **ports == *"all" { "ALL".into() } else { ports.clone() };
            }
            Traffic::Service(id) => service_template.service_id = id.clone(),
            Traffic::ServiceGroup(id) => service_template.service_group_id = id.clone(),
        }
        let (mut cidr_block, mut ipv6_cidr_block, mut security_group_id) = (none(), none(), none());
        let mut address_template = AddressTemplate { address_id: none(), address_group_id: none() };
        match &rule.peer {
            Peer::V4(text) => cidr_block = text.clone(),
            Peer::V6(text) => ipv6_cidr_block = text.clone(),
            Peer::Group(id) => security_group_id = id.clone(),
            Peer::Template(id) => address_template.address_id = id.clone(),
            Peer::TemplateGroup(id) => address_template.address_group_id = id.clone(),
        }
        Self {
            policy_index: index,
            protocol,
            port,
            service_template,
            cidr_block,
            ipv6_cidr_block,
            security_group_id,
            address_template,
            action: rule.verdict.to_string(),
            policy_description: rule.description.clone(),
            modify_time: local(rule.modified),
        }
    }
}

/// A rule with its templates written out: one rule for each pair of members.
fn expand(world: &World, rule: &Rule) -> Vec<Rule> {
    let services: Vec<Traffic> = match &rule.traffic {
        Traffic::Ports(..) => vec![rule.traffic.clone()],
        Traffic::Service(id) | Traffic::ServiceGroup(id) => world
            .template_members(id)
            .into_iter()
            .filter_map(|entry| {
                let (protocol, ports) = entry.split_once(':').unwrap_or((&entry, "all"));
                parse_traffic(protocol, ports).ok()
            })
            .collect(),
    };
    let peers: Vec<Peer> = match &rule.peer {
        Peer::V4(_) | Peer::V6(_) | Peer::Group(_) => vec![rule.peer.clone()],
        Peer::Template(id) | Peer::TemplateGroup(id) => world
            .template_members(id)
            .into_iter()
            .map(|entry| if entry.contains(':') { Peer::V6(entry) } else { Peer::V4(entry) })
            .collect(),
    };
    services
        .iter()
        .flat_map(|traffic| {
            peers.iter().map(|peer| Rule {
                traffic: traffic.clone(),
                peer: peer.clone(),
                ..rule.clone()
            })
        })
        .collect()
}
