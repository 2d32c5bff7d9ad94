//! Snapshots: taking, listing, deleting, rolling back to them.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::disks::{Placement, percent, usage};
use super::find::resolve_disk;
use crate::{
    clock::later,
    estate::{DiskWork, Due, Estate, Snapshot},
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
        wire::{Filter, FilterLimits, Int, Page, TagInput, count, local},
    },
    world::{Power, Tag, Text},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateSnapshot {
    disk_id: Option<String>,
    snapshot_name: Option<String>,
    deadline: Option<String>,
    disk_backup_id: Option<String>,
    tags: Option<Vec<TagInput>>,
    #[serde(rename = "DiskUsage")]
    _disk_usage: Option<IgnoredAny>,
    #[serde(rename = "LocalSnap")]
    _local_snap: Option<IgnoredAny>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreatedSnapshot {
    snapshot_id: Text,
}

impl Action for CreateSnapshot {
    const SERVICE: Service = Service::Cbs;
    const NAME: &'static str = "CreateSnapshot";
    const RATE: u32 = 20;
    type Answer = CreatedSnapshot;

    fn serve(self, call: &mut Call<'_>) -> Result<CreatedSnapshot, Refusal> {
        if self.disk_backup_id.is_some() {
            return Err(Refusal::new("InvalidParameterValue", "Disk backups are not simulated."));
        }
        let id = self.disk_id.ok_or_else(|| Refusal::missing("DiskId"))?;
        let (number, disk) = resolve_disk(call, &id)?;
        let now = call.estate.now;
        if disk.task.is_some() {
            return Err(Refusal::new("InvalidDisk.Busy", format!("The disk `{id}` is busy.")));
        }
        let own = |snapshot: &&Snapshot| call.owns(snapshot.account, &snapshot.region);
        if call
            .estate
            .snapshots
            .values()
            .any(|snapshot| snapshot.disk == number && snapshot.ready > now)
        {
            return Err(Refusal::new(
                "InvalidDisk.SnapshotCreating",
                format!("A snapshot of the disk `{id}` is being taken."),
            ));
        }
        let taken = call.estate.snapshots.values().filter(own).count();
        if u32::try_from(taken).unwrap_or(u32::MAX) >= call.account().quotas.snapshots {
            return Err(Refusal::new(
                "InsufficientSnapshotQuota",
                "The quota of snapshots is used up.",
            ));
        }
        if call.account().balance <= 0.0 {
            return Err(Refusal::new(
                "InvalidAccount.InsufficientBalance",
                "The balance of the account is insufficient.",
            ));
        }
        let deadline = match &self.deadline {
            None => None,
            Some(text) => Some(
                text.parse()
                    .ok()
                    .filter(|at| *at >= later(now, Duration::from_hours(24)))
                    .ok_or_else(|| {
                        Refusal::new(
                            "InvalidParameterValue",
                            "`Deadline` is an ISO 8601 time at least a day ahead.",
                        )
                    })?,
            ),
        };
        let name = self.snapshot_name.unwrap_or_default();
        if name.chars().count() > 60 {
            return Err(Refusal::new(
                "InvalidParameterValue.TooLong",
                "`SnapshotName` has at most 60 characters.",
            ));
        }
        let sequence = call.estate.next();
        let snapshot_id: Text = call.estate.ids().snapshot.encode(sequence).into();
        let guest =
            disk.attached.filter(|_| disk.system).and_then(|vm| call.estate.vm(vm).guest.clone());
        let snapshot = Snapshot {
            account: disk.account,
            region: disk.region,
            zone: disk.zone,
            name: name.into(),
            disk: number,
            system: disk.system,
            size: disk.size,
            created: now,
            ready: call.estate.in_a(call.estate.world.policy.durations.snapshot.0),
            deadline,
            rolling_back: false,
            lent: None,
            network: None,
            tags: self.tags.unwrap_or_default().into_iter().map(Into::into).collect(),
            guest,
        };
        call.estate.add_snapshot(snapshot_id.clone(), snapshot);
        if let Some(deadline) = deadline {
            call.estate.schedule(deadline, Due::Expire(snapshot_id.clone()));
        }
        Ok(CreatedSnapshot { snapshot_id })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeSnapshots {
    snapshot_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    offset: Option<Int>,
    limit: Option<Int>,
    order: Option<String>,
    #[serde(rename = "OrderField")]
    _order_field: Option<IgnoredAny>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Snapshots {
    total_count: i64,
    snapshot_set: Vec<SnapshotShown>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapshotShown {
    snapshot_id: Text,
    snapshot_name: Text,
    snapshot_state: &'static str,
    percent: i64,
    disk_id: Text,
    disk_usage: &'static str,
    disk_size: u32,
    is_permanent: bool,
    deadline_time: String,
    create_time: String,
    encrypt: bool,
    is_locked: bool,
    image_count: i64,
    images: Vec<Text>,
    share_reference: i64,
    snapshot_type: &'static str,
    placement: Placement,
    tags: Vec<Tag>,
}

fn state(snapshot: &Snapshot, now: jiff::Timestamp) -> &'static str {
    if snapshot.rolling_back {
        "ROLLBACKING"
    } else if snapshot.ready > now {
        "CREATING"
    } else {
        "NORMAL"
    }
}

impl SnapshotShown {
    fn show(estate: &Estate, id: &Text, snapshot: &Snapshot) -> Self {
        Self {
            snapshot_id: id.clone(),
            snapshot_name: snapshot.name.clone(),
            snapshot_state: state(snapshot, estate.now),
            percent: percent(snapshot.created, snapshot.ready, estate.now),
            disk_id: estate.world.disk_id(snapshot.disk),
            disk_usage: usage(snapshot.system),
            disk_size: snapshot.size,
            is_permanent: snapshot.deadline.is_none(),
            deadline_time: snapshot.deadline.map(local).unwrap_or_default(),
            create_time: local(snapshot.created),
            encrypt: false,
            is_locked: false,
            image_count: 0,
            images: Vec::new(),
            share_reference: 0,
            snapshot_type: "PRIVATE_SNAPSHOT",
            placement: Placement { zone: snapshot.zone.clone(), project_id: 0 },
            tags: snapshot.tags.clone(),
        }
    }
}

impl Action for DescribeSnapshots {
    const SERVICE: Service = Service::Cbs;
    const NAME: &'static str = "DescribeSnapshots";
    const RATE: u32 = 20;
    type Answer = Snapshots;

    fn serve(self, call: &mut Call<'_>) -> Result<Snapshots, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.LimitExceeded")?;
        let ids = self.snapshot_ids.unwrap_or_default();
        let filters = self.filters.unwrap_or_default();
        FilterLimits { values: 10, code: "InvalidFilter" }.check(&filters)?;
        if !ids.is_empty() && !filters.is_empty() {
            return Err(Refusal::new(
                "InvalidParameter",
                "`SnapshotIds` and `Filters` cannot be used together.",
            ));
        }
        let estate = &*call.estate;
        let mut found = Vec::new();
        for (id, snapshot) in &estate.snapshots {
            if !call.owns(snapshot.account, &snapshot.region)
                || !ids.is_empty() && !ids.iter().any(|known| **known == **id)
            {
                continue;
            }
            let mut kept = true;
            for filter in &filters {
                kept &= holds(estate, filter, id, snapshot)?;
            }
            if kept {
                found.push((id, snapshot));
            }
        }
        found.sort_by_key(|(_, snapshot)| snapshot.created);
        if self.order.as_deref() == Some("DESC") {
            found.reverse();
        }
        let shown = page
            .of(&found)
            .iter()
            .map(|(id, snapshot)| SnapshotShown::show(estate, id, snapshot))
            .collect();
        Ok(Snapshots { snapshot_set: shown, total_count: count(found.len()) })
    }
}

fn holds(estate: &Estate, filter: &Filter, id: &str, snapshot: &Snapshot) -> Result<bool, Refusal> {
    let among = |text: &str| filter.values.iter().any(|value| value.eq_ignore_ascii_case(text));
    Ok(match filter.name.as_str() {
        "snapshot-id" => among(id),
        "snapshot-name" => among(&snapshot.name),
        "snapshot-state" => among(state(snapshot, estate.now)),
        "disk-usage" => among(usage(snapshot.system)),
        "disk-id" => among(&estate.world.disk_id(snapshot.disk)),
        "encrypt" => among("FALSE"),
        "snapshot-type" => among("PRIVATE_SNAPSHOT"),
        "project-id" => among("0"),
        "zone" => among(&snapshot.zone),
        name => {
            return Err(Refusal::new(
                "InvalidFilter",
                format!("The filter `{name}` is not supported."),
            ));
        }
    })
}

/// A complete snapshot that belongs to the caller, here.
fn resolve(call: &Call<'_>, id: &str) -> Result<Snapshot, Refusal> {
    let snapshot = call
        .estate
        .snapshots
        .get(id)
        .filter(|snapshot| call.owns(snapshot.account, &snapshot.region));
    let Some(snapshot) = snapshot else {
        return Err(Refusal::new(
            "InvalidSnapshotId.NotFound",
            format!("The snapshot `{id}` does not exist."),
        ));
    };
    match state(snapshot, call.estate.now) {
        "NORMAL" => Ok(snapshot.clone()),
        "CREATING" => Err(Refusal::new(
            "ResourceUnavailable.SnapshotCreating",
            format!("The snapshot `{id}` is still being taken."),
        )),
        _ => Err(Refusal::new(
            "ResourceInUse.DiskRollbacking",
            format!("A disk is being rolled back to `{id}`."),
        )),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteSnapshots {
    snapshot_ids: Vec<String>,
    #[serde(rename = "DeleteBindImages")]
    _delete_bind_images: Option<bool>,
}

impl Action for DeleteSnapshots {
    const SERVICE: Service = Service::Cbs;
    const NAME: &'static str = "DeleteSnapshots";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        for id in &self.snapshot_ids {
            resolve(call, id)?;
        }
        for id in &self.snapshot_ids {
            call.estate.drop_snapshot(id);
        }
        Ok(Done {})
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ApplySnapshot {
    snapshot_id: String,
    disk_id: String,
    auto_stop_instance: Option<bool>,
    auto_start_instance: Option<bool>,
}

impl Action for ApplySnapshot {
    const SERVICE: Service = Service::Cbs;
    const NAME: &'static str = "ApplySnapshot";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let snapshot = resolve(call, &self.snapshot_id)?;
        let (number, disk) = resolve_disk(call, &self.disk_id)?;
        let stop = self.auto_stop_instance.unwrap_or(false);
        let start_after = self.auto_start_instance.unwrap_or(false);
        if start_after && !stop {
            return Err(Refusal::new(
                "InvalidParameter",
                "`AutoStartInstance` needs `AutoStopInstance`.",
            ));
        }
        if snapshot.disk != number {
            return Err(Refusal::new(
                "InvalidParameter.DiskIdNotMatch",
                "A snapshot can only be applied to the disk it was taken of.",
            ));
        }
        if disk.task.is_some() {
            return Err(Refusal::new("ResourceInUse.DiskRollbacking", "The disk is busy."));
        }
        if let Some(vm) = disk.attached {
            let power = call.estate.vm(vm).seen_power(call.estate.now);
            if power == Power::Running && stop {
                call.estate.stop_at_once(vm);
            } else if power != Power::Stopped {
                let code = if disk.system { "ResourceBusy" } else { "InvalidDisk.Busy" };
                return Err(Refusal::new(
                    code,
                    "The instance that has the disk must be stopped first.",
                ));
            }
        }
        if let Some(snapshot) = call.estate.snapshot_mut(&self.snapshot_id) {
            snapshot.rolling_back = true;
        }
        let work = DiskWork::Rollback { snapshot: self.snapshot_id.into(), start_after };
        call.estate.begin_disk_task(number, work);
        Ok(Done {})
    }
}
