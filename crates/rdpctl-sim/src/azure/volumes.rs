//! Managed disks that were made: copied from a snapshot, attached, put into a machine's place, deleted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    call::{Call, Follow, Served},
    cards::tags,
    place::Place,
    refusal::Refusal,
    work::Operation,
};
use crate::{
    estate::{Extra, Label, Volume},
    image::Trouble,
    world::{DiskNetwork, Power, StopCharging, Tag, Text, VmIndex},
};

impl Call<'_> {
    /// The id of a disk that was made under this name.
    pub(super) fn volume_id(&self, place: &Place<'_>, name: &str) -> Option<Text> {
        let id = self.extra_id(place, name);
        self.estate.volume(&id).map(|_| id)
    }

    pub(super) fn volume_request(
        &mut self,
        method: &str,
        place: &Place<'_>,
        name: &str,
    ) -> Result<Served, Refusal> {
        let id = self.extra_id(place, name);
        let known = self.estate.volume(&id).cloned();
        match (method, known) {
            ("GET", Some(volume)) => Ok(Served::ok(show(&volume))),
            ("PUT", known) => self.put_volume(place, name, id, known),
            ("PATCH", Some(_)) => self.patch_tags(&id),
            // A machine's own disk is known as soon as somebody says something of it.
            ("PATCH", None) => {
                let vm = self.vm_of_disk(place.group, name)?;
                let state = self.estate.vm(vm).into_owned();
                Err(Refusal::new(
                    409,
                    "OperationNotAllowed",
                    format!("Disk of a VM that is {:?} is left alone here.", state.power),
                ))
            }
            ("DELETE", Some(volume)) => {
                if let Some(owner) = volume.attached {
                    return Err(Refusal::new(
                        409,
                        "OperationNotAllowed",
                        format!("Disk {name} is attached to VM {owner}."),
                    ));
                }
                self.estate.drop_extra(&id);
                let operation = Operation::Until(self.estate.now);
                let (begun, region) = (Served::empty(202), volume.label.region);
                Ok(self.following(begun, operation, "Microsoft.Compute", &region, Follow::Both))
            }
            ("DELETE", None) => Ok(Served::empty(204)),
            _ => Err(Refusal::missing(&format!("Microsoft.Compute/disks/{name}"))),
        }
    }

    fn put_volume(
        &mut self,
        place: &Place<'_>,
        name: &str,
        id: Text,
        known: Option<Volume>,
    ) -> Result<Served, Refusal> {
        if let Some(known) = known {
            return Ok(Served::ok(show(&known)));
        }
        let asked = self.fields()?;
        let creation = &asked["properties"]["creationData"];
        let source = creation["sourceResourceId"].as_str().unwrap_or_default();
        let copied = creation["createOption"].as_str() == Some("Copy");
        let snapshot = self.estate.snapshots.get(&*source.to_ascii_lowercase()).cloned();
        let Some(snapshot) = snapshot.filter(|_| copied) else {
            return Err(Refusal::new(
                400,
                "InvalidParameter",
                "creationData has to be a Copy of a snapshot here.",
            ));
        };
        if snapshot.ready > self.estate.now {
            return Err(Refusal::new(409, "OperationNotAllowed", "The snapshot is not complete."));
        }
        let total = u64::from(self.estate.world.total).max(1);
        let volume = Volume {
            label: self.label(place, name, &asked)?,
            size: snapshot.size,
            vm: VmIndex(u32::try_from(snapshot.disk % total).unwrap_or(0)),
            guest: snapshot.guest,
            taken: snapshot.created,
            sectors: BTreeMap::new(),
            attached: None,
            network: DiskNetwork::asked(&asked["properties"]),
        };
        let region = volume.label.region.clone();
        let shown = show(&volume);
        let made = Served { status: 202, ..Served::ok(shown.clone()) };
        self.estate.put_extra(id, Extra::Volume(Box::new(volume)));
        let until = self.estate.in_a(self.estate.world.policy.durations.disk.0);
        let operation = Operation::Later(until, shown);
        Ok(self.following(made, operation, "Microsoft.Compute", &region, Follow::Both))
    }

    fn patch_tags(&mut self, id: &Text) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        let Some(volume) = self.estate.volume_mut(id) else { return Err(Refusal::missing(id)) };
        if let Some(tags) = asked["tags"].as_object() {
            volume.label.tags = tags
                .iter()
                .filter_map(|(key, value)| {
                    Some(Tag { key: key.as_str().into(), value: value.as_str()?.into() })
                })
                .collect();
        }
        Ok(Served::ok(show(volume)))
    }

    /// Changes a machine: another system disk, and nothing else here.
    pub(super) fn patch_vm(&mut self, vm: VmIndex) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        let disk = &asked["properties"]["storageProfile"]["osDisk"];
        let Some(wanted) = disk["managedDisk"]["id"].as_str() else {
            return Err(Refusal::new(400, "InvalidParameter", "Only osDisk is changed here."));
        };
        let before = self.show_vm(vm);
        let own = before["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"].clone();
        let own = own.as_str().unwrap_or_default().to_owned();
        let region = self.estate.place(vm).0.region.clone();
        if !own.eq_ignore_ascii_case(wanted) {
            self.may_swap(vm, wanted)?;
            let to: Text = wanted.to_ascii_lowercase().into();
            let former: Text = own.to_ascii_lowercase().into();
            let known = self.estate.volume(&former).map(|volume| volume.label.clone());
            let label = known.unwrap_or_else(|| Label {
                account: self.account,
                id: own.as_str().into(),
                region: region.clone(),
                zones: Vec::new(),
                tags: Vec::new(),
            });
            self.estate.swap_disk(vm, to, former, label);
        }
        // Answered at once, and followed all the same.
        let shown = Served::ok(self.show_vm(vm));
        let until = self.estate.in_a(self.estate.world.policy.durations.modify.0);
        let operation = Operation::Until(until);
        Ok(self.following(shown, operation, "Microsoft.Compute", &region, Follow::Both))
    }

    fn may_swap(&self, vm: VmIndex, wanted: &str) -> Result<(), Refusal> {
        let state = self.estate.vm(vm);
        if state.power != Power::Stopped || state.stop_charging != StopCharging::Free {
            return Err(Refusal::new(
                409,
                "OperationNotAllowed",
                "The VM has to be deallocated before its OS disk is swapped.",
            ));
        }
        if self.estate.place(vm).0.disk_trouble == Some(Trouble::Bitlocker) {
            return Err(Refusal::new(
                409,
                "OSDiskSwapNotSupportedForVMsUsingDiskEncryption",
                "OS disk swap is not supported for VMs that use disk encryption.",
            ));
        }
        let Some(volume) = self.estate.volume(&wanted.to_ascii_lowercase()) else {
            return Err(Refusal::missing(wanted));
        };
        match &volume.attached {
            None => Ok(()),
            Some(owner) => Err(Refusal::new(
                409,
                "ConflictingUserInput",
                format!("Disk {wanted} cannot be attached because it is owned by {owner}."),
            )),
        }
    }
}

fn show(volume: &Volume) -> Value {
    let mut shown = json!({
        "id": volume.label.id,
        "name": volume.label.name(),
        "location": volume.label.region,
        "zones": volume.label.zones,
        "tags": tags(&volume.label),
        "managedBy": volume.attached,
        "sku": { "name": "Premium_LRS" },
        "properties": {
            "osType": "Windows",
            "hyperVGeneration": "V2",
            "diskSizeGB": volume.size,
            "diskState": if volume.attached.is_some() { "Attached" } else { "Unattached" },
            "provisioningState": "Succeeded",
        },
    });
    DiskNetwork::shown(volume.network, &mut shown);
    shown
}
