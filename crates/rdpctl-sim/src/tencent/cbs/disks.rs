//! Disks: listing, attaching, detaching.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::find::{find_instance, resolve_disk};
use crate::{
    estate::{Disk, DiskWork, Estate},
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
        wire::{Filter, FilterLimits, Int, Page, count, local},
    },
    world::{Power, Tag, Text},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeDisks {
    disk_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    offset: Option<Int>,
    limit: Option<Int>,
    order: Option<String>,
    #[serde(rename = "OrderField")]
    _order_field: Option<IgnoredAny>,
    #[serde(rename = "ReturnBindAutoSnapshotPolicy")]
    _return_bind_auto_snapshot_policy: Option<IgnoredAny>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Disks {
    total_count: i64,
    disk_set: Vec<DiskShown>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DiskShown {
    disk_id: Text,
    disk_name: String,
    disk_state: &'static str,
    disk_usage: &'static str,
    disk_size: u32,
    disk_type: Text,
    disk_charge_type: &'static str,
    attached: bool,
    instance_id: Text,
    instance_id_list: Vec<Text>,
    instance_type: &'static str,
    last_attach_ins_id: Text,
    portable: bool,
    shareable: bool,
    snapshot_ability: bool,
    snapshot_count: i64,
    snapshot_size: i64,
    encrypt: bool,
    delete_with_instance: bool,
    rollbacking: bool,
    rollback_percent: i64,
    migrating: bool,
    migrate_percent: i64,
    create_time: String,
    deadline_time: &'static str,
    error_prompt: &'static str,
    placement: Placement,
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Placement {
    pub(super) zone: Text,
    pub(super) project_id: i64,
}

pub(super) fn usage(system: bool) -> &'static str {
    if system { "SYSTEM_DISK" } else { "DATA_DISK" }
}

fn state(disk: &Disk) -> &'static str {
    match disk.task.as_ref().map(|task| &task.work) {
        Some(DiskWork::Attach(_)) => "ATTACHING",
        Some(DiskWork::Detach) => "DETACHING",
        Some(DiskWork::Rollback { .. }) => "ROLLBACKING",
        None if disk.attached.is_some() => "ATTACHED",
        None => "UNATTACHED",
    }
}

impl DiskShown {
    fn show(estate: &Estate, number: u64) -> Option<Self> {
        let disk = estate.disk(number)?;
        let id = estate.world.disk_id(number);
        let instance = disk.attached.map(|vm| estate.world.vm_id(vm));
        let none = || Text::from("");
        let rolling =
            disk.task.as_ref().filter(|task| matches!(task.work, DiskWork::Rollback { .. }));
        Some(Self {
            disk_name: format!("{id}-disk"),
            disk_state: state(&disk),
            disk_usage: usage(disk.system),
            disk_size: disk.size,
            disk_type: disk.make.clone(),
            disk_charge_type: "POSTPAID_BY_HOUR",
            attached: disk.attached.is_some(),
            instance_id_list: instance.iter().cloned().collect(),
            instance_id: instance.unwrap_or_else(none),
            instance_type: "CVM",
            last_attach_ins_id: disk.last_attached.map_or_else(none, |vm| estate.world.vm_id(vm)),
            portable: !disk.system,
            shareable: false,
            snapshot_ability: true,
            snapshot_count: count(
                estate.snapshots.values().filter(|snapshot| snapshot.disk == number).count(),
            ),
            snapshot_size: 0,
            encrypt: false,
            delete_with_instance: disk.delete_with_instance,
            rollbacking: rolling.is_some(),
            rollback_percent: rolling
                .map_or(100, |task| percent(task.began, task.ends, estate.now)),
            migrating: false,
            migrate_percent: 0,
            create_time: local(disk.created),
            deadline_time: "",
            error_prompt: "",
            placement: Placement { zone: disk.zone.clone(), project_id: 0 },
            tags: Vec::new(),
            disk_id: id,
        })
    }
}

/// How far something is that began and ends.
pub(super) fn percent(began: jiff::Timestamp, ends: jiff::Timestamp, now: jiff::Timestamp) -> i64 {
    let whole = ends.as_millisecond().saturating_sub(began.as_millisecond()).max(1);
    let done = now.as_millisecond().saturating_sub(began.as_millisecond());
    (done.saturating_mul(100) / whole).clamp(0, 100)
}

impl Action for DescribeDisks {
    const SERVICE: Service = Service::Cbs;
    const NAME: &'static str = "DescribeDisks";
    const RATE: u32 = 100;
    type Answer = Disks;

    fn serve(self, call: &mut Call<'_>) -> Result<Disks, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.LimitExceeded")?;
        let ids = self.disk_ids.unwrap_or_default();
        let filters = self.filters.unwrap_or_default();
        FilterLimits { values: 100, code: "InvalidFilter" }.check(&filters)?;
        if !ids.is_empty() && !filters.is_empty() {
            return Err(Refusal::new(
                "InvalidParameter",
                "`DiskIds` and `Filters` cannot be used together.",
            ));
        }
        let mut numbers = if ids.is_empty() {
            call.estate.disks_in(call.account, &call.region)
        } else {
            ids.iter()
                .map(|id| resolve_disk(call, id).map(|(number, _)| number))
                .collect::<Result<Vec<_>, _>>()?
        };
        for filter in &filters {
            let mut kept = Vec::with_capacity(numbers.len());
            for number in numbers {
                if holds(call.estate, filter, number)? {
                    kept.push(number);
                }
            }
            numbers = kept;
        }
        if self.order.as_deref() == Some("DESC") {
            numbers.reverse();
        }
        let shown =
            page.of(&numbers).iter().filter_map(|number| DiskShown::show(call.estate, *number));
        Ok(Disks { disk_set: shown.collect(), total_count: count(numbers.len()) })
    }
}

fn holds(estate: &Estate, filter: &Filter, number: u64) -> Result<bool, Refusal> {
    let Some(disk) = estate.disk(number) else { return Ok(false) };
    let among = |text: &str| filter.values.iter().any(|value| value.eq_ignore_ascii_case(text));
    let of_vm = |shown: &dyn Fn(crate::world::VmIndex) -> String| {
        disk.attached.is_some_and(|vm| among(&shown(vm)))
    };
    Ok(match filter.name.as_str() {
        "disk-usage" => among(usage(disk.system)),
        "disk-charge-type" => among("POSTPAID_BY_HOUR"),
        "portable" => among(if disk.system { "FALSE" } else { "TRUE" }),
        "disk-id" => among(&estate.world.disk_id(number)),
        "disk-name" => among(&format!("{}-disk", estate.world.disk_id(number))),
        "disk-type" => among(&disk.make),
        "disk-state" => among(state(&disk)),
        "instance-id" => of_vm(&|vm| estate.world.vm_id(vm).to_string()),
        "instance-ip-address" => of_vm(&|vm| estate.world.private_ip(vm).to_string()),
        "zone" => among(&disk.zone),
        name if name.starts_with("tag:") || name == "tag-key" => false,
        name => {
            return Err(Refusal::new(
                "InvalidFilter",
                format!("The filter `{name}` is not supported."),
            ));
        }
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AttachDisks {
    instance_id: String,
    disk_ids: Vec<String>,
    delete_with_instance: Option<bool>,
    #[serde(rename = "AttachMode")]
    _attach_mode: Option<IgnoredAny>,
}

/// Refuses disks that cannot be moved, or are being worked on.
fn movable(call: &Call<'_>, ids: &[String]) -> Result<Vec<(u64, Disk)>, Refusal> {
    if ids.len() > 10 {
        return Err(Refusal::new(
            "InvalidParameterValue.LimitExceeded",
            "At most 10 disks are allowed.",
        ));
    }
    let mut disks = Vec::with_capacity(ids.len());
    for id in ids {
        let (number, disk) = resolve_disk(call, id)?;
        if disk.system {
            return Err(Refusal::new(
                "InvalidDisk.NotPortable",
                format!("The disk `{id}` is not portable."),
            ));
        }
        if disk.task.is_some() {
            return Err(Refusal::new("InvalidDisk.Busy", format!("The disk `{id}` is busy.")));
        }
        disks.push((number, disk));
    }
    Ok(disks)
}

impl Action for AttachDisks {
    const SERVICE: Service = Service::Cbs;
    const NAME: &'static str = "AttachDisks";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let vm = find_instance(call, &self.instance_id)?;
        let disks = movable(call, &self.disk_ids)?;
        let zone = call.estate.place(vm).0.zone.clone();
        for (number, disk) in &disks {
            let id = call.estate.world.disk_id(*number);
            if disk.attached.is_some() {
                return Err(Refusal::new(
                    "ResourceUnavailable.Attached",
                    format!("The disk `{id}` is attached."),
                ));
            }
            if disk.zone != zone {
                return Err(Refusal::new(
                    "ResourceUnavailable.ZoneNotMatch",
                    format!("The disk `{id}` is in another zone."),
                ));
            }
        }
        if !matches!(
            call.estate.vm(vm).seen_power(call.estate.now),
            Power::Running | Power::Stopped
        ) {
            return Err(Refusal::new(
                "InvalidInstance.NotSupported",
                "The state of the instance does not allow it.",
            ));
        }
        if call.estate.data_disks_of(vm).len() + disks.len() > 20 {
            return Err(Refusal::new(
                "LimitExceeded.InstanceAttachedDisk",
                "An instance has at most 20 data disks.",
            ));
        }
        for (number, _) in disks {
            if let Some(disk) = call.estate.disk_mut(number) {
                disk.delete_with_instance = self.delete_with_instance.unwrap_or(false);
            }
            call.estate.begin_disk_task(number, DiskWork::Attach(vm));
        }
        Ok(Done {})
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DetachDisks {
    disk_ids: Vec<String>,
    instance_id: Option<String>,
}

impl Action for DetachDisks {
    const SERVICE: Service = Service::Cbs;
    const NAME: &'static str = "DetachDisks";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let disks = movable(call, &self.disk_ids)?;
        let from = match &self.instance_id {
            Some(id) => Some(find_instance(call, id)?),
            None => None,
        };
        for (number, disk) in &disks {
            if disk.attached.is_none() || from.is_some() && disk.attached != from {
                let id = call.estate.world.disk_id(*number);
                return Err(Refusal::new(
                    "InvalidDisk.NotAttached",
                    format!("The disk `{id}` is not attached there."),
                ));
            }
        }
        for (number, _) in disks {
            call.estate.begin_disk_task(number, DiskWork::Detach);
        }
        Ok(Done {})
    }
}
