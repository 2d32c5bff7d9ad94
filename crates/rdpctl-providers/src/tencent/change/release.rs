//! Giving addresses back that rdpctl obtained, and nobody else's.

use std::collections::HashMap;

use futures_util::future::{BoxFuture, FutureExt};
use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::CloudAction;
use rdpctl_model::outcome::Receipt;

use super::address::{PATIENCE, Status, tagged};
use super::ending::{already, done};
use super::wait::{Look, Watch, settle};
use super::{Changer, Outcomes, Placed, TAG, TAG_VALUE};
use crate::moved::say as moved;
use crate::said::say;
use crate::tencent::api::addresses::{AddressStatus, DisassociateAddress, ReleaseAddresses};
use crate::tencent::batch::when_free;
use crate::tencent::error::CallError;
use rdpctl_model::Said;

impl Changer<'_> {
    /// Gives addresses back.
    pub(super) async fn release(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        self.side_by_side(orders, |order| self.release_one(order)).await;
        Outcomes::new()
    }

    async fn release_one(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        let CloudAction::ReleaseAddress { address } = &order.action else {
            return Err(CloudError::Stopped);
        };
        self.give_address_back(address.as_str()).await
    }

    /// Gives one back, after it was taken off whatever it is bound to.
    pub(crate) async fn give_address_back(&self, address: &str) -> Result<Receipt, CloudError> {
        let id = address.to_owned();
        let found = self.addresses(vec![id.clone()]).await?;
        let Some(record) = found.first() else {
            return Ok(already(say::gone(id)));
        };
        if !tagged(record, TAG, TAG_VALUE) {
            return Err(CloudError::Unsupported {
                what: moved::giving(id),
                why: moved::not_ours(),
            });
        }
        if record.address_status == AddressStatus::Bind {
            let request = DisassociateAddress { address_id: id.clone() };
            done_or_unknown(when_free(self.client, &request, self.stop).await.map(drop))?;
            let watch = Unbound(Status { changer: self, wanted: AddressStatus::Unbind });
            let mut settled = settle(&watch, vec![id.clone()], PATIENCE, self.stop).await;
            settled.remove(&id).unwrap_or(Err(CloudError::Stopped))?;
        }
        let request = ReleaseAddresses { address_ids: vec![id.clone()] };
        done_or_unknown(when_free(self.client, &request, self.stop).await.map(drop))?;
        let mut settled =
            settle(&Gone { changer: self }, vec![id.clone()], PATIENCE, self.stop).await;
        settled.remove(&id).unwrap_or(Err(CloudError::Stopped)).map(done)
    }
}

/// What became of a write whose answer was lost, the read-back tells.
fn done_or_unknown(result: Result<(), CallError>) -> Result<(), CallError> {
    match result {
        Err(error) if !error.effect_unknown() => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Waits for an address that was bound to be free: being bound still is no failure here.
struct Unbound<'a>(Status<'a>);

impl Watch for Unbound<'_> {
    fn what(&self, key: &str) -> Said {
        self.0.what(key)
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let mut looks = self.0.look(keys).await?;
            for look in looks.values_mut() {
                if matches!(look, Look::Failed(_)) {
                    *look = Look::NotYet(Said::quoted(AddressStatus::Bind.word()));
                }
            }
            Ok(looks)
        }
        .boxed()
    }
}

/// Waits for addresses to be gone.
struct Gone<'a> {
    changer: &'a Changer<'a>,
}

impl Watch for Gone<'_> {
    fn what(&self, key: &str) -> Said {
        moved::to_be_given_back(key)
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let left = self.changer.addresses(keys.clone()).await?;
            Ok(keys
                .into_iter()
                .map(|key| {
                    let look = match left.iter().find(|address| address.address_id.as_str() == key)
                    {
                        None => Look::Settled(say::is_given_back(&*key)),
                        Some(address) => Look::NotYet(Said::quoted(address.address_status.word())),
                    };
                    (key, look)
                })
                .collect())
        }
        .boxed()
    }
}
