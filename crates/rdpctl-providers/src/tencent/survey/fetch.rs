//! The calls of a survey: pages side by side, each page sent on as soon as it is whole.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use rdpctl_contract::cloud::{CloudAsk, CloudError, CloudNeeds, CloudPage, Which};
use rdpctl_model::rules::RuleSet;
use rdpctl_model::{Gap, ResourceId};
use tokio::sync::{OnceCell, mpsc};
use tokio_util::sync::CancellationToken;

use super::book::Book;
use super::facts::{Agents, Context};
use super::select;
use crate::moved::say as moved;
use crate::tencent::api::addresses::{
    ALL_TYPES, Address, DescribeAddresses, DescribeNetworkAccountType, NetworkAccountType,
};
use crate::tencent::api::filter::Filter;
use crate::tencent::api::instances::{DescribeInstances, Instance};
use crate::tencent::api::tat::DescribeAutomationAgentStatus;
use crate::tencent::api::{BATCH, Page};
use crate::tencent::client::Client;
use crate::tencent::code::Class;
use crate::tencent::error::CallError;
use crate::tencent::pages::{self, SIDE_BY_SIDE};
use crate::tencent::read_back::ReadBack;

/// Surveys instances, and sends each page as it is whole.
pub(crate) async fn survey(
    client: &Client,
    account: &OnceCell<NetworkAccountType>,
    read_back: &ReadBack,
    ask: CloudAsk,
    pages: mpsc::Sender<CloudPage>,
    stop: &CancellationToken,
) -> Result<(), CloudError> {
    let book = Book::new(client, read_back, ask.since, stop);
    let survey = Surveyor { client, account, needs: &ask.needs, book, stop };
    let survey = &survey;
    match &ask.which {
        Which::Ids(ids) => {
            let mut seen = HashSet::new();
            let ids: Vec<&str> =
                ids.iter().map(ResourceId::as_str).filter(|id| seen.insert(*id)).collect();
            let chunks: Vec<Vec<String>> = ids
                .chunks(BATCH)
                .map(|ids| ids.iter().map(|id| (*id).to_owned()).collect())
                .collect();
            let work = stream::iter(chunks).map(|ids| survey.page_of_ids(ids));
            deliver(work.buffer_unordered(SIDE_BY_SIDE), &pages).await
        }
        Which::Select(selector) => {
            if let Some(group) = &selector.resource_group {
                return Err(CloudError::Unsupported {
                    what: moved::by_group(group),
                    why: moved::no_resource_groups(),
                });
            }
            let filters = select::filters(selector);
            let list = |offset| DescribeInstances {
                filters: filters.clone(),
                offset,
                limit: BATCH,
                ..DescribeInstances::default()
            };
            let list = &list;
            let picked = |mut instances: Vec<Instance>| {
                instances.retain(|instance| select::picks(selector, instance));
                instances
            };
            let picked = &picked;
            let (total, first) = client.call(&list(0), stop).await?.fields.split();
            let rest = pages::offsets(total).map(Some);
            let mut first = Some(first);
            let work = stream::iter(std::iter::once(None).chain(rest)).map(|offset| {
                let listed = if offset.is_none() { first.take() } else { None };
                async move {
                    let instances = match (listed, offset) {
                        (Some(first), _) => first,
                        (None, Some(offset)) => {
                            client.call(&list(offset), stop).await?.fields.split().1
                        }
                        (None, None) => Vec::new(),
                    };
                    survey.page_of(picked(instances)).await
                }
            });
            // A fleet that changes while it is listed may show an instance on two pages.
            let mut seen = HashSet::new();
            let once = work.buffer_unordered(SIDE_BY_SIDE).map_ok(|mut page: CloudPage| {
                page.retain(|(id, _)| seen.insert(id.clone()));
                page
            });
            deliver(once, &pages).await
        }
    }
}

/// Sends pages on; a receiver that has gone away wants no more.
async fn deliver(
    work: impl Stream<Item = Result<CloudPage, CloudError>>,
    pages: &mpsc::Sender<CloudPage>,
) -> Result<(), CloudError> {
    let mut work = std::pin::pin!(work);
    while let Some(page) = work.next().await {
        let page = page?;
        if !page.is_empty() && pages.send(page).await.is_err() {
            return Err(CloudError::Stopped);
        }
    }
    Ok(())
}

struct Surveyor<'a> {
    client: &'a Client,
    account: &'a OnceCell<NetworkAccountType>,
    needs: &'a CloudNeeds,
    book: Book<'a>,
    stop: &'a CancellationToken,
}

/// What else was asked about a page's instances.
struct Beside {
    addresses: Vec<Address>,
    agents: Agents,
}

impl Surveyor<'_> {
    /// A page of instances that are known by id: everything that needs only ids is asked side by side.
    async fn page_of_ids(&self, ids: Vec<String>) -> Result<CloudPage, CloudError> {
        let ids: &[&str] = &ids.iter().map(String::as_str).collect::<Vec<_>>();
        let (instances, beside) = tokio::join!(self.instances(ids), self.beside(ids));
        let (instances, missing) = instances?;
        let found: HashSet<&str> =
            instances.iter().map(|instance| instance.instance_id.as_str()).collect();
        let beside = match beside {
            // An id that does not exist spoils the other questions too; without it they can be asked again.
            Err(error) if found.len() < ids.len() && concerns_an_id(&error) => {
                self.beside(&found.iter().copied().collect::<Vec<_>>()).await?
            }
            other => other?,
        };
        let unfound: CloudPage = ids
            .iter()
            .filter(|id| !found.contains(*id))
            .map(|id| {
                let id = ResourceId::new(id);
                let gap =
                    missing.get(id.as_str()).cloned().unwrap_or(Gap::NotFound { id: id.clone() });
                (id, Err(gap))
            })
            .collect();
        let mut page = self.whole(&instances, &beside).await?;
        page.extend(unfound);
        Ok(page)
    }

    /// A page of instances that were listed.
    async fn page_of(&self, instances: Vec<Instance>) -> Result<CloudPage, CloudError> {
        let ids: Vec<&str> =
            instances.iter().map(|instance| instance.instance_id.as_str()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // The groups are read while the rest is asked for; here they only become known.
        let (beside, _) = tokio::join!(self.beside(&ids), self.rule_sets(&instances));
        self.whole(&instances, &beside?).await
    }

    /// The instances of these ids, and why some of them could not be asked for. One malformed id spoils its whole
    /// batch, so a batch that is refused for its contents is halved until the culprit stands alone.
    async fn instances(
        &self,
        ids: &[&str],
    ) -> Result<(Vec<Instance>, HashMap<String, Gap>), CloudError> {
        let mut found = Vec::new();
        let mut refused = HashMap::new();
        let mut batches = vec![ids];
        while let Some(batch) = batches.pop() {
            let request = DescribeInstances {
                instance_ids: batch.iter().map(|id| (*id).to_owned()).collect(),
                limit: BATCH,
                ..DescribeInstances::default()
            };
            match self.client.call(&request, self.stop).await {
                Ok(answer) => found.extend(answer.fields.instance_set.0),
                Err(error) if concerns_an_id(&error) => {
                    if let [id] = batch {
                        refused.insert((*id).to_owned(), CloudError::from(error).as_gap());
                    } else {
                        let (left, right) = batch.split_at(batch.len() / 2);
                        batches.extend([left, right]);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok((found, refused))
    }

    async fn beside(&self, ids: &[&str]) -> Result<Beside, CallError> {
        if ids.is_empty() {
            return Ok(Beside { addresses: Vec::new(), agents: Agents::Listed(HashMap::new()) });
        }
        let addresses = async {
            if !self.needs.addresses {
                return Ok(Vec::new());
            }
            addresses_of(self.client, ids.iter().map(|id| (*id).to_owned()).collect(), self.stop)
                .await
        };
        let (addresses, agents) = tokio::join!(addresses, self.agents(ids));
        Ok(Beside { addresses: addresses?, agents: agents? })
    }

    async fn agents(&self, ids: &[&str]) -> Result<Agents, CallError> {
        if !self.needs.agent {
            return Ok(Agents::NotAsked);
        }
        let request = DescribeAutomationAgentStatus {
            instance_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            offset: 0,
            limit: BATCH,
        };
        match self.client.call(&request, self.stop).await {
            Ok(answer) => Ok(Agents::Listed(
                answer
                    .fields
                    .automation_agent_set
                    .0
                    .into_iter()
                    .map(|agent| (agent.instance_id.as_str().to_owned(), agent.agent_status))
                    .collect(),
            )),
            // Without this permission the cloud's half of the answer is still worth having.
            Err(error) if matches!(error.class(), Class::Permission | Class::Routing) => {
                Ok(Agents::Denied(error.code().unwrap_or_default().to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    async fn rule_sets(
        &self,
        instances: &[Instance],
    ) -> HashMap<String, Result<Arc<RuleSet>, Gap>> {
        if !self.needs.doors {
            return HashMap::new();
        }
        let ids: BTreeSet<&str> = instances
            .iter()
            .flat_map(|instance| &instance.security_group_ids)
            .filter_map(|id| id.given())
            .collect();
        self.book.rule_sets(&ids).await
    }

    /// Puts everything about a page's instances together.
    async fn whole(
        &self,
        instances: &[Instance],
        beside: &Beside,
    ) -> Result<CloudPage, CloudError> {
        let (rule_sets, account) = tokio::join!(self.rule_sets(instances), self.account());
        let account = account?;
        let mut records: HashMap<&str, Vec<&Address>> = HashMap::new();
        for address in &beside.addresses {
            records.entry(address.instance_id.as_str()).or_default().push(address);
        }
        let context = Context {
            needs: self.needs,
            rule_sets: &rule_sets,
            account: &account,
            agents: &beside.agents,
        };
        Ok(instances
            .iter()
            .map(|instance| {
                let id = ResourceId::new(instance.instance_id.as_str());
                let records = records.get(id.as_str()).map_or(&[][..], Vec::as_slice);
                let fact = context.whole(&id, instance, records).map(Arc::new);
                (id, fact)
            })
            .collect())
    }

    /// How the account is charged: a property of the account, asked for once.
    async fn account(&self) -> Result<NetworkAccountType, CloudError> {
        if !self.needs.addresses {
            return Ok(NetworkAccountType::Unsaid);
        }
        account_type(self.client, self.account, self.stop).await.map_err(CloudError::from)
    }
}

/// Whether a question was refused for the sake of one of its ids.
fn concerns_an_id(error: &CallError) -> bool {
    matches!(error.class(), Class::BadRequest | Class::Missing)
}

/// How the account is charged, asked for once.
pub(crate) async fn account_type(
    client: &Client,
    account: &OnceCell<NetworkAccountType>,
    stop: &CancellationToken,
) -> Result<NetworkAccountType, CallError> {
    account
        .get_or_try_init(|| async {
            let answer = client.call(&DescribeNetworkAccountType {}, stop).await?;
            Ok(answer.fields.network_account_type)
        })
        .await
        .cloned()
}

/// The addresses of every kind at these instances, at most a hundred of them.
pub(crate) async fn addresses_of(
    client: &Client,
    instances: Vec<String>,
    stop: &CancellationToken,
) -> Result<Vec<Address>, CallError> {
    let filters =
        vec![Filter::new("instance-id", instances), Filter::new("address-type", ALL_TYPES)];
    let list = |offset| DescribeAddresses {
        filters: filters.clone(),
        offset,
        limit: BATCH,
        ..DescribeAddresses::default()
    };
    pages::all(client, list, stop).await
}
