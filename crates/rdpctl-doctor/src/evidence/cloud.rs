//! What the cloud's API said, with the call and field in which it stands.

use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, Blocker, CloudSurvey, PowerState,
};
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::rules::{RuleAction, RuleService, RuleSource, SourceRange};

use super::CloudPart;
use super::quote::quote;
use crate::case::Case;
use crate::diagnosis::Quote;

/// The vendor's call and field in which a part of the answer stands.
const fn asked(part: CloudPart, provider: ProviderKind) -> &'static str {
    match (provider, part) {
        (ProviderKind::Tencent, CloudPart::Power) => "cvm DescribeInstances: InstanceState",
        (ProviderKind::Tencent, CloudPart::Address) => "vpc DescribeAddresses",
        (ProviderKind::Tencent, CloudPart::Bandwidth) => {
            "cvm DescribeInstances, vpc DescribeAddresses: bandwidth"
        }
        (ProviderKind::Tencent, CloudPart::Rules) => "vpc DescribeSecurityGroupPolicies",
        (ProviderKind::Tencent, CloudPart::Agent) => "tat DescribeAutomationAgentStatus",
        (ProviderKind::Azure, CloudPart::Power) => "virtualMachines instanceView: PowerState",
        (ProviderKind::Azure, CloudPart::Address) => "publicIPAddresses",
        (ProviderKind::Azure, CloudPart::Bandwidth) => "virtualMachines: hardwareProfile",
        (ProviderKind::Azure, CloudPart::Rules) => "networkSecurityGroups: securityRules",
        (ProviderKind::Azure, CloudPart::Agent) => "virtualMachines instanceView: vmAgent",
        (ProviderKind::Static, _) => "the cloud",
    }
}

pub(super) fn quotes(part: CloudPart, cloud: &CloudSurvey, case: &Case<'_>) -> Vec<Quote> {
    let source = asked(part, case.provider);
    let blocked = |blocker: &Option<Blocker>| {
        blocker
            .iter()
            .map(|blocker| quote(source, rdpctl_words::english(&blocker.by)))
            .collect::<Vec<_>>()
    };
    match part {
        CloudPart::Power => {
            let state = match &cloud.power.state {
                PowerState::Running => "running",
                PowerState::Stopped => "stopped",
                PowerState::StoppedNotCharged => "stopped, not charged",
                PowerState::Transitional(word) | PowerState::Unusable(word) => word,
            };
            let mut quotes = vec![quote(source, state)];
            quotes.extend(blocked(&cloud.power.blocker));
            quotes
        }
        CloudPart::Address => {
            let number = cloud
                .handles
                .public_ip
                .map_or_else(|| "no public address".to_owned(), |ip| ip.to_string());
            let (kind, blocker) = match &cloud.address {
                AddressFact::None => ("", &None),
                AddressFact::Elastic { blocker } => (" (elastic)", blocker),
                AddressFact::Ordinary => (" (ordinary)", &None),
                AddressFact::SecondaryInterface => (" (on a secondary interface)", &None),
                AddressFact::Transitional { .. } => (" (on its way)", &None),
            };
            let mut quotes = vec![quote(source, format!("{number}{kind}"))];
            quotes.extend(blocked(blocker));
            quotes
        }
        CloudPart::Bandwidth => {
            let text = match &cloud.bandwidth {
                BandwidthFact::NoAddress => "no address, so none".to_owned(),
                BandwidthFact::Unmetered => "not metered".to_owned(),
                BandwidthFact::Address { mbps, .. } => format!("{mbps} Mbps, on the address"),
                BandwidthFact::Package { mbps, cap } => format!(
                    "{mbps} Mbps, in a package{}",
                    cap.map_or_else(String::new, |cap| format!(" capped at {cap} Mbps"))
                ),
                BandwidthFact::Instance { mbps, .. } => format!("{mbps} Mbps, on the instance"),
            };
            vec![quote(source, text)]
        }
        CloudPart::Rules => rules(source, cloud, case.port),
        CloudPart::Agent => vec![quote(
            source,
            match &cloud.agent {
                AgentFact::Online => "online",
                AgentFact::Offline => "offline",
                AgentFact::Absent => "not installed, or never seen",
                AgentFact::Unsupported { reason } => {
                    return vec![quote(source, rdpctl_words::english(reason))];
                }
                AgentFact::NotAsked => "not asked",
            },
        )],
    }
}

/// Rules that concern the port, in their order, with the group to which each belongs.
fn rules(source: &str, cloud: &CloudSurvey, port: u16) -> Vec<Quote> {
    const SHOWN: usize = 6;
    let mut quotes = Vec::new();
    for stage in &cloud.doors.stages {
        if stage.sets.is_empty() {
            quotes.push(quote(source, "no security group is bound"));
        }
        for set in &stage.sets {
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
                quotes.push(quote(
                    format!("{source} {}", set.id),
                    format!("{}: {action} {} {from}{note}", rule.index, service(&rule.service)),
                ));
            }
            if quotes.len() == before {
                quotes.push(quote(
                    format!("{source} {}", set.id),
                    format!("no rule for tcp {port}; without a match it is dropped"),
                ));
            }
        }
    }
    quotes
}

/// What a rule speaks of. Vendors write "all" for all protocols and for all ports of TCP; it is not told apart here.
fn service(service: &RuleService) -> String {
    match service {
        RuleService::AllPorts => "all".to_owned(),
        RuleService::NotTcp => "other protocols".to_owned(),
        RuleService::Ports(ranges) => {
            let ranges: Vec<String> = ranges
                .iter()
                .map(
                    |(first, last)| {
                        if first == last { first.to_string() } else { format!("{first}-{last}") }
                    },
                )
                .collect();
            format!("tcp {}", ranges.join(","))
        }
    }
}

fn range(range: &SourceRange) -> String {
    match range {
        SourceRange::Net(net) => net.to_string(),
        SourceRange::Range(first, last) => format!("{first}-{last}"),
    }
}
