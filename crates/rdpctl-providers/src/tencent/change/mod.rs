//! Doing what steps say: look, do, and look again until the end state is there.
//!
//! Every change looks first and does nothing where the world agrees already, so that repeating an order after a kill
//! is harmless. The vendor answers for a batch as a whole; a batch that is refused is halved until the member that
//! spoils it stands alone, so that one instance's fault stays its own.

mod address;
mod associate;
mod bandwidth;
mod door;
mod ending;
mod power;
mod release;
mod snapshot;
mod wait;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, join_all};
use rdpctl_contract::cloud::{CloudError, CloudOrder, Told};
use rdpctl_model::outcome::{Created, CreatedKind, Receipt};
use rdpctl_model::{CloudAction, ProviderName, ResourceId};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::api::addresses::NetworkAccountType;
use super::client::Client;
use super::read_back::ReadBack;

pub(crate) use address::allocation;
pub(crate) use door::{deletion_as_seen, insertion};
pub(crate) use power::STOP_TYPE;
pub(crate) use snapshot::{announced, creation};

/// The tag by which what rdpctl made is known, whoever looks.
pub(crate) const TAG: &str = "rdpctl";

/// Its value.
pub(crate) const TAG_VALUE: &str = "managed";

/// The tag that names the instance for which something was made.
pub(crate) const TAG_INSTANCE: &str = "rdpctl-instance";

/// What changes need around them.
pub(crate) struct Changer<'a> {
    pub(crate) client: &'a Client,
    pub(crate) provider: &'a ProviderName,
    pub(crate) account: &'a OnceCell<NetworkAccountType>,
    pub(crate) claimed: &'a Claims,
    pub(crate) read_back: &'a ReadBack,
    pub(crate) told: &'a Told,
    pub(crate) stop: &'a CancellationToken,
}

/// Free addresses that orders of this process have taken, each for its instance, so that two orders that run side by
/// side do not reuse the same one. An order that is made again for the same instance finds its own.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<BTreeMap<String, ResourceId>>);

impl Claims {
    /// Takes an address for an instance, unless it is another's.
    fn take(&self, address: &str, instance: &ResourceId) -> bool {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(holder) = claims.get(address) {
            return holder == instance;
        }
        claims.insert(address.to_owned(), instance.clone());
        true
    }

    /// Lets go of an address.
    fn drop(&self, address: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
    }
}

/// An order with its place in the batch.
pub(crate) type Placed<'a> = (usize, &'a CloudOrder);

/// What came of some orders, by place; those that were told of already are left out.
pub(crate) type Outcomes = Vec<(usize, Result<Receipt, CloudError>)>;

/// Orders of one kind, which are done together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Start,
    Reboot,
    Allocate,
    Associate,
    Transform,
    Bandwidth,
    Door,
    Snapshot,
    Release,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Start,
        Self::Reboot,
        Self::Allocate,
        Self::Associate,
        Self::Transform,
        Self::Bandwidth,
        Self::Door,
        Self::Snapshot,
        Self::Release,
    ];

    const fn of(action: &CloudAction) -> Self {
        match action {
            CloudAction::Start => Self::Start,
            CloudAction::Reboot => Self::Reboot,
            CloudAction::AllocateAddress { .. } => Self::Allocate,
            CloudAction::AssociateAddress => Self::Associate,
            CloudAction::TransformAddress => Self::Transform,
            CloudAction::SetAddressBandwidth { .. } | CloudAction::SetInstanceBandwidth { .. } => {
                Self::Bandwidth
            }
            CloudAction::OpenDoor { .. } | CloudAction::CloseDoor { .. } => Self::Door,
            CloudAction::SnapshotSystemDisk => Self::Snapshot,
            CloudAction::ReleaseAddress { .. } => Self::Release,
        }
    }
}

impl Changer<'_> {
    /// Does orders, those of one kind together and different kinds side by side. Every kind answers for each of its
    /// orders once: at its end, or as soon as it knows.
    pub(crate) async fn perform(&self, orders: &[CloudOrder]) {
        let work = Kind::ALL.into_iter().filter_map(|kind| {
            let placed: Vec<Placed<'_>> = orders
                .iter()
                .enumerate()
                .filter(|(_, order)| Kind::of(&order.action) == kind)
                .collect();
            let work = (!placed.is_empty()).then(|| self.perform_kind(kind, placed))?;
            Some(async move {
                for (place, outcome) in work.await {
                    self.tell(place, outcome);
                }
            })
        });
        join_all(work).await;
    }

    /// Tells what came of one order.
    fn tell(&self, place: usize, outcome: Result<Receipt, CloudError>) {
        // Who does not listen any more has all it wanted.
        let _ = self.told.send((place, outcome));
    }

    /// Does orders that each have calls of their own, side by side, and tells of each when it is done.
    async fn side_by_side<'o, F: Future<Output = Result<Receipt, CloudError>>>(
        &self,
        orders: Vec<Placed<'o>>,
        each: impl Fn(&'o CloudOrder) -> F,
    ) {
        let work = orders.into_iter().map(|(place, order)| {
            let done = each(order);
            async move { self.tell(place, done.await) }
        });
        join_all(work).await;
    }

    fn perform_kind<'a>(&'a self, kind: Kind, orders: Vec<Placed<'a>>) -> BoxFuture<'a, Outcomes> {
        match kind {
            Kind::Start => self.start(orders).boxed(),
            Kind::Reboot => self.reboot(orders).boxed(),
            Kind::Allocate => self.allocate(orders).boxed(),
            Kind::Associate => self.associate(orders).boxed(),
            Kind::Transform => self.transform(orders).boxed(),
            Kind::Bandwidth => self.bandwidth(orders).boxed(),
            Kind::Door => self.doors(orders).boxed(),
            Kind::Snapshot => self.snapshot(orders).boxed(),
            Kind::Release => self.release(orders).boxed(),
        }
    }

    fn created(&self, kind: CreatedKind, id: impl AsRef<str>) -> Created {
        Created { kind, provider: self.provider.clone(), id: ResourceId::new(id) }
    }
}
