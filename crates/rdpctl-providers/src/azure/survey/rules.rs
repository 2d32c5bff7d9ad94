//! Network security groups as rule sets: priorities, lists and tags, and to whom a rule applies.

use std::net::IpAddr;

use ipnet::IpNet;
use rdpctl_model::ResourceId;
use rdpctl_model::rules::{
    Keeper, NewRule, Rule, RuleAction, RuleOrder, RuleService, RuleSet, RuleSource, SourceRange,
};

use crate::azure::arm::{ConfigurationProperties, Nsg, NsgRule, NsgRuleProperties, Resource};
use crate::azure::id::key;

/// The numbers that users' rules may have.
pub(crate) const ORDER: RuleOrder = RuleOrder::Priorities { lowest: 100, highest: 4096 };

/// Whether any rule of a group speaks of some of those behind it only.
pub(super) fn depends_on_place(nsg: &Resource<Nsg>) -> bool {
    nsg.properties.security_rules.iter().any(|rule| {
        let rule = &rule.properties;
        !rule.destination_application_security_groups.is_empty()
            || destinations(rule).any(|place| place != "*" && !is(place, "VirtualNetwork"))
    })
}

/// A group's inbound rules, as they concern a VM at that address of an interface.
pub(super) fn rule_set(
    nsg: &Resource<Nsg>,
    bound: Option<u32>,
    at: Option<&ConfigurationProperties>,
) -> RuleSet {
    let mut rules: Vec<Rule> = nsg
        .properties
        .security_rules
        .iter()
        .filter(|rule| is(&rule.properties.direction, "Inbound"))
        .map(|rule| read(rule, at))
        .collect();
    rules.sort_by_key(|rule| rule.index);
    // The vendor's own rules: the virtual network comes in, and nobody else does.
    rules.push(Rule {
        index: 65_000,
        action: RuleAction::Accept,
        service: RuleService::AllPorts,
        source: RuleSource::Group(ResourceId::new("VirtualNetwork")),
        description: String::new(),
        keeper: None,
    });
    RuleSet {
        id: ResourceId::new(&nsg.id),
        version: nsg.etag.clone(),
        bound,
        order: ORDER,
        default: RuleAction::Drop,
        rules,
    }
}

/// A group's inbound rules, whomever behind it they concern.
pub(crate) fn plain_rules(nsg: &Resource<Nsg>) -> Vec<Rule> {
    rule_set(nsg, None, None).rules
}

fn is(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word)
}

/// A rule, as it concerns a VM at that address of an interface.
pub(super) fn read(rule: &NsgRule, at: Option<&ConfigurationProperties>) -> Rule {
    let said = &rule.properties;
    let concerns = at.is_none_or(|at| concerns(said, at));
    let tcp = is(&said.protocol, "Tcp") || said.protocol == "*";
    let service = if tcp && concerns { ports(said) } else { RuleService::NotTcp };
    Rule {
        index: said.priority,
        action: if is(&said.access, "Allow") { RuleAction::Accept } else { RuleAction::Drop },
        service,
        source: source(said),
        description: said.description.clone(),
        keeper: is_just_in_time(&rule.name).then_some(Keeper::JustInTime),
    }
}

/// Whether Defender for Cloud made it: one that denies until somebody asks, or lets in whoever asked, for a time.
fn is_just_in_time(name: &str) -> bool {
    const PREFIXES: [&str; 2] = ["MicrosoftDefenderForCloud-JITRule", "SecurityCenter-JITRule"];
    PREFIXES.iter().any(|prefix| name.get(..prefix.len()).is_some_and(|head| is(head, prefix)))
}

fn both<'a>(
    one: Option<&'a String>,
    many: Option<&'a Vec<String>>,
) -> impl Iterator<Item = &'a str> {
    one.into_iter()
        .chain(many.into_iter().flatten())
        .map(String::as_str)
        .filter(|text| !text.is_empty())
}

fn destinations(rule: &NsgRuleProperties) -> impl Iterator<Item = &str> {
    both(rule.destination_address_prefix.as_ref(), rule.destination_address_prefixes.as_ref())
}

/// Whether a rule's destination holds the VM's private address, which is what is compared.
fn concerns(rule: &NsgRuleProperties, at: &ConfigurationProperties) -> bool {
    let member = at.application_security_groups.iter().any(|group| {
        rule.destination_application_security_groups
            .iter()
            .any(|named| key(&named.id) == key(&group.id))
    });
    member
        || destinations(rule).any(|place| {
            place == "*"
                || is(place, "VirtualNetwork")
                || net(place).is_some_and(|net| {
                    at.private_ip.parse::<IpAddr>().is_ok_and(|address| net.contains(&address))
                })
        })
}

fn ports(rule: &NsgRuleProperties) -> RuleService {
    let mut ranges = Vec::new();
    for text in both(rule.destination_port_range.as_ref(), rule.destination_port_ranges.as_ref()) {
        if text == "*" {
            return RuleService::AllPorts;
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        if let (Ok(first), Ok(last)) = (first.trim().parse(), last.trim().parse()) {
            ranges.push((first, last));
        }
    }
    RuleService::Ports(ranges)
}

fn net(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Whom a rule speaks of. Tags whose addresses we do not know hold nothing of the internet for us; a service's tag
/// concerns no declared network, and the proof from outside has the last word.
fn source(rule: &NsgRuleProperties) -> RuleSource {
    let mut ranges = Vec::new();
    let mut tag = None;
    for text in both(rule.source_address_prefix.as_ref(), rule.source_address_prefixes.as_ref()) {
        if text == "*" || text == "0.0.0.0/0" {
            ranges.extend(everybody());
        } else if is(text, "Internet") {
            ranges.extend(internet());
        } else if let Some(net) = net(text) {
            ranges.push(SourceRange::Net(net.trunc()));
        } else {
            tag = Some(text.to_owned());
        }
    }
    match (ranges.is_empty(), tag, rule.source_application_security_groups.first()) {
        (true, Some(tag), _) => RuleSource::Group(ResourceId::new(tag)),
        (true, None, Some(group)) => RuleSource::Group(ResourceId::new(&group.id)),
        (_, _, _) => RuleSource::Nets(ranges),
    }
}

fn everybody() -> impl Iterator<Item = SourceRange> {
    ["0.0.0.0/0", "::/0"].into_iter().filter_map(|net| net.parse().ok()).map(SourceRange::Net)
}

/// Everything but the private ranges.
fn internet() -> impl Iterator<Item = SourceRange> {
    let v4 = [
        ("0.0.0.0", "9.255.255.255"),
        ("11.0.0.0", "100.63.255.255"),
        ("100.128.0.0", "169.253.255.255"),
        ("169.255.0.0", "172.15.255.255"),
        ("172.32.0.0", "192.167.255.255"),
        ("192.169.0.0", "255.255.255.255"),
    ];
    let range = |(first, last): (&str, &str)| {
        Some(SourceRange::Range(first.parse().ok()?, last.parse().ok()?))
    };
    v4.into_iter().filter_map(range).chain("2000::/3".parse().ok().map(SourceRange::Net))
}

/// Whether a rule is the one that we would make.
pub(crate) fn is_ours(rule: &NsgRule, wanted: &NewRule) -> bool {
    let said = &rule.properties;
    is(&said.access, "Allow")
        && is(&said.direction, "Inbound")
        && said.description == wanted.description
        && ports(said) == RuleService::Ports(vec![(wanted.port, wanted.port)])
}

/// The networks that a rule lets in.
pub(crate) fn sources_of(rule: &NsgRule) -> Vec<IpNet> {
    let said = &rule.properties;
    both(said.source_address_prefix.as_ref(), said.source_address_prefixes.as_ref())
        .filter_map(net)
        .collect()
}

#[cfg(test)]
mod tests {
    use rdpctl_model::rules::RuleSource::{Group, Nets};

    use super::*;

    fn rule(json: &str) -> NsgRule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn both_forms_of_a_list_are_one() {
        let rule = rule(
            r#"{"properties":{"priority":300,"direction":"inbound","access":"Allow","protocol":"TCP",
            "sourceAddressPrefix":"","sourceAddressPrefixes":["203.0.113.0/24","198.51.100.7"],
            "destinationAddressPrefix":"*","destinationPortRange":"3389","destinationPortRanges":["80-81"]}}"#,
        );
        let read = read(&rule, None);
        assert_eq!(read.service, RuleService::Ports(vec![(3389, 3389), (80, 81)]));
        let Nets(nets) = read.source else { panic!() };
        assert_eq!(nets.len(), 2);
    }

    #[test]
    fn a_tag_that_we_do_not_know_holds_nothing_of_the_internet() {
        let tagged = rule(r#"{"properties":{"sourceAddressPrefix":"AzureLoadBalancer"}}"#);
        assert!(matches!(source(&tagged.properties), Group(_)));
    }

    #[test]
    fn a_rule_for_another_address_behind_the_group_does_not_concern_this_one() {
        let rule = rule(
            r#"{"properties":{"priority":300,"protocol":"*","destinationAddressPrefix":"10.0.0.5","destinationPortRange":"*"}}"#,
        );
        let at =
            |ip: &str| ConfigurationProperties { private_ip: ip.to_owned(), ..Default::default() };
        assert_eq!(read(&rule, Some(&at("10.0.0.5"))).service, RuleService::AllPorts);
        assert_eq!(read(&rule, Some(&at("10.0.0.6"))).service, RuleService::NotTcp);
    }
}
