//! Managed disks and snapshots of them.

use serde_json::{Value, json};

use super::{
    call::{Call, Follow, Served},
    place::{Kind, Place},
    refusal::Refusal,
    work::Operation,
};
use crate::{
    estate::Snapshot,
    image::Trouble,
    world::{DiskNetwork, Tag, Text, VmIndex},
};

/// How much of a list is on a page.
const PAGE: usize = 100;

impl Call<'_> {
    pub(super) fn disk_request(
        &mut self,
        method: &str,
        place: &Place<'_>,
    ) -> Result<Served, Refusal> {
        match (method, place.name) {
            ("GET", Some(name)) if self.volume_id(place, name).is_none() => {
                let vm = self.vm_of_disk(place.group, name)?;
                Ok(Served::ok(self.show_disk(vm)))
            }
            (_, Some(name)) => self.volume_request(method, place, name),
            ("GET", None) => {
                let vms = self.vms();
                Ok(Served::ok(self.page(&vms, PAGE, |vm| self.show_disk(*vm))))
            }
            _ => Err(Refusal::new(405, "MethodNotAllowed", "This is not served here.")),
        }
    }

    pub(super) fn snapshot_request(
        &mut self,
        method: &str,
        place: &Place<'_>,
    ) -> Result<Served, Refusal> {
        let Some(name) = place.name else {
            let mut all: Vec<Text> = self.own_snapshots();
            all.retain(|id| place.group.is_none_or(|group| in_group(id, group)));
            return Ok(Served::ok(self.page(&all, PAGE, |id| self.show_snapshot(id))));
        };
        let id = self.snapshot_id(place, name);
        let there = self.estate.snapshots.contains_key(&id);
        match (method, place.rest.first().copied()) {
            ("PUT", None) => self.put_snapshot(&id),
            ("GET", None) if there => Ok(Served::ok(self.show_snapshot(&id))),
            ("DELETE", None) if there => self.delete_snapshot(&id),
            ("POST", Some(verb)) if there && verb.eq_ignore_ascii_case("beginGetAccess") => {
                self.begin_access(&id)
            }
            ("POST", Some(verb)) if there && verb.eq_ignore_ascii_case("endGetAccess") => {
                Ok(self.end_access(&id))
            }
            ("POST", Some(_)) if !there => {
                Err(Refusal::missing(&format!("Microsoft.Compute/snapshots/{name}")))
            }
            ("DELETE", None) => Ok(Served::empty(204)),
            ("GET", None) => Err(Refusal::missing(&format!("Microsoft.Compute/snapshots/{name}"))),
            _ => Err(Refusal::new(405, "MethodNotAllowed", "This is not served here.")),
        }
    }

    fn put_snapshot(&mut self, id: &Text) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        let creation = &asked["properties"]["creationData"];
        let bad = |what: &str| Refusal::new(400, "InvalidParameter", what.to_owned());
        if creation["createOption"].as_str() != Some("Copy") {
            return Err(bad("creationData.createOption has to be Copy here."));
        }
        let source = creation["sourceResourceId"].as_str().unwrap_or_default();
        let from = Place::parse(source).filter(|place| place.kind == Kind::Disk);
        let vm = match from.and_then(|from| Some((from.group, from.name?))) {
            Some((group, name)) => self.vm_of_disk(group, name)?,
            None => return Err(bad("creationData.sourceResourceId names no disk.")),
        };
        let (cohort, _) = self.estate.place(vm);
        let (account, region, zone) = (cohort.account, cohort.region.clone(), cohort.zone.clone());
        let number = self.estate.world.disk_number(vm, 0);
        if let Some(known) = self.estate.snapshots.get(id) {
            if known.disk != number {
                return Err(Refusal::new(
                    409,
                    "PropertyChangeNotAllowed",
                    "Changing property 'creationData' is not allowed.",
                ));
            }
            return Ok(Served::ok(self.show_snapshot(id)));
        }
        let tags = asked["tags"].as_object().into_iter().flatten();
        let tags = tags.filter_map(|(key, value)| {
            Some(Tag { key: key.as_str().into(), value: value.as_str()?.into() })
        });
        let tags: Vec<Tag> = tags.collect();
        let now = self.estate.now;
        let ready = self.estate.in_a(self.estate.world.policy.durations.snapshot.0);
        let guest = self.estate.vm(vm).guest.clone();
        let name = id.rsplit('/').next().unwrap_or_default().into();
        let size = self.estate.disk(number).map_or(127, |disk| disk.size);
        let asked_network = DiskNetwork::asked(&asked["properties"]);
        let network = self.estate.world.policy.snapshot_network.or(asked_network);
        let snapshot = Snapshot {
            account,
            region: region.clone(),
            zone,
            name,
            disk: number,
            system: true,
            size,
            created: now,
            ready,
            deadline: None,
            rolling_back: false,
            lent: None,
            network,
            tags,
            guest,
        };
        self.estate.add_snapshot(id.clone(), snapshot);
        let shown = self.show_snapshot(id);
        let begun = Served { status: 202, ..Served::ok(shown.clone()) };
        let operation = Operation::Later(ready, shown);
        Ok(self.following(begun, operation, "Microsoft.Compute", &region, Follow::Both))
    }

    fn delete_snapshot(&mut self, id: &Text) -> Result<Served, Refusal> {
        if self.is_lent(id) {
            return Err(Refusal::new(
                409,
                "OperationNotAllowed",
                "There is an active shared access signature outstanding for the snapshot. Call EndGetAccess before deleting it.",
            ));
        }
        let region = self.estate.snapshots.get(id).map(|known| known.region.clone());
        self.estate.drop_snapshot(id);
        let operation = Operation::Until(self.estate.now);
        let region = region.unwrap_or_else(|| "".into());
        let begun = Served::empty(202);
        Ok(self.following(begun, operation, "Microsoft.Compute", &region, Follow::Both))
    }

    /// The VM whose system disk has that name.
    pub(super) fn vm_of_disk(&self, group: Option<&str>, name: &str) -> Result<VmIndex, Refusal> {
        let lower = name.to_ascii_lowercase();
        let suffix = format!("/disks/{lower}");
        // A disk that was put into the place of its own.
        let given = self.vms().into_iter().find(|vm| {
            let own = self.estate.vm(*vm).os_disk.clone();
            own.is_some_and(|own| own.ends_with(&suffix))
        });
        if let Some(vm) = given {
            return Ok(vm);
        }
        let vm = lower.strip_suffix("-os").and_then(|vm| self.vm(group, vm).ok());
        let vm = vm.filter(|vm| self.estate.vm(*vm).os_disk.is_none());
        vm.ok_or_else(|| Refusal::missing(&format!("Microsoft.Compute/disks/{name}")))
    }

    /// Under which a snapshot is kept: its id, without case.
    fn snapshot_id(&self, place: &Place<'_>, name: &str) -> Text {
        let (subscription, group) = (self.subscription(), place.group.unwrap_or_default());
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/snapshots/{name}"
        );
        id.to_ascii_lowercase().into()
    }

    fn own_snapshots(&self) -> Vec<Text> {
        let own = self.estate.snapshots.iter().filter(|(_, one)| one.account == self.account);
        own.map(|(id, _)| id.clone()).collect()
    }

    fn show_disk(&self, vm: VmIndex) -> Value {
        let name = format!("{}-os", self.estate.vm_name(vm));
        let (cohort, _) = self.estate.world.place(vm);
        let state = self.estate.vm(vm);
        let (on, owned) = (state.power.is_on(), state.owned.unwrap_or(self.estate.born()));
        let mut shown = json!({
            "id": self.estate.world.arm_id(vm, Kind::Disk.name(), &name),
            "name": name,
            "type": Kind::Disk.name(),
            "location": cohort.region,
            "managedBy": self.estate.world.vm_id(vm),
            "sku": { "name": "Premium_LRS" },
            "properties": {
                "osType": "Windows",
                "hyperVGeneration": "V2",
                "diskSizeGB": cohort.system_disk.size,
                "encryptionSettingsCollection": encryption(cohort.disk_trouble),
                "diskState": if on { "Attached" } else { "Reserved" },
                "LastOwnershipUpdateTime": owned.to_string(),
                "provisioningState": "Succeeded",
            },
        });
        DiskNetwork::shown(cohort.disk_network, &mut shown);
        shown
    }

    fn show_snapshot(&self, id: &Text) -> Value {
        let Some(known) = self.estate.snapshots.get(id) else { return Value::Null };
        let whole = known.ready <= self.estate.now;
        let tags: serde_json::Map<String, Value> = known
            .tags
            .iter()
            .map(|tag| (tag.key.to_string(), Value::String(tag.value.to_string())))
            .collect();
        let mut shown = json!({
            "id": id,
            "name": known.name,
            "type": Kind::Snapshot.name(),
            "location": known.region,
            "sku": { "name": "Standard_LRS" },
            "tags": tags,
            "properties": {
                "osType": "Windows",
                "hyperVGeneration": "V2",
                "incremental": true,
                "diskSizeGB": known.size,
                "diskState": if self.arm.links.values().any(|link| link.snapshot == *id) {
                    "ActiveSAS"
                } else {
                    "Unattached"
                },
                "provisioningState": if whole { "Succeeded" } else { "Creating" },
                "completionPercent": if whole { 100.0 } else { 0.0 },
            },
        });
        DiskNetwork::shown(known.network, &mut shown);
        shown
    }
}

/// Whether an id, in lower case, lies in a group.
fn in_group(id: &str, group: &str) -> bool {
    id.contains(&format!("/resourcegroups/{}/", group.to_ascii_lowercase()))
}

/// What the vendor shows of a disk that its extension encrypted.
fn encryption(trouble: Option<Trouble>) -> Value {
    if trouble == Some(Trouble::Bitlocker) {
        json!({ "enabled": true, "encryptionSettingsVersion": "1.1" })
    } else {
        Value::Null
    }
}
