//! Security groups and templates, each read once per survey however many instances name it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{join_all, try_join_all};
use rdpctl_contract::cloud::CloudError;
use rdpctl_model::rules::{Rule, RuleAction, RuleOrder, RuleService, RuleSet, RuleSource};
use rdpctl_model::{Gap, ResourceId, Said};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::rules;
use crate::tencent::api::BATCH;
use crate::tencent::api::groups::{
    DescribeSecurityGroupAssociationStatistics, DescribeSecurityGroupPolicies, Policy, PolicySet,
};
use crate::tencent::api::templates::{
    DescribeAddressTemplateGroups, DescribeAddressTemplates, DescribeServiceTemplateGroups,
    DescribeServiceTemplates, Listing,
};
use crate::tencent::client::Client;
use crate::tencent::error::CallError;
use crate::tencent::lenient::Text;
use crate::tencent::read_back::ReadBack;

/// What was read, by id. A fault of one group or template concerns only the instances that hang on it.
pub(super) struct Book<'a> {
    client: &'a Client,
    read_back: &'a ReadBack,
    /// Since when a group that was read back need not be read again.
    since: Option<Instant>,
    stop: &'a CancellationToken,
    groups: Shelf<Arc<RuleSet>>,
    /// Template members, by template or group of templates.
    members: Shelf<Arc<[Text]>>,
    /// How much is bound to each group, as far as anybody asked.
    bound: tokio::sync::Mutex<HashMap<String, Option<u32>>>,
    /// Every group seen so far, so that one question serves many.
    known: Mutex<BTreeSet<String>>,
}

/// Cells by id, each filled by whoever comes first.
struct Shelf<T>(Mutex<HashMap<String, Cell<T>>>);

/// What came of reading one thing, once somebody has.
type Cell<T> = Arc<OnceCell<Result<T, Gap>>>;

impl<T> Shelf<T> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn cell(&self, id: &str) -> Cell<T> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match cells.get(id) {
            Some(cell) => Arc::clone(cell),
            None => Arc::clone(cells.entry(id.to_owned()).or_default()),
        }
    }
}

/// A group's rules under their version.
pub(crate) async fn policies(
    client: &Client,
    group: &str,
    stop: &CancellationToken,
) -> Result<PolicySet, CallError> {
    let request = DescribeSecurityGroupPolicies { security_group_id: group.to_owned() };
    Ok(client.call(&request, stop).await?.fields.security_group_policy_set.0)
}

impl<'a> Book<'a> {
    pub(super) fn new(
        client: &'a Client,
        read_back: &'a ReadBack,
        since: Option<Instant>,
        stop: &'a CancellationToken,
    ) -> Self {
        Self {
            client,
            read_back,
            since,
            stop,
            groups: Shelf::new(),
            members: Shelf::new(),
            bound: tokio::sync::Mutex::new(HashMap::new()),
            known: Mutex::new(BTreeSet::new()),
        }
    }

    /// The rule sets of these groups.
    pub(super) async fn rule_sets(
        &self,
        ids: &BTreeSet<&str>,
    ) -> HashMap<String, Result<Arc<RuleSet>, Gap>> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(ids.iter().map(|id| (*id).to_owned()));
        join_all(ids.iter().map(|id| async move {
            let cell = self.groups.cell(id);
            let set = cell.get_or_init(|| async { self.read(id).await.map(Arc::new) }).await;
            ((*id).to_owned(), set.clone())
        }))
        .await
        .into_iter()
        .collect()
    }

    async fn read(&self, id: &str) -> Result<RuleSet, Gap> {
        let (set, bound) = tokio::join!(self.policies(id), self.bound(id));
        let set = set.map_err(|error| CloudError::from(error).as_gap())?;
        let rules =
            try_join_all((0..).zip(&set.ingress.0).map(|(place, policy)| self.rule(place, policy)))
                .await;
        let mut rules = rules.map_err(|gap| in_group(id, gap))?;
        rules.sort_by_key(|rule| rule.index);
        Ok(RuleSet {
            id: ResourceId::new(id),
            version: set.version.as_str().to_owned(),
            bound,
            order: RuleOrder::Positions,
            default: RuleAction::Drop,
            rules,
        })
    }

    async fn policies(&self, id: &str) -> Result<PolicySet, CallError> {
        match self.since.and_then(|since| self.read_back.take(id, since)) {
            Some(set) => Ok(set),
            None => policies(self.client, id, self.stop).await,
        }
    }

    async fn rule(&self, place: u32, policy: &Policy) -> Result<Rule, Gap> {
        let garbled = |misread: rules::Misread| Gap::garbled(Said::quoted(misread.to_string()));
        Ok(Rule {
            index: policy.policy_index.count().unwrap_or(place),
            action: rules::action(policy.action.as_str()).map_err(garbled)?,
            service: self.service(policy).await?.map_err(garbled)?,
            source: self.source(policy).await?.map_err(garbled)?,
            description: policy.policy_description.as_str().to_owned(),
            keeper: None,
        })
    }

    async fn service(&self, policy: &Policy) -> Result<Result<RuleService, rules::Misread>, Gap> {
        let named = &policy.service_template.0;
        let templates = match (named.service_id.given(), named.service_group_id.given()) {
            (_, Some(group)) => self.members::<DescribeServiceTemplateGroups>(group).await?,
            (Some(template), None) => Arc::from([Text::from(template)]),
            (None, None) => {
                return Ok(rules::service(policy.protocol.as_str(), policy.port.as_str()));
            }
        };
        let entries = self.all_members::<DescribeServiceTemplates>(&templates).await?;
        Ok(rules::services(entries.iter().map(Text::as_str)))
    }

    async fn source(&self, policy: &Policy) -> Result<Result<RuleSource, rules::Misread>, Gap> {
        if let Some(group) = policy.security_group_id.given() {
            return Ok(Ok(RuleSource::Group(ResourceId::new(group))));
        }
        if let Some(text) = policy.cidr_block.given().or_else(|| policy.ipv6_cidr_block.given()) {
            return Ok(rules::source(text).map(|range| RuleSource::Nets(vec![range])));
        }
        let named = &policy.address_template.0;
        let templates = match (named.address_id.given(), named.address_group_id.given()) {
            (_, Some(group)) => self.members::<DescribeAddressTemplateGroups>(group).await?,
            (Some(template), None) => Arc::from([Text::from(template)]),
            (None, None) => return Err(Gap::garbled(crate::said::say::no_source())),
        };
        let entries = self.all_members::<DescribeAddressTemplates>(&templates).await?;
        Ok(entries
            .iter()
            .map(|text| rules::source(text.as_str()))
            .collect::<Result<_, _>>()
            .map(RuleSource::Nets))
    }

    /// The members of a template or of a group of templates.
    async fn members<L: Listing>(&self, id: &str) -> Result<Arc<[Text]>, Gap> {
        let cell = self.members.cell(id);
        let members = cell.get_or_init(|| async {
            let answer = self.client.call(&L::one(id), self.stop).await;
            let listed = answer.map_err(|error| CloudError::from(error).as_gap())?.fields;
            let members =
                L::members(listed, id).ok_or_else(|| Gap::NotFound { id: ResourceId::new(id) })?;
            Ok(Arc::from(members))
        });
        members.await.clone()
    }

    /// The members of several templates together.
    async fn all_members<L: Listing>(&self, ids: &[Text]) -> Result<Vec<Text>, Gap> {
        let members = try_join_all(ids.iter().map(|id| self.members::<L>(id.as_str()))).await?;
        Ok(members.iter().flat_map(|members| members.iter().cloned()).collect())
    }

    /// How much is bound to a group. One question is asked for all groups known by then; a refusal costs the number
    /// only, since no verdict rests on it.
    async fn bound(&self, id: &str) -> Option<u32> {
        let mut bound = self.bound.lock().await;
        if let Some(count) = bound.get(id) {
            return *count;
        }
        let asked: Vec<String> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let rest =
                known.iter().filter(|other| other.as_str() != id && !bound.contains_key(*other));
            std::iter::once(id.to_owned()).chain(rest.take(BATCH - 1).cloned()).collect()
        };
        let request =
            DescribeSecurityGroupAssociationStatistics { security_group_ids: asked.clone() };
        bound.extend(asked.into_iter().map(|id| (id, None)));
        match self.client.call(&request, self.stop).await {
            Ok(answer) => {
                for entry in &answer.fields.security_group_association_statistics_set {
                    bound.insert(
                        entry.security_group_id.as_str().to_owned(),
                        entry.total_count.count(),
                    );
                }
            }
            Err(error) => tracing::debug!(%error, "not known how many instances the groups affect"),
        }
        bound.get(id).copied().flatten()
    }
}

/// The same gap, with the group named where it would not say so itself.
fn in_group(id: &str, gap: Gap) -> Gap {
    match gap {
        Gap::Garbled { what } => Gap::garbled(crate::said::say::in_group(id, what)),
        Gap::NotSurveyed
        | Gap::NotAsked
        | Gap::NotRunning
        | Gap::NotFound { .. }
        | Gap::NoChannel
        | Gap::NotGranted { .. }
        | Gap::AgentUnavailable { .. }
        | Gap::Unreachable { .. }
        | Gap::Unresponsive { .. }
        | Gap::Denied { .. }
        | Gap::TimedOut { .. }
        | Gap::Truncated { .. }
        | Gap::ApiError { .. } => gap,
    }
}
