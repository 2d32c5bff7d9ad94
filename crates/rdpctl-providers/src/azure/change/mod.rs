//! Doing what steps say: look, do, follow the operation to its end, and look again.
//!
//! Every change looks first and does nothing where the world agrees already, so that repeating an order after a kill
//! is harmless. Rules of one group are edited one after another; everything else goes side by side.

pub(super) mod address;
pub(super) mod door;
mod power;
mod remove;
pub(super) mod snapshot;
mod together;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use rdpctl_contract::cloud::{CloudError, CloudOrder, Told};
use rdpctl_model::outcome::{Created, CreatedKind, Receipt};
use rdpctl_model::{CloudAction, ProviderName, ResourceId, Said};
use tokio_util::sync::CancellationToken;

use super::arm::Vm;
use super::client::{Ask, COMPUTE, Client};
use super::error::ArmError;
use super::id::{ArmId, key};
use crate::moved::say as moved;

/// The tag by which what rdpctl made is known, whoever looks.
pub(super) const TAG: &str = "rdpctl";

/// Its value.
pub(super) const TAG_VALUE: &str = "managed";

/// The tag that names the instance for which something was made.
pub(super) const TAG_INSTANCE: &str = "rdpctl-instance";

/// Operations under way at once.
const SIDE_BY_SIDE: usize = 100;

/// So many VMs are started and restarted one by one.
const FEW: usize = 16;

/// How long an operation on a network's thing may take.
pub(super) const PATIENCE: Duration = Duration::from_mins(3);

/// What changes need around them.
pub(super) struct Changer<'a> {
    pub(super) client: &'a Client,
    pub(super) provider: &'a ProviderName,
    pub(super) told: &'a Told,
    pub(super) stop: &'a CancellationToken,
}

/// What is done beside other things.
enum Work {
    /// One after another.
    InOrder(Vec<usize>),
    /// All at once, and asked after together.
    Together(Vec<usize>),
}

impl Changer<'_> {
    /// Does orders and tells of each as soon as it is known.
    pub(super) async fn perform(&self, orders: &[CloudOrder]) {
        let mut edits: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut works = Vec::new();
        let mut power = Vec::new();
        for (place, order) in orders.iter().enumerate() {
            match &order.action {
                CloudAction::OpenDoor { rule_set, .. }
                | CloudAction::CloseDoor { rule_set, .. } => {
                    edits.entry(key(rule_set.as_str())).or_default().push(place);
                }
                CloudAction::Start | CloudAction::Reboot => power.push(place),
                CloudAction::AllocateAddress { .. }
                | CloudAction::AssociateAddress
                | CloudAction::TransformAddress
                | CloudAction::SetAddressBandwidth { .. }
                | CloudAction::SetInstanceBandwidth { .. }
                | CloudAction::SnapshotSystemDisk
                | CloudAction::ReleaseAddress { .. } => {
                    works.push(Work::InOrder(vec![place]));
                }
            }
        }
        works.extend(edits.into_values().map(Work::InOrder));
        if power.len() <= FEW {
            works.extend(power.into_iter().map(|place| Work::InOrder(vec![place])));
        } else {
            works.push(Work::Together(power));
        }
        let work = stream::iter(works).map(|work| {
            async move {
                match work {
                    Work::InOrder(places) => self.in_order(orders, places).await,
                    Work::Together(places) => self.together(orders, &places).await,
                }
            }
            .boxed()
        });
        work.buffer_unordered(SIDE_BY_SIDE).for_each(|()| async {}).await;
    }

    async fn in_order(&self, orders: &[CloudOrder], places: Vec<usize>) {
        for place in places {
            let Some(order) = orders.get(place) else { continue };
            let outcome = if self.stop.is_cancelled() {
                Err(CloudError::Stopped)
            } else {
                self.one(order).await
            };
            // Who does not listen any more has all it wanted.
            let _ = self.told.send((place, outcome));
        }
    }

    async fn one(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        match &order.action {
            CloudAction::Start => self.start(order).await,
            CloudAction::Reboot => self.reboot(order).await,
            CloudAction::AllocateAddress { .. } => self.allocate(order).await,
            CloudAction::AssociateAddress => self.associate(order).await,
            CloudAction::ReleaseAddress { address } => self.release(address).await,
            CloudAction::OpenDoor { rule_set, version, rule } => {
                self.open(rule_set, version, rule).await
            }
            CloudAction::CloseDoor { rule_set, rule, .. } => self.close(rule_set, rule).await,
            CloudAction::SetAddressBandwidth { .. } | CloudAction::SetInstanceBandwidth { .. } => {
                Err(unsupported(moved::setting_bandwidth(), moved::size_decides()))
            }
            CloudAction::TransformAddress => {
                Err(unsupported(moved::making_lasting(), moved::basic_by_hand()))
            }
            CloudAction::SnapshotSystemDisk => self.snapshot(order).await,
        }
    }

    /// The model of a VM.
    async fn vm(&self, id: &ResourceId) -> Result<(ArmId, Vm), CloudError> {
        let at = ArmId::of(id).ok_or_else(|| no_id(id))?;
        let answer = self.client.call(&Ask::get(&at.path, COMPUTE), self.stop).await?;
        let vm = answer.read::<Vm>()?;
        Ok((at, vm))
    }

    fn created(&self, kind: CreatedKind, id: &str) -> Created {
        Created { kind, provider: self.provider.clone(), id: ResourceId::new(id) }
    }
}

fn no_id(id: &ResourceId) -> CloudError {
    unsupported(moved::id(id.as_str()), moved::no_id_of_azure())
}

/// A receipt for what was as wanted before anybody did anything.
pub(super) fn already(note: Said) -> Receipt {
    Receipt { note, already: true, ..Receipt::default() }
}

/// A receipt for what was done.
pub(super) fn done(note: Said) -> Receipt {
    Receipt { note, ..Receipt::default() }
}

const fn stale(moved: Said) -> CloudError {
    CloudError::Stale { moved }
}

pub(super) const fn unsupported(what: Said, why: Said) -> CloudError {
    CloudError::Unsupported { what, why }
}

/// Whether a call may be made again after a while: something else is being done to the same thing.
fn busy(error: &ArmError) -> bool {
    error.is_busy() || error.is_stale()
}
