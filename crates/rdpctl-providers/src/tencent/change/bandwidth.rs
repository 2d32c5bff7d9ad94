//! Setting the bandwidth where it lives: on the elastic address or on the instance, as the charge type allows.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::{StreamExt, stream};
use rdpctl_contract::cloud::CloudError;
use rdpctl_model::CloudAction;

use super::address::Records;
use super::ending::{already, done, stale};
use super::power::instances;
use super::wait::{Look, Watch, settle};
use super::{Changer, Outcomes, Placed};
use crate::moved::say as moved;
use crate::said::say;
use crate::tencent::api::BATCH;
use crate::tencent::api::addresses::{Address, ModifyAddressesBandwidth};
use crate::tencent::api::instances::{
    Instance, NetworkCharge, ResetInstancesInternetMaxBandwidth, WantedBandwidth,
};
use crate::tencent::batch::{Sent, halving};
use crate::tencent::error::CallError;
use crate::tencent::pages::SIDE_BY_SIDE;
use rdpctl_model::Said;

/// How long a change of bandwidth may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Addresses per call; the vendor documents no limit, so a cautious one.
const ADDRESSES: usize = 20;

/// One order, looked up.
struct Wanted {
    place: usize,
    instance: String,
    mbps: u32,
}

impl Changer<'_> {
    /// Sets bandwidths.
    pub(super) async fn bandwidth(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        let mut outcomes = Outcomes::new();
        let (mut on_address, mut on_instance) = (Vec::new(), Vec::new());
        for (place, order) in &orders {
            let instance = order.instance.as_str().to_owned();
            match order.action {
                CloudAction::SetAddressBandwidth { mbps } => {
                    on_address.push(Wanted { place: *place, instance, mbps });
                }
                CloudAction::SetInstanceBandwidth { mbps } => {
                    on_instance.push(Wanted { place: *place, instance, mbps });
                }
                CloudAction::Start
                | CloudAction::AllocateAddress { .. }
                | CloudAction::AssociateAddress
                | CloudAction::TransformAddress
                | CloudAction::OpenDoor { .. }
                | CloudAction::CloseDoor { .. }
                | CloudAction::SnapshotSystemDisk
                | CloudAction::Reboot
                | CloudAction::ReleaseAddress { .. } => {}
            }
        }
        on_instance.extend(self.on_addresses(on_address, &mut outcomes).await);
        self.on_instances(on_instance, &mut outcomes).await;
        outcomes
    }

    /// Sets the bandwidth of elastic addresses. Gives back the orders whose bandwidth turns out to live on the
    /// instance, as it does on old accounts.
    async fn on_addresses(&self, wanted: Vec<Wanted>, outcomes: &mut Outcomes) -> Vec<Wanted> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let records = match self
            .records(wanted.iter().map(|wanted| wanted.instance.clone()).collect())
            .await
        {
            Ok(records) => records,
            Err(error) => {
                outcomes
                    .extend(wanted.into_iter().map(|wanted| (wanted.place, Err(error.clone()))));
                return Vec::new();
            }
        };
        let mut elsewhere = Vec::new();
        let mut alike: BTreeMap<(u32, String), Vec<(usize, String)>> = BTreeMap::new();
        for wanted in wanted {
            let Some(record) = records.elastic_of(&wanted.instance) else {
                outcomes
                    .push((wanted.place, Err(stale(moved::no_elastic_address(&wanted.instance)))));
                continue;
            };
            match record.bandwidth.count() {
                None => elsewhere.push(wanted),
                Some(mbps) if mbps == wanted.mbps => {
                    outcomes.push((wanted.place, Ok(already(say::mbps_already(mbps)))));
                }
                Some(_) => alike
                    .entry((wanted.mbps, record.internet_charge_type.word().to_owned()))
                    .or_default()
                    .push((wanted.place, record.address_id.as_str().to_owned())),
            }
        }
        let batches: Vec<(u32, Vec<(usize, String)>)> = alike
            .into_iter()
            .flat_map(|((mbps, _), members)| {
                members
                    .chunks(ADDRESSES)
                    .map(|members| (mbps, members.to_vec()))
                    .collect::<Vec<_>>()
            })
            .collect();
        let work = batches.into_iter().map(|(mbps, members)| async move {
            let ids = members.iter().map(|(_, id)| id.clone()).collect();
            let request = |address_ids| ModifyAddressesBandwidth {
                address_ids,
                internet_max_bandwidth_out: mbps,
            };
            let sent = halving(self.client, ids, request, self.stop).await;
            let watch = AddressMbps { changer: self, mbps };
            finish(members, sent, &watch, self.stop).await
        });
        let finished: Vec<Outcomes> =
            stream::iter(work).buffer_unordered(SIDE_BY_SIDE).collect().await;
        outcomes.extend(finished.into_iter().flatten());
        elsewhere
    }

    async fn on_instances(&self, wanted: Vec<Wanted>, outcomes: &mut Outcomes) {
        if wanted.is_empty() {
            return;
        }
        let ids = wanted.iter().map(|wanted| wanted.instance.clone()).collect();
        let seen = match instances(self.client, ids, self.stop).await {
            Ok(seen) => seen,
            Err(error) => {
                let error = CloudError::from(error);
                outcomes
                    .extend(wanted.into_iter().map(|wanted| (wanted.place, Err(error.clone()))));
                return;
            }
        };
        let mut batches: Vec<(u32, Vec<(usize, String)>)> = Vec::new();
        let mut alike: BTreeMap<(u32, String), Vec<(usize, String)>> = BTreeMap::new();
        for wanted in wanted {
            let Some(instance) = seen.get(&wanted.instance) else {
                outcomes.push((wanted.place, Err(stale(say::gone(&wanted.instance)))));
                continue;
            };
            let accessible = &instance.internet_accessible.0;
            if accessible.internet_max_bandwidth_out.count() == Some(wanted.mbps) {
                outcomes.push((wanted.place, Ok(already(say::mbps_already(wanted.mbps)))));
                continue;
            }
            let member = (wanted.place, wanted.instance);
            match Batching::of(&accessible.internet_charge_type) {
                Batching::Together => alike
                    .entry((wanted.mbps, accessible.internet_charge_type.word().to_owned()))
                    .or_default()
                    .push(member),
                Batching::Alone => batches.push((wanted.mbps, vec![member])),
                Batching::Never(why) => outcomes.push((
                    member.0,
                    Err(CloudError::Unsupported { what: moved::another_bandwidth(&member.1), why }),
                )),
            }
        }
        for ((mbps, _), members) in alike {
            batches.extend(members.chunks(BATCH).map(|members| (mbps, members.to_vec())));
        }
        let work = batches.into_iter().map(|(mbps, members)| async move {
            let ids = members.iter().map(|(_, id)| id.clone()).collect();
            let request = |instance_ids| ResetInstancesInternetMaxBandwidth {
                instance_ids,
                internet_accessible: WantedBandwidth { internet_max_bandwidth_out: mbps },
            };
            let sent = halving(self.client, ids, request, self.stop).await;
            let watch = InstanceMbps { changer: self, mbps };
            finish(members, sent, &watch, self.stop).await
        });
        let finished: Vec<Outcomes> =
            stream::iter(work).buffer_unordered(SIDE_BY_SIDE).collect().await;
        outcomes.extend(finished.into_iter().flatten());
    }
}

/// How instances may be changed, by how their traffic is charged.
enum Batching {
    /// Many in one call.
    Together,
    /// One per call.
    Alone,
    /// Not by us.
    Never(Said),
}

impl Batching {
    fn of(charge: &NetworkCharge) -> Self {
        match charge {
            NetworkCharge::Traffic | NetworkCharge::Package => Self::Together,
            NetworkCharge::Hourly | NetworkCharge::Other(_) | NetworkCharge::Unsaid => Self::Alone,
            NetworkCharge::Prepaid | NetworkCharge::PrepaidByMonth => {
                Self::Never(moved::paid_in_advance())
            }
            NetworkCharge::PostpaidByMonth => {
                Self::Never(moved::cannot_be_adjusted("BANDWIDTH_POSTPAID_BY_MONTH"))
            }
        }
    }
}

/// Waits for a batch's members, and says what came of each.
async fn finish<T>(
    members: Vec<(usize, String)>,
    sent: Sent<T>,
    watch: &impl Watch,
    stop: &tokio_util::sync::CancellationToken,
) -> Outcomes {
    let refused: HashMap<String, CloudError> = sent.refused.into_iter().collect();
    let ids = sent.taken.into_iter().flat_map(|(members, _)| members).collect();
    let mut settled = settle(watch, ids, PATIENCE, stop).await;
    members
        .into_iter()
        .map(|(place, id)| {
            let result = match (settled.remove(&id), refused.get(&id)) {
                (Some(result), _) => result.map(done),
                (None, Some(error)) => Err(error.clone()),
                (None, None) => Err(CloudError::Stopped),
            };
            (place, result)
        })
        .collect()
}

struct AddressMbps<'a> {
    changer: &'a Changer<'a>,
    mbps: u32,
}

impl Watch for AddressMbps<'_> {
    fn what(&self, key: &str) -> Said {
        moved::to_have_mbps(key, self.mbps)
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let seen: Vec<Address> = self.changer.addresses(keys).await?;
            Ok(seen
                .iter()
                .map(|address| {
                    (
                        address.address_id.as_str().to_owned(),
                        compared(address.bandwidth.count(), self.mbps),
                    )
                })
                .collect())
        }
        .boxed()
    }
}

struct InstanceMbps<'a> {
    changer: &'a Changer<'a>,
    mbps: u32,
}

impl Watch for InstanceMbps<'_> {
    fn what(&self, key: &str) -> Said {
        moved::to_have_mbps(key, self.mbps)
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let seen: HashMap<String, Instance> =
                instances(self.changer.client, keys, self.changer.stop).await?;
            Ok(seen
                .into_iter()
                .map(|(id, instance)| {
                    let mbps = instance.internet_accessible.0.internet_max_bandwidth_out.count();
                    (id, compared(mbps, self.mbps))
                })
                .collect())
        }
        .boxed()
    }
}

fn compared(seen: Option<u32>, wanted: u32) -> Look {
    match seen {
        Some(mbps) if mbps == wanted => Look::Settled(say::mbps(mbps)),
        Some(mbps) => Look::NotYet(say::mbps(mbps)),
        None => Look::NotYet(moved::no_bandwidth_shown()),
    }
}

impl Records {
    /// The elastic address of an instance.
    fn elastic_of(&self, instance: &str) -> Option<&Address> {
        self.of(instance).find(|record| !record.address_type.is_ordinary())
    }
}
