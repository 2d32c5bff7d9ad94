//! Obtaining elastic addresses and turning ordinary ones into elastic ones, never twice for the same order.
//!
//! Three things keep an address from being bought twice: a free one of ours is used first, the client token is the
//! order's own and stays the same after a kill, and everything obtained carries our tags.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::{StreamExt, TryStreamExt, stream};
use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::CloudAction;
use rdpctl_model::outcome::{CreatedKind, Receipt};

use super::ending::{already, done, stale};
use super::wait::{Look, Watch, settle};
use super::{Changer, Outcomes, Placed, TAG, TAG_INSTANCE, TAG_VALUE};
use crate::moved::say as moved;
use crate::said::say;
use crate::tencent::api::addresses::{
    Address, AddressStatus, AllocateAddresses, DescribeAddresses, NetworkAccountType,
    TransformAddress,
};
use crate::tencent::api::filter::Filter;
use crate::tencent::api::{BATCH, NewTag};
use crate::tencent::batch::when_free;
use crate::tencent::code::Recovery;
use crate::tencent::error::CallError;
use crate::tencent::pages::{self, SIDE_BY_SIDE};
use crate::tencent::survey;
use rdpctl_model::Said;

/// How long an address may take to be made, bound or turned into another kind.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);

/// Addresses by the instances that they are bound to.
pub(super) struct Records(Vec<Address>);

impl Records {
    /// The addresses of an instance.
    pub(super) fn of(&self, instance: &str) -> impl Iterator<Item = &Address> {
        self.0.iter().filter(move |record| record.instance_id.as_str() == instance)
    }
}

/// The request that obtains an address.
pub(crate) fn allocation(
    order: &CloudOrder,
    mbps: u32,
    account: &NetworkAccountType,
) -> AllocateAddresses {
    let by_address = *account != NetworkAccountType::Legacy;
    let tag = |key: &str, value: &str| NewTag { key: key.to_owned(), value: value.to_owned() };
    AllocateAddresses {
        address_count: 1,
        internet_charge_type: by_address.then_some("TRAFFIC_POSTPAID_BY_HOUR"),
        internet_max_bandwidth_out: by_address.then_some(mbps),
        tags: vec![tag(TAG, TAG_VALUE), tag(TAG_INSTANCE, order.instance.as_str())],
        client_token: order.token.clone(),
    }
}

impl Changer<'_> {
    /// The addresses of every kind at these instances.
    pub(super) async fn records(&self, ids: Vec<String>) -> Result<Records, CloudError> {
        let pages: Vec<Vec<Address>> = stream::iter(ids.chunks(BATCH).map(<[String]>::to_vec))
            .map(|ids| survey::addresses_of(self.client, ids, self.stop))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        Ok(Records(pages.into_iter().flatten().collect()))
    }

    /// Addresses by their own ids; those that do not exist are left out.
    pub(super) async fn addresses(&self, ids: Vec<String>) -> Result<Vec<Address>, CallError> {
        let pages: Vec<Vec<Address>> = stream::iter(ids.chunks(BATCH).map(<[String]>::to_vec))
            .map(|address_ids| async move {
                let request =
                    DescribeAddresses { address_ids, limit: BATCH, ..DescribeAddresses::default() };
                Ok::<_, CallError>(
                    self.client.call(&request, self.stop).await?.fields.address_set.0,
                )
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        Ok(pages.into_iter().flatten().collect())
    }

    /// Free addresses that are marked as ours.
    pub(super) async fn free_of_ours(&self) -> Result<Vec<Address>, CallError> {
        let filters = vec![
            Filter::new(format!("tag:{TAG}"), [TAG_VALUE]),
            Filter::new("address-status", ["UNBIND"]),
        ];
        let list = |offset| DescribeAddresses {
            filters: filters.clone(),
            offset,
            limit: BATCH,
            ..DescribeAddresses::default()
        };
        let mut free = pages::all(self.client, list, self.stop).await?;
        free.retain(|address| {
            address.address_status == AddressStatus::Unbind && tagged(address, TAG, TAG_VALUE)
        });
        Ok(free)
    }

    /// Obtains an address for each order.
    pub(super) async fn allocate(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        let ids = orders.iter().map(|(_, order)| order.instance.as_str().to_owned()).collect();
        let known = tokio::try_join!(
            self.records(ids),
            async { Ok::<_, CloudError>(self.free_of_ours().await?) },
            async { Ok(survey::account_type(self.client, self.account, self.stop).await?) },
        );
        let (records, free, account) = match known {
            Ok(known) => known,
            Err(error) => {
                return orders.iter().map(|(place, _)| (*place, Err(error.clone()))).collect();
            }
        };
        let mut outcomes = Outcomes::new();
        let mut without = Vec::new();
        for (place, order) in orders {
            let instance = order.instance.as_str();
            if let Some(bound) =
                records.of(instance).find(|record| record.address_status == AddressStatus::Bind)
            {
                let note = say::has_address(instance, bound.address_ip.as_str());
                outcomes.push((place, Ok(already(note))));
                continue;
            }
            // What was obtained for an instance before a kill goes to that instance.
            let own = free.iter().find(|address| {
                tagged(address, TAG_INSTANCE, instance)
                    && self.claimed.take(address.address_id.as_str(), &order.instance)
            });
            match own {
                Some(address) => outcomes.push((place, Ok(self.reused(address)))),
                None => without.push((place, order)),
            }
        }
        let mut rest = Vec::new();
        for (place, order) in without {
            match free
                .iter()
                .find(|address| self.claimed.take(address.address_id.as_str(), &order.instance))
            {
                Some(address) => outcomes.push((place, Ok(self.reused(address)))),
                None => rest.push((place, order)),
            }
        }
        let account = &account;
        for (place, outcome) in outcomes.drain(..) {
            self.tell(place, outcome);
        }
        self.side_by_side(rest, |order| self.obtain(order, account)).await;
        outcomes
    }

    fn reused(&self, address: &Address) -> Receipt {
        let id = address.address_id.as_str();
        Receipt {
            created: Some(self.created(CreatedKind::Address, id)),
            ..already(say::reused(id, address.address_ip.as_str()))
        }
    }

    async fn obtain(
        &self,
        order: &CloudOrder,
        account: &NetworkAccountType,
    ) -> Result<Receipt, CloudError> {
        let CloudAction::AllocateAddress { mbps } = order.action else {
            return Err(CloudError::Stopped);
        };
        let mut request = allocation(order, mbps, account);
        let mut attempt = 1;
        loop {
            let (id, request_id) = match self.client.call(&request, self.stop).await {
                Ok(answer) => match answer.fields.address_set.0.first() {
                    Some(id) => (id.as_str().to_owned(), answer.request_id),
                    None => {
                        return Err(CloudError::Garbled {
                            action: "AllocateAddresses".to_owned(),
                            source: moved::no_address_named().into(),
                        });
                    }
                },
                // Under the same token the order would keep failing.
                Err(error) if error.recovery() == Recovery::NewToken && attempt < 3 => {
                    attempt += 1;
                    request.client_token = next_token(&order.token, attempt);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let watch = Status { changer: self, wanted: AddressStatus::Unbind };
            let mut settled = settle(&watch, vec![id.clone()], PATIENCE, self.stop).await;
            let free = settled.remove(&id).unwrap_or(Err(CloudError::Stopped));
            // An answer to a repeated token names the address of the first time, which somebody may have taken since.
            let taken = matches!(&free, Err(CloudError::Stale { .. }))
                || (free.is_ok() && !self.claimed.take(&id, &order.instance));
            if taken {
                attempt += 1;
                if attempt > 3 {
                    return Err(stale(moved::taken_by_others(id)));
                }
                request.client_token = next_token(&order.token, attempt);
                continue;
            }
            let note = say::obtained_by(&*id, free?, request_id.to_string());
            return Ok(Receipt {
                created: Some(self.created(CreatedKind::Address, &id)),
                ..done(note)
            });
        }
    }

    /// Turns ordinary addresses into elastic ones.
    pub(super) async fn transform(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        let ids: Vec<String> =
            orders.iter().map(|(_, order)| order.instance.as_str().to_owned()).collect();
        let records = match self.records(ids).await {
            Ok(records) => records,
            Err(error) => {
                return orders.iter().map(|(place, _)| (*place, Err(error.clone()))).collect();
            }
        };
        let records = &records;
        self.side_by_side(orders, |order| self.transform_one(order, records)).await;
        Outcomes::new()
    }

    async fn transform_one(
        &self,
        order: &CloudOrder,
        records: &Records,
    ) -> Result<Receipt, CloudError> {
        let instance = order.instance.as_str();
        if let Some(elastic) =
            records.of(instance).find(|record| !record.address_type.is_ordinary())
        {
            return Ok(already(say::elastic_already(elastic.address_id.as_str())));
        }
        let request = TransformAddress { instance_id: instance.to_owned() };
        match when_free(self.client, &request, self.stop).await {
            Ok(_) => {}
            Err(error) if error.effect_unknown() => {}
            Err(error) => return Err(error.into()),
        }
        let mut settled =
            settle(&Elastic { changer: self }, vec![instance.to_owned()], PATIENCE, self.stop)
                .await;
        settled.remove(instance).unwrap_or(Err(CloudError::Stopped)).map(done)
    }
}

/// A token for one more try, still at most 64 characters and the same whenever it is asked for.
fn next_token(token: &str, attempt: u32) -> String {
    let kept: String = token.chars().filter(char::is_ascii).take(61).collect();
    format!("{kept}-{attempt}")
}

/// Whether an address carries a tag.
pub(super) fn tagged(address: &Address, key: &str, value: &str) -> bool {
    address.tag_set.iter().any(|tag| tag.key.as_str() == key && tag.value.as_str() == value)
}

/// Waits for addresses to have a status.
pub(super) struct Status<'a> {
    pub(super) changer: &'a Changer<'a>,
    pub(super) wanted: AddressStatus,
}

impl Watch for Status<'_> {
    fn what(&self, key: &str) -> Said {
        moved::to_be(key, self.wanted.word())
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let seen = self.changer.addresses(keys).await?;
            Ok(seen
                .iter()
                .map(|address| {
                    let id = address.address_id.as_str().to_owned();
                    let status = &address.address_status;
                    let look = if *status == self.wanted {
                        Look::Settled(Said::quoted(address.address_ip.as_str()))
                    } else if *status == AddressStatus::Bind && self.wanted == AddressStatus::Unbind
                    {
                        Look::Failed(stale(moved::is_bound_to(&*id, address.instance_id.as_str())))
                    } else {
                        Look::NotYet(Said::quoted(status.word()))
                    };
                    (id, look)
                })
                .collect())
        }
        .boxed()
    }
}

/// Waits for instances to have an elastic address.
struct Elastic<'a> {
    changer: &'a Changer<'a>,
}

impl Watch for Elastic<'_> {
    fn what(&self, key: &str) -> Said {
        moved::to_be_elastic(key)
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let records =
                survey::addresses_of(self.changer.client, keys.clone(), self.changer.stop).await;
            // The vendor's listing failing once is no verdict; the next look asks again.
            let records = Records(records.unwrap_or_else(|_| Vec::new()));
            Ok(keys
                .into_iter()
                .map(|key| {
                    let found = records.of(&key).find(|record| {
                        !record.address_type.is_ordinary()
                            && record.address_status == AddressStatus::Bind
                    });
                    let look = match found {
                        Some(record) => Look::Settled(say::is_elastic(
                            record.address_id.as_str(),
                            record.address_ip.as_str(),
                        )),
                        None => Look::NotYet(moved::ordinary()),
                    };
                    (key, look)
                })
                .collect())
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_token_is_still_a_token() {
        assert_eq!(next_token("run-1/step-2", 2), "run-1/step-2-2");
        assert_eq!(next_token(&"x".repeat(64), 3).len(), 63);
    }
}
