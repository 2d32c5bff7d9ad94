//! Binding an elastic address to an instance's primary interface.

use std::collections::HashMap;

use futures_util::future::{BoxFuture, FutureExt};
use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::ResourceId;
use rdpctl_model::outcome::{CreatedKind, Receipt};

use super::address::{PATIENCE, Records, tagged};
use super::ending::{already, done, stale};
use super::wait::{Look, Watch, settle};
use super::{Changer, Outcomes, Placed, TAG_INSTANCE};
use crate::moved::say as moved;
use crate::said::say;
use crate::tencent::api::addresses::{Address, AddressStatus, AssociateAddress};
use crate::tencent::batch::when_free;
use crate::tencent::code::Class;
use crate::tencent::error::CallError;
use rdpctl_model::Said;

impl Changer<'_> {
    /// Binds addresses.
    pub(super) async fn associate(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        let ids = orders.iter().map(|(_, order)| order.instance.as_str().to_owned()).collect();
        let records = match self.records(ids).await {
            Ok(records) => records,
            Err(error) => {
                return orders.iter().map(|(place, _)| (*place, Err(error.clone()))).collect();
            }
        };
        // Asked for only when an order names no address, which is after a kill.
        let nameless = orders.iter().any(|(_, order)| obtained(order).is_none());
        let free = if nameless {
            self.free_of_ours().await.map_err(CloudError::from)
        } else {
            Ok(Vec::new())
        };
        let (records, free) = (&records, &free);
        self.side_by_side(orders, |order| self.associate_one(order, records, free)).await;
        Outcomes::new()
    }

    async fn associate_one(
        &self,
        order: &CloudOrder,
        records: &Records,
        free: &Result<Vec<Address>, CloudError>,
    ) -> Result<Receipt, CloudError> {
        let instance = order.instance.as_str();
        let bound = |record: &&Address| record.address_status == AddressStatus::Bind;
        if let Some(record) =
            records.of(instance).filter(bound).find(|record| !record.address_type.is_ordinary())
        {
            return Ok(already(say::bound_already(record.address_id.as_str())));
        }
        if let Some(record) =
            records.of(instance).filter(bound).find(|record| record.address_type.is_ordinary())
        {
            return Err(stale(moved::has_ordinary_address(instance, record.address_ip.as_str())));
        }
        let address = match (obtained(order), free) {
            (Some(id), _) => id.to_owned(),
            (None, Ok(free)) => free
                .iter()
                .find(|address| tagged(address, TAG_INSTANCE, instance))
                .map(|address| address.address_id.as_str().to_owned())
                .ok_or_else(|| stale(moved::no_free_address(instance)))?,
            (None, Err(error)) => return Err(error.clone()),
        };
        let request =
            AssociateAddress { address_id: address.clone(), instance_id: instance.to_owned() };
        let note = match when_free(self.client, &request, self.stop).await {
            Ok(answer) => say::request(answer.request_id.to_string()),
            // Whether it was done, or done by somebody before, the read-back tells.
            Err(error) if error.effect_unknown() || error.class() == Class::Moved => {
                Said::quoted(error.to_string())
            }
            Err(error) => return Err(error.into()),
        };
        let watch =
            Bound { changer: self, to: HashMap::from([(address.clone(), instance.to_owned())]) };
        let mut settled = settle(&watch, vec![address.clone()], PATIENCE, self.stop).await;
        let ip = settled.remove(&address).unwrap_or(Err(CloudError::Stopped))?;
        self.claimed.drop(&address);
        Ok(done(say::is_bound(address, ip, note)))
    }
}

/// The address that an earlier step of the run obtained.
fn obtained(order: &CloudOrder) -> Option<&str> {
    order.made(CreatedKind::Address).map(ResourceId::as_str)
}

/// Waits for addresses to be bound to their instances.
struct Bound<'a> {
    changer: &'a Changer<'a>,
    to: HashMap<String, String>,
}

impl Watch for Bound<'_> {
    fn what(&self, key: &str) -> Said {
        moved::to_be_bound(key)
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let seen = self.changer.addresses(keys).await?;
            Ok(seen
                .iter()
                .map(|address| {
                    let id = address.address_id.as_str().to_owned();
                    let here = self
                        .to
                        .get(&id)
                        .is_some_and(|instance| address.instance_id.as_str() == instance);
                    let look = match address.address_status {
                        AddressStatus::Bind if here => {
                            Look::Settled(Said::quoted(address.address_ip.as_str()))
                        }
                        AddressStatus::Bind | AddressStatus::BindEni => Look::Failed(stale(
                            moved::is_bound_to(&*id, address.instance_id.as_str()),
                        )),
                        AddressStatus::Creating
                        | AddressStatus::Binding
                        | AddressStatus::Unbinding
                        | AddressStatus::Unbind
                        | AddressStatus::Offlining
                        | AddressStatus::Other(_)
                        | AddressStatus::Unsaid => {
                            Look::NotYet(Said::quoted(address.address_status.word()))
                        }
                    };
                    (id, look)
                })
                .collect())
        }
        .boxed()
    }
}
