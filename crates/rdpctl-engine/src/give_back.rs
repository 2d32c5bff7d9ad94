//! Giving back what rdpctl made for a time: copies of disks, once they were kept as long as is declared, and what a call
//! left that was cut off.

use std::sync::Arc;

use rdpctl_contract::store::Made;
use rdpctl_contract::{CloudError, Store, StoreError};
use rdpctl_model::InstanceName;
use rdpctl_model::outcome::{Created, CreatedKind, JournalSubject, Receipt};
use tokio_util::sync::CancellationToken;

use crate::estate::{Estate, Who};
use crate::lease::Permit;
use crate::outside::Hands;
use crate::said::say;

/// How the names of copies begin that were made for one look, and are of no use after it.
pub const LOOK: &str = "rdpctl-look-";

/// Whether something was made for one look: such a copy, or a link to one.
#[must_use]
pub fn is_of_a_look(created: &Created) -> bool {
    let is_named_so = created.id.as_str().contains(LOOK);
    match created.kind {
        CreatedKind::Sas => true,
        CreatedKind::Snapshot => is_named_so,
        CreatedKind::Address
        | CreatedKind::Rule
        | CreatedKind::Disk
        | CreatedKind::Vm
        | CreatedKind::Nic
        | CreatedKind::RunCommand => false,
    }
}

/// Something that was to be given back, and what came of it.
#[derive(Debug)]
pub struct GivenBack {
    /// What.
    pub made: Made,
    /// It is gone, or why it is not.
    pub outcome: Result<Receipt, CloudError>,
}

/// The copies whose time is over, and what calls left that nobody waits for. Copies that were made for somebody who is not
/// declared any more are left to a person.
pub async fn overdue(
    estate: &Estate,
    hands: &Hands,
    store: &dyn Store,
) -> Result<Vec<Made>, StoreError> {
    let now = hands.clock.now();
    let is_over = |made: &Made| {
        if is_of_a_look(&made.created) {
            return true;
        }
        if made.created.kind.is_for_a_call() {
            let cloud = hands.clouds.get(&made.created.provider);
            return cloud.is_some_and(|cloud| cloud.is_left(&made.created));
        }
        let JournalSubject::Instance(name) = &made.subject else { return false };
        let keep = estate
            .sources()
            .find(|source| match source.who {
                Who::One(instance) => instance.name == *name,
                Who::Fleet(fleet) => name.is_of(&fleet.name),
            })
            .and_then(|source| match made.created.kind {
                // The disk that a machine had before it was repaired.
                CreatedKind::Disk => source.guest.offline.map(|wish| wish.keep),
                CreatedKind::Snapshot
                | CreatedKind::Sas
                | CreatedKind::Address
                | CreatedKind::Rule
                | CreatedKind::Vm
                | CreatedKind::Nic
                | CreatedKind::RunCommand => Some(source.snapshot.keep),
            });
        let age = now.duration_since(made.at);
        keep.is_some_and(|keep| age.unsigned_abs() >= keep && age.is_positive())
    };
    let all = store.created().await?;
    let kept = |made: &Made| {
        let kept =
            [CreatedKind::Snapshot, CreatedKind::Sas, CreatedKind::Disk, CreatedKind::RunCommand];
        kept.contains(&made.created.kind) && is_over(made)
    };
    let mut over: Vec<Made> = all.into_iter().filter(kept).collect();
    // A copy that is lent is not deleted.
    over.sort_by_key(|made| made.created.kind != CreatedKind::Sas);
    Ok(over)
}

/// What was made for somebody who is not declared any more. Nothing happens to it until a person releases it.
#[must_use]
pub fn orphaned(estate: &Estate, made: Vec<Made>) -> Vec<Made> {
    let is_declared = |made: &Made| match &made.subject {
        JournalSubject::Instance(name) => estate.sources().any(|source| match source.who {
            Who::One(instance) => instance.name == *name,
            Who::Fleet(fleet) => name.is_of(&fleet.name),
        }),
        // Whose a shared object is, its account says.
        JournalSubject::Shared { provider, .. } => {
            estate.sources().any(|source| source.provider == provider)
        }
    };
    made.into_iter().filter(|made| !is_declared(made)).collect()
}

/// Gives things back, one after another; each is off the record once it is gone.
pub async fn give_back(
    hands: &Hands,
    store: &dyn Store,
    permit: &Arc<Permit>,
    all: Vec<Made>,
    stop: &CancellationToken,
) -> Result<Vec<GivenBack>, StoreError> {
    let mut given = Vec::new();
    for made in all {
        let outcome = match hands.clouds.get(&made.created.provider) {
            _ if stop.is_cancelled() || permit.check().await.is_err() => Err(CloudError::Stopped),
            Some(cloud) => permit.leave().during(cloud.give_back(&made.created, stop)).await,
            None => Err(CloudError::Unsupported {
                what: say::giving_back(made.created.id.as_str()),
                why: say::provider_not_declared(made.created.provider.as_str()),
            }),
        };
        if outcome.is_ok() {
            store.released(&permit.author(), &made.created).await?;
        }
        given.push(GivenBack { made, outcome });
    }
    Ok(given)
}

impl GivenBack {
    /// For whom it was made.
    #[must_use]
    pub fn instance(&self) -> Option<&InstanceName> {
        self.made.subject.instance()
    }
}
