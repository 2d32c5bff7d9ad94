//! What the cloud's API said, with the call and field in which it stands.

use rdpctl_model::Said;
use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, Blocker, CloudSurvey, OtherWay, PowerState,
};
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::rules::{RuleAction, RuleService, RuleSource, SourceRange};

use super::quote::{Saw, saw};
use super::{CloudPart, say};
use crate::case::Case;

/// The vendor's call and field in which a part of the answer stands.
fn asked(part: CloudPart, provider: ProviderKind) -> Said {
    let Some(answers) = provider.vendor().answers else { return say::the_cloud() };
    Said::quoted(match part {
        CloudPart::Power => answers.power,
        CloudPart::Address => answers.address,
        CloudPart::Bandwidth => answers.bandwidth,
        CloudPart::Rules => answers.rules,
        CloudPart::Agent => answers.agent,
    })
}

pub(super) fn seen(part: CloudPart, cloud: &CloudSurvey, case: &Case<'_>) -> Vec<Saw> {
    let source = asked(part, case.provider);
    let one = |reply: Said| saw(source.clone(), reply);
    let blocked = |blocker: &Option<Blocker>| {
        blocker.iter().map(|blocker| one(blocker.by.clone())).collect::<Vec<_>>()
    };
    match part {
        CloudPart::Power => {
            let state = match &cloud.power.state {
                PowerState::Running => say::running(),
                PowerState::Stopped => say::stopped(),
                PowerState::StoppedNotCharged => say::stopped_not_charged(),
                PowerState::Transitional(word) | PowerState::Unusable(word) => Said::quoted(word),
            };
            let mut quotes = vec![one(state)];
            quotes.extend(blocked(&cloud.power.blocker));
            quotes
        }
        CloudPart::Address => {
            let number = cloud
                .handles
                .public_ip
                .map_or_else(say::no_public_address, |ip| Said::quoted(ip.to_string()));
            let (address, blocker) = match &cloud.address {
                AddressFact::None => (number, &None),
                AddressFact::Elastic { blocker } => (say::elastic(number), blocker),
                AddressFact::Ordinary => (say::ordinary(number), &None),
                AddressFact::SecondaryInterface => (say::secondary(number), &None),
                AddressFact::Elsewhere { ways } => {
                    let way = |way: &OtherWay| match way {
                        OtherWay::Balancer { name, to } => say::balancer_leads(&**name, *to),
                        OtherWay::Pool { name, to } => say::pool_leads(&**name, *to),
                        OtherWay::Bastion { name } => say::bastion_leads(&**name),
                        OtherWay::NatGateway { name } => say::nat_gateway_leads(&**name),
                    };
                    let ways = ways.iter().map(way).reduce(say::and_so);
                    (ways.map_or(number, say::led_to_by), &None)
                }
                AddressFact::Transitional { .. } => (say::on_its_way(number), &None),
            };
            let mut quotes = vec![one(address)];
            quotes.extend(blocked(blocker));
            quotes
        }
        CloudPart::Bandwidth => {
            vec![one(match &cloud.bandwidth {
                BandwidthFact::NoAddress => say::no_bandwidth(),
                BandwidthFact::Unmetered => say::not_metered(),
                BandwidthFact::Address { mbps, .. } => say::on_the_address(*mbps),
                BandwidthFact::Package { mbps, cap: None } => say::in_a_package(*mbps),
                BandwidthFact::Package { mbps, cap: Some(cap) } => {
                    say::in_a_capped_package(*mbps, *cap)
                }
                BandwidthFact::Instance { mbps, .. } => say::on_the_instance(*mbps),
            })]
        }
        CloudPart::Rules => rules(&source, cloud, case.port),
        CloudPart::Agent => vec![one(match &cloud.agent {
            AgentFact::Online => say::online(),
            AgentFact::Offline => say::offline(),
            AgentFact::Absent => say::absent(),
            AgentFact::Unsupported { reason } => reason.clone(),
            AgentFact::NotAsked => say::not_asked(),
        })],
    }
}

/// Rules that concern the port, in their order, with the group to which each belongs.
fn rules(source: &Said, cloud: &CloudSurvey, port: u16) -> Vec<Saw> {
    const SHOWN: usize = 6;
    let mut quotes = Vec::new();
    for stage in &cloud.doors.stages {
        if stage.sets.is_empty() {
            quotes.push(saw(source.clone(), say::no_group_bound()));
        }
        for set in &stage.sets {
            let of_set = say::value(source, set.id.as_str());
            let concerned = set.rules.iter().filter(|rule| match &rule.service {
                RuleService::AllPorts => true,
                RuleService::Ports(ranges) => {
                    ranges.iter().any(|(first, last)| (*first..=*last).contains(&port))
                }
                RuleService::NotTcp => false,
            });
            let before = quotes.len();
            for rule in concerned.take(SHOWN) {
                let action = match rule.action {
                    RuleAction::Accept => "ACCEPT",
                    RuleAction::Drop => "DROP",
                };
                let from = match &rule.source {
                    RuleSource::Group(group) => group.to_string(),
                    RuleSource::Nets(ranges) => {
                        ranges.iter().take(4).map(range).collect::<Vec<_>>().join(", ")
                    }
                };
                let note = if rule.description.is_empty() {
                    String::new()
                } else {
                    format!("  # {}", rule.description)
                };
                quotes.push(saw(
                    of_set.clone(),
                    say::rule(rule.index, action, service(&rule.service), format!("{from}{note}")),
                ));
            }
            if quotes.len() == before {
                quotes.push(saw(of_set, say::no_rule_for(port)));
            }
        }
    }
    quotes
}

/// What a rule speaks of. Vendors write "all" for all protocols and for all ports of TCP; it is not told apart here.
fn service(service: &RuleService) -> Said {
    match service {
        RuleService::AllPorts => say::all_services(),
        RuleService::NotTcp => say::other_protocols(),
        RuleService::Ports(ranges) => {
            let ranges: Vec<String> = ranges
                .iter()
                .map(
                    |(first, last)| {
                        if first == last { first.to_string() } else { format!("{first}-{last}") }
                    },
                )
                .collect();
            Said::quoted(format!("tcp {}", ranges.join(",")))
        }
    }
}

fn range(range: &SourceRange) -> String {
    match range {
        SourceRange::Net(net) => net.to_string(),
        SourceRange::Range(first, last) => format!("{first}-{last}"),
    }
}
