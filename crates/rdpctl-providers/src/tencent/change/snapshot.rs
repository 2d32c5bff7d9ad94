//! Copying the system disk before something risky, and giving the copy back. There is no client token here, so the
//! snapshot's name carries the order's, and is looked for before another one is made.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::outcome::{CreatedKind, Receipt};

use super::ending::{already, done, stale};
use super::power::instances;
use super::wait::{Look, Watch, settle};
use super::{Changer, Outcomes, Placed, TAG, TAG_INSTANCE, TAG_VALUE};
use crate::moved::say as moved;
use crate::said::say;
use crate::tencent::api::filter::Filter;
use crate::tencent::api::snapshots::{
    CreateSnapshot, DeleteSnapshots, DescribeSnapshots, Snapshot, SnapshotState,
};
use crate::tencent::api::{BATCH, NewTag, Tag};
use crate::tencent::batch::when_free;
use crate::tencent::code::Class;
use crate::tencent::error::CallError;
use crate::tencent::pages;
use rdpctl_model::Said;

/// How long a snapshot may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// The request that makes a snapshot.
pub(crate) fn creation(order: &CloudOrder, disk: &str) -> CreateSnapshot {
    let tag = |key: &str, value: &str| NewTag { key: key.to_owned(), value: value.to_owned() };
    CreateSnapshot {
        disk_id: disk.to_owned(),
        snapshot_name: name(order),
        tags: vec![tag(TAG, TAG_VALUE), tag(TAG_INSTANCE, order.instance.as_str())],
    }
}

/// At most sixty characters.
fn name(order: &CloudOrder) -> String {
    format!("rdpctl-{}", order.token).chars().take(60).collect()
}

/// The name under which a snapshot is on record before it has an id.
pub(crate) fn announced(order: &CloudOrder) -> String {
    name(order)
}

impl Changer<'_> {
    /// Deletes a snapshot by its id, or by the name under which it was to be made.
    pub(crate) async fn give_snapshot_back(&self, made: &str) -> Result<Receipt, CloudError> {
        let list = |offset| {
            let (snapshot_ids, filters) = if made.starts_with("snap-") {
                (vec![made.to_owned()], Vec::new())
            } else {
                (Vec::new(), vec![Filter::new("snapshot-name", [made])])
            };
            DescribeSnapshots { snapshot_ids, filters, offset, limit: BATCH }
        };
        let found = match pages::all(self.client, list, self.stop).await {
            Ok(found) => found,
            Err(error) if error.class() == Class::Missing => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let mut ids = Vec::new();
        for snapshot in found {
            let is_ours = |tag: &Tag| tag.key.as_str() == TAG && tag.value.as_str() == TAG_VALUE;
            if !snapshot.tags.iter().any(is_ours) {
                return Err(CloudError::Unsupported {
                    what: moved::deleting_snapshot(snapshot.snapshot_id.as_str()),
                    why: moved::not_ours(),
                });
            }
            ids.push(snapshot.snapshot_id.as_str().to_owned());
        }
        if ids.is_empty() {
            return Ok(already(say::gone(made.to_string())));
        }
        let request = DeleteSnapshots { snapshot_ids: ids.clone() };
        match when_free(self.client, &request, self.stop).await {
            Ok(_) => {}
            // What is gone meanwhile is what was wanted.
            Err(error) if error.class() == Class::Missing => {}
            Err(error) => return Err(error.into()),
        }
        Ok(done(say::deleted(ids.iter().map(ToString::to_string).collect::<Vec<_>>())))
    }

    /// Copies system disks.
    pub(super) async fn snapshot(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        self.side_by_side(orders, |order| self.snapshot_one(order)).await;
        Outcomes::new()
    }

    async fn snapshot_one(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        let disk = match &order.handles.system_disk {
            Some(disk) => disk.as_str().to_owned(),
            None => self.system_disk(order.instance.as_str()).await?,
        };
        let name = name(order);
        let found = self.snapshot_named(&disk, &name).await?;
        let before = found.is_some();
        let id = match found {
            Some(snapshot) => snapshot.snapshot_id.as_str().to_owned(),
            None => self.begin_snapshot(&creation(order, &disk)).await?,
        };
        let mut settled =
            settle(&Whole { changer: self }, vec![id.clone()], PATIENCE, self.stop).await;
        let note = settled.remove(&id).unwrap_or(Err(CloudError::Stopped))?;
        let receipt = if before { already(note) } else { done(note) };
        Ok(Receipt { created: Some(self.created(CreatedKind::Snapshot, &id)), ..receipt })
    }

    /// Begins a snapshot, and finds it by its name where the answer was lost.
    async fn begin_snapshot(&self, request: &CreateSnapshot) -> Result<String, CloudError> {
        match when_free(self.client, request, self.stop).await {
            Ok(answer) => Ok(answer.fields.snapshot_id.as_str().to_owned()),
            Err(error) if error.effect_unknown() => {
                let found = self.snapshot_named(&request.disk_id, &request.snapshot_name).await?;
                Ok(found.ok_or(error)?.snapshot_id.as_str().to_owned())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn system_disk(&self, instance: &str) -> Result<String, CloudError> {
        let seen = instances(self.client, vec![instance.to_owned()], self.stop).await?;
        let disk = seen.get(instance).and_then(|instance| instance.system_disk.0.disk_id.given());
        disk.map(str::to_owned).ok_or_else(|| stale(moved::no_system_disk(instance)))
    }

    async fn snapshot_named(&self, disk: &str, name: &str) -> Result<Option<Snapshot>, CallError> {
        let list = |offset| DescribeSnapshots {
            filters: vec![Filter::new("disk-id", [disk])],
            offset,
            limit: BATCH,
            ..DescribeSnapshots::default()
        };
        let all = pages::all(self.client, list, self.stop).await?;
        Ok(all.into_iter().find(|snapshot| snapshot.snapshot_name.as_str() == name))
    }
}

/// Waits for snapshots to be whole.
struct Whole<'a> {
    changer: &'a Changer<'a>,
}

impl Watch for Whole<'_> {
    fn what(&self, key: &str) -> Said {
        moved::to_be_whole(key)
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let request = DescribeSnapshots {
                snapshot_ids: keys,
                limit: BATCH,
                ..DescribeSnapshots::default()
            };
            let answer = self.changer.client.call(&request, self.changer.stop).await?;
            Ok(answer
                .fields
                .snapshot_set
                .iter()
                .map(|snapshot| {
                    let id = snapshot.snapshot_id.as_str().to_owned();
                    let percent = snapshot.percent.0.unwrap_or(0);
                    let look = if snapshot.snapshot_state == SnapshotState::Normal && percent >= 100
                    {
                        Look::Settled(say::is_whole(&*id))
                    } else {
                        Look::NotYet(moved::progress(
                            snapshot.snapshot_state.word(),
                            percent.to_string(),
                        ))
                    };
                    (id, look)
                })
                .collect())
        }
        .boxed()
    }
}
