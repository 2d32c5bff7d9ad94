//! The calls of a repair: stop, copy, attach to a machine that helps, write, swap. Each may be made again after a kill: what
//! is there already is taken as it is.

mod afar;
mod helper;
mod script;

use std::time::Duration;

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::ResourceId;
use rdpctl_model::outcome::{Created, CreatedKind};
use rdpctl_model::repair::NoLink;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

pub use afar::Program;
pub use script::Scripts;

use super::change::{TAG, TAG_INSTANCE, TAG_VALUE};
use super::client::{Ask, COMPUTE, DISKS, NETWORK};
use super::cloud::AzureCloud;
use super::id::ArmId;
use super::network;
use super::pace::Kind;
use crate::moved::say as moved;
use rdpctl_model::Said;

/// How long the vendor may take over one call's work.
const PATIENCE: Duration = Duration::from_mins(15);

/// The machine whose disk is repaired.
#[derive(Clone, Debug)]
pub struct Patient {
    location: String,
    zones: Vec<String>,
    /// Its system disk.
    pub disk: ResourceId,
    /// How large that is, in GiB.
    pub size: u64,
    /// When the machine that has it was last started or deallocated, as the vendor writes it.
    pub owned: Option<String>,
    sku: Value,
    generation: Value,
    /// From where its disk may be read.
    network: Map<String, Value>,
    /// Why its disk gives no link, as it says itself.
    pub no_link: Option<NoLink>,
    subnet: String,
    name: String,
}

/// What is made for a repair, by the names under which it is found again.
#[derive(Clone, Debug)]
pub struct Made {
    /// The copy of the disk.
    pub copy: Created,
    /// The helper's network interface.
    pub card: Created,
    /// The machine that helps.
    pub helper: Created,
}

impl AzureCloud {
    /// The commands that do by hand, with a Windows VM, what cannot be done from here.
    #[must_use]
    pub fn by_hand(vm: &ResourceId) -> String {
        let (group, name) = at(vm).map_or_else(Default::default, |at| (at.group, at.name));
        format!(
            "`az vm repair create -g {group} -n {name}`, mend the copy there, and `az vm repair restore -g {group} -n {name}`"
        )
    }

    /// Reads what a repair has to know, and refuses what cannot be repaired so.
    pub async fn patient(
        &self,
        vm: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<Patient, CloudError> {
        let at = at(vm).ok_or_else(|| no_id(vm))?;
        let model = self.read(&at.path, COMPUTE, stop).await?;
        let properties = &model["properties"];
        let os_disk = &properties["storageProfile"]["osDisk"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let disk = text(&os_disk["managedDisk"]["id"]);
        let group = &at.group;
        let refused = |why: Said| unsupported(moved::repairing(at.short()), why);
        let by_hand = format!("az vm repair create -g {group} -n {}", at.name);
        if disk.is_empty() {
            return Err(refused(moved::not_managed(by_hand)));
        }
        if !os_disk["diffDiskSettings"].is_null() {
            return Err(refused(moved::ephemeral()));
        }
        if text(&properties["securityProfile"]["securityType"]) == "ConfidentialVM" {
            return Err(refused(moved::confidential()));
        }
        let shown = self.read(&disk, DISKS, stop).await?;
        let encrypted = shown["properties"]["encryptionSettingsCollection"]["enabled"]
            == json!(true)
            || !os_disk["encryptionSettings"].is_null();
        if encrypted {
            return Err(refused(moved::encrypted(
                by_hand,
                format!("az vm repair restore -g {group} -n {}", at.name),
            )));
        }
        let card = text(&properties["networkProfile"]["networkInterfaces"][0]["id"]);
        let card = self.read(&card, NETWORK, stop).await?;
        let zones = model["zones"].as_array().into_iter().flatten();
        Ok(Patient {
            location: text(&model["location"]),
            zones: zones.filter_map(|zone| zone.as_str().map(str::to_owned)).collect(),
            disk: ResourceId::new(disk),
            owned: owned(&shown),
            size: shown["properties"]["diskSizeGB"].as_u64().unwrap_or(0),
            sku: json!({ "name": shown["sku"]["name"] }),
            generation: shown["properties"]["hyperVGeneration"].clone(),
            network: network::kept(&shown["properties"]),
            no_link: network::no_link(&shown["properties"]),
            subnet: text(&card["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"]),
            name: at.short(),
        })
    }

    /// Under which names a repair's things are found again.
    #[must_use]
    pub fn made_for(&self, vm: &ResourceId, token: &str) -> Option<Made> {
        let at = at(vm)?;
        let made = |kind, namespace: &str| Created {
            kind,
            provider: self.provider_name().clone(),
            id: ResourceId::new(at.sibling(namespace, token)),
        };
        Some(Made {
            copy: made(CreatedKind::Disk, "Microsoft.Compute/disks"),
            card: made(CreatedKind::Nic, "Microsoft.Network/networkInterfaces"),
            helper: made(CreatedKind::Vm, "Microsoft.Compute/virtualMachines"),
        })
    }

    /// Stops a VM so that nothing is charged for it and its disk can be swapped.
    pub async fn stop_vm(
        &self,
        vm: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        let at = at(vm).ok_or_else(|| no_id(vm))?;
        let path = format!("{}/deallocate", at.path);
        let client = self.client();
        let begun = client.call(&Ask::post(&path, COMPUTE, Kind::Write), stop).await?;
        client.follow(begun, PATIENCE, stop).await?;
        Ok(())
    }

    /// Makes a disk of a snapshot, like the one that it is a copy of.
    pub async fn copy_disk(
        &self,
        patient: &Patient,
        snapshot: &ResourceId,
        copy: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        let body = json!({
            "location": patient.location,
            "zones": patient.zones,
            "sku": patient.sku,
            "tags": tags(&patient.name),
            "properties": {
                "osType": "Windows",
                "hyperVGeneration": patient.generation,
                "creationData": { "createOption": "Copy", "sourceResourceId": snapshot.as_str() },
            },
        });
        self.put(copy, DISKS, &network::closed_alike(body, &patient.network), stop).await
    }

    /// The system disk of a VM.
    pub async fn os_disk(
        &self,
        vm: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<ResourceId, CloudError> {
        let model = self.read(&at(vm).ok_or_else(|| no_id(vm))?.path, COMPUTE, stop).await?;
        let id = model["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"].as_str();
        Ok(ResourceId::new(id.unwrap_or_default()))
    }

    /// When the machine that has a disk was last started or deallocated, as the vendor writes it.
    pub async fn last_owned(
        &self,
        disk: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<Option<String>, CloudError> {
        let at = at(disk).ok_or_else(|| no_id(disk))?;
        Ok(owned(&self.read(&at.path, DISKS, stop).await?))
    }

    /// Puts another system disk into a VM that is stopped.
    pub async fn swap_disk(
        &self,
        vm: &ResourceId,
        disk: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        let (at, to) = (at(vm).ok_or_else(|| no_id(vm))?, at(disk).ok_or_else(|| no_id(disk))?);
        let os_disk = json!({ "managedDisk": { "id": to.path }, "name": to.name });
        let body = json!({ "properties": { "storageProfile": { "osDisk": os_disk } } });
        let ask = Ask { method: reqwest::Method::PATCH, ..Ask::put(&at.path, COMPUTE, &body) };
        let client = self.client();
        let begun = client.call(&ask, stop).await?;
        client.follow(begun, PATIENCE, stop).await?;
        let now = self.os_disk(vm, stop).await?;
        if now.as_str().eq_ignore_ascii_case(disk.as_str()) {
            return Ok(());
        }
        Err(CloudError::NotSettled {
            what: moved::swapping(at.short()),
            waited: PATIENCE,
            last: moved::its_disk_is(now.as_str()),
        })
    }

    /// Marks a disk that a VM had before, so that it may be given back once its time is over.
    pub async fn mark_former(
        &self,
        vm: &ResourceId,
        disk: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        let (owner, at) = (at(vm).ok_or_else(|| no_id(vm))?, at(disk).ok_or_else(|| no_id(disk))?);
        let known = self.read(&at.path, DISKS, stop).await?;
        let mut all = known["tags"].as_object().cloned().unwrap_or_default();
        if let Value::Object(own) = tags(&owner.short()) {
            all.extend(own);
        }
        let body = json!({ "tags": all });
        let ask = Ask { method: reqwest::Method::PATCH, ..Ask::put(&at.path, DISKS, &body) };
        let client = self.client();
        let begun = client.call(&ask, stop).await?;
        client.follow(begun, PATIENCE, stop).await?;
        Ok(())
    }

    async fn read(
        &self,
        path: &str,
        version: &str,
        stop: &CancellationToken,
    ) -> Result<Value, CloudError> {
        let answer = self.client().call(&Ask::get(path, version), stop).await?;
        Ok(answer.read::<Value>()?)
    }

    async fn put(
        &self,
        id: &ResourceId,
        version: &str,
        body: &Value,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        let at = at(id).ok_or_else(|| no_id(id))?;
        let client = self.client();
        let begun = client.call(&Ask::put(&at.path, version, body), stop).await?;
        client.follow(begun, PATIENCE, stop).await?;
        Ok(())
    }
}

fn owned(disk: &Value) -> Option<String> {
    disk["properties"]["LastOwnershipUpdateTime"].as_str().map(str::to_owned)
}

fn tags(instance: &str) -> Value {
    json!({ TAG: TAG_VALUE, TAG_INSTANCE: instance })
}

fn at(id: &ResourceId) -> Option<ArmId> {
    ArmId::of(id)
}

fn no_id(id: &ResourceId) -> CloudError {
    unsupported(moved::id(id.as_str()), moved::no_id_of_azure())
}

const fn unsupported(what: Said, why: Said) -> CloudError {
    CloudError::Unsupported { what, why }
}
