//! Copies of the system disk, under a name of their own: a repetition finds the first, and it is on record before it is
//! there.

use std::time::Duration;

use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::Said;
use rdpctl_model::outcome::{CreatedKind, Receipt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Changer, TAG, TAG_INSTANCE, TAG_VALUE, already, busy, done, unsupported};
use crate::azure::arm::Resource;
use crate::azure::client::{Ask, DISKS};
use crate::azure::id::{ArmId, short};
use crate::azure::network;
use crate::moved::say as moved;
use crate::said::say;

/// The type of snapshots.
const KIND: &str = "Microsoft.Compute/snapshots";
/// How long the vendor may take over one; those of the usual disks are there at once.
const PATIENCE: Duration = Duration::from_mins(30);
/// How often it is looked whether it is whole.
const LOOK: Duration = Duration::from_secs(2);

/// The part of a snapshot that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Snapshot {
    provisioning_state: String,
    completion_percent: Option<f64>,
}

/// The id of the copy that an order makes.
pub(in crate::azure) fn name_for(vm: &ArmId, token: &str) -> String {
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let token: String = token.chars().filter(plain).take(60).collect();
    vm.sibling(KIND, &token)
}

/// The body of a copy that is made.
pub(in crate::azure) fn copy_of(vm: &ArmId, location: &str, disk: &str) -> Value {
    json!({
        "location": location,
        "sku": { "name": "Standard_LRS" },
        "tags": { TAG: TAG_VALUE, TAG_INSTANCE: vm.short() },
        "properties": {
            "incremental": true,
            "creationData": { "createOption": "Copy", "sourceResourceId": disk },
        },
    })
}

impl Changer<'_> {
    /// Copies the system disk of a VM, or finds the copy that was made before.
    pub(super) async fn snapshot(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        let (at, vm) = self.vm(&order.instance).await?;
        let path = name_for(&at, &order.token);
        let disk = vm.properties.storage_profile.os_disk.managed_disk.id;
        if disk.is_empty() {
            return Err(unsupported(moved::snapshot_of(at.short()), moved::no_managed_disk()));
        }
        let was_there = self.snapshot_at(&path).await?.is_some();
        if !was_there {
            let known: Value =
                self.client.call(&Ask::get(&disk, DISKS), self.stop).await?.read()?;
            let network = network::kept(&known["properties"]);
            let body = network::closed_alike(copy_of(&at, &vm.location, &disk), &network);
            let begun = self.client.call(&Ask::put(&path, DISKS, &body), self.stop).await?;
            self.client.follow(begun, PATIENCE, self.stop).await?;
        }
        self.until_whole(&path).await?;
        let note = say::is_whole(short(&path));
        let receipt = if was_there { already(note) } else { done(note) };
        Ok(Receipt { created: Some(self.created(CreatedKind::Snapshot, &path)), ..receipt })
    }

    /// Deletes a snapshot that carries our tag.
    pub(in crate::azure) async fn give_snapshot_back(
        &self,
        path: &str,
    ) -> Result<Receipt, CloudError> {
        let at = ArmId::parse(path)
            .ok_or_else(|| unsupported(Said::quoted(path), moved::no_id_of_azure()))?;
        let Some(known) = self.snapshot_at(&at.path).await? else {
            return Ok(already(say::gone(at.short())));
        };
        if known.tags.get(TAG).is_none_or(|value| value != TAG_VALUE) {
            return Err(unsupported(moved::deleting(at.short()), moved::not_ours()));
        }
        let begun = self.client.call(&Ask::delete(&at.path, DISKS), self.stop).await;
        match begun {
            Ok(begun) => {
                self.client.follow(begun, PATIENCE, self.stop).await?;
            }
            Err(error) if error.is_missing() => {}
            Err(error) if busy(&error) => {
                self.pause().await?;
                let begun = self.client.call(&Ask::delete(&at.path, DISKS), self.stop).await?;
                self.client.follow(begun, PATIENCE, self.stop).await?;
            }
            Err(error) => return Err(error.into()),
        }
        match self.snapshot_at(&at.path).await? {
            None => Ok(done(say::deleted(at.short()))),
            Some(_) => Err(CloudError::NotSettled {
                what: moved::deleting(at.short()),
                waited: PATIENCE,
                last: moved::still_there(),
            }),
        }
    }

    async fn snapshot_at(&self, path: &str) -> Result<Option<Resource<Snapshot>>, CloudError> {
        match self.client.call(&Ask::get(path, DISKS), self.stop).await {
            Ok(answer) => Ok(Some(answer.read()?)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Disks of the newest kinds are copied in the background: until then there is nothing to go back to.
    async fn until_whole(&self, path: &str) -> Result<(), CloudError> {
        let began = Instant::now();
        loop {
            let known = self.snapshot_at(path).await?.unwrap_or_default().properties;
            let percent = known.completion_percent.unwrap_or(100.0);
            if known.provisioning_state.eq_ignore_ascii_case("Succeeded") && percent >= 100.0 {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(CloudError::NotSettled {
                    what: moved::the_snapshot(short(path)),
                    waited: PATIENCE,
                    last: moved::progress(known.provisioning_state, percent.to_string()),
                });
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.stop.cancelled() => return Err(CloudError::Stopped),
            }
        }
    }
}
