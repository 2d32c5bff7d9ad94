//! Security admin rules of Virtual Network Manager: an administrator's, which come before the groups of every network to
//! which they are deployed.

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::ResourceId;
use rdpctl_model::rules::{Keeper, Rule, RuleAction, RuleSet, RuleSource, Stage};
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::rules::{self, ORDER};
use crate::azure::arm::{ConfigurationProperties, NsgRule, NsgRuleProperties};
use crate::azure::client::{Ask, Client, NETWORK};
use crate::azure::id::key;
use crate::azure::pace::Kind;

/// Asks the graph which networks have any, so that nobody else is asked.
pub(super) const NETWORKS: &str = "NetworkResources | where type =~ 'microsoft.network/effectivesecurityadminrules' | project id | order by id asc";

/// A network that has some, by the id of what is in force there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Row {
    id: String,
}

impl Row {
    /// The same of a network of which nobody said whether it has any.
    pub(super) fn of(network: &str) -> Self {
        let kind = "Microsoft.Network/effectiveSecurityAdminRules";
        Self { id: format!("{network}/providers/{kind}/default") }
    }
}

/// A page of what is in force in a network.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Listed {
    value: Vec<AdminRule>,
    skip_token: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AdminRule {
    id: String,
    properties: AdminProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AdminProperties {
    priority: u32,
    direction: String,
    access: String,
    protocol: String,
    sources: Vec<Prefix>,
    destinations: Vec<Prefix>,
    destination_port_ranges: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Prefix {
    address_prefix: String,
}

/// The rules of a network, in the form of a group's.
pub(super) type Rules = Vec<NsgRule>;

/// Reads them, for those networks.
pub(super) async fn read(
    client: &Client,
    rows: Vec<Row>,
    stop: &CancellationToken,
) -> Result<HashMap<String, Rules>, CloudError> {
    let mut all = HashMap::new();
    for row in rows {
        let id = key(&row.id);
        let Some((network, _)) = id.split_once("/providers/microsoft.network/effective") else {
            continue;
        };
        let to = format!("{network}/listNetworkManagerEffectiveSecurityAdminRules");
        let mut rules = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let body = json!({ "skipToken": token });
            let ask = Ask { body: Some(&body), ..Ask::post(&to, NETWORK, Kind::Read) };
            let page: Listed = client.call(&ask, stop).await?.read()?;
            rules.extend(page.value.into_iter().map(as_group_s));
            token = page.skip_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        rules.sort_by_key(|rule| rule.properties.priority);
        if !rules.is_empty() {
            all.insert(network.to_owned(), rules);
        }
    }
    Ok(all)
}

fn as_group_s(rule: AdminRule) -> NsgRule {
    let said = rule.properties;
    let prefixes = |list: Vec<Prefix>| {
        let list: Vec<String> = list.into_iter().map(|one| one.address_prefix).collect();
        // Where nothing is said, everything is meant.
        Some(if list.is_empty() { vec!["*".to_owned()] } else { list })
    };
    let any = |protocol: String| {
        if protocol.eq_ignore_ascii_case("any") { "*".to_owned() } else { protocol }
    };
    NsgRule {
        name: rule.id.rsplit('/').next().unwrap_or_default().to_owned(),
        properties: NsgRuleProperties {
            priority: said.priority,
            direction: said.direction,
            access: said.access,
            protocol: any(said.protocol),
            source_address_prefixes: prefixes(said.sources),
            destination_address_prefixes: prefixes(said.destinations),
            destination_port_ranges: Some(match said.destination_port_ranges {
                ranges if ranges.is_empty() => vec!["*".to_owned()],
                ranges => ranges,
            }),
            ..NsgRuleProperties::default()
        },
    }
}

/// What they do before any group: what they deny is dropped.
pub(super) fn before(rules: &[NsgRule], at: Option<&ConfigurationProperties>) -> Stage {
    Stage { sets: vec![Arc::new(set(rules, at, RuleAction::Accept, |_| true))] }
}

/// What they let in whatever groups say; none where they let in nothing so.
pub(super) fn past_groups(
    rules: &[NsgRule],
    at: Option<&ConfigurationProperties>,
) -> Option<Arc<RuleSet>> {
    let set = set(rules, at, RuleAction::Drop, |rule| {
        rule.properties.access.eq_ignore_ascii_case("AlwaysAllow")
    });
    (!set.rules.is_empty()).then(|| Arc::new(set))
}

fn set(
    rules: &[NsgRule],
    at: Option<&ConfigurationProperties>,
    default: RuleAction,
    which: impl Fn(&NsgRule) -> bool,
) -> RuleSet {
    let inbound = |rule: &&NsgRule| rule.properties.direction.eq_ignore_ascii_case("inbound");
    let kept = |rule: &NsgRule| {
        let denies = rule.properties.access.eq_ignore_ascii_case("Deny");
        Rule {
            action: if denies { RuleAction::Drop } else { RuleAction::Accept },
            keeper: Some(Keeper::SecurityAdmin(rule.name.clone())),
            ..rules::read(rule, at)
        }
    };
    RuleSet {
        id: ResourceId::new("security admin rules"),
        version: String::new(),
        bound: None,
        order: ORDER,
        default,
        // Whom a tag means that we do not know is not known to be kept out.
        rules: rules
            .iter()
            .filter(inbound)
            .filter(|rule| which(rule))
            .map(kept)
            .filter(|rule| !matches!(rule.source, RuleSource::Group(_)))
            .collect(),
    }
}
