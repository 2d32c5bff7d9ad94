//! Machines that were made to help for a time: Linux, with somebody else's disk attached and scripts run in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    call::{Call, Follow, Served},
    cards::tags,
    place::Place,
    refusal::Refusal,
    work::Operation,
};
use crate::{
    estate::{Extra, Helper},
    world::Text,
};

/// How much of what a script printed comes back.
const KEPT: usize = 4096;
/// No script is told of earlier.
const SCRIPT: Duration = Duration::from_secs(20);
/// How long a script may be where the world says nothing.
const LONGEST: usize = 256 << 10;

impl Call<'_> {
    pub(super) fn helper_request(
        &mut self,
        method: &str,
        place: &Place<'_>,
        name: &str,
        missing: Refusal,
    ) -> Result<Served, Refusal> {
        let id = self.extra_id(place, name);
        let known = match self.estate.extras.get(&id) {
            Some(Extra::Helper(helper)) => Some(helper.clone()),
            Some(Extra::Volume(_) | Extra::Card(_) | Extra::Command(_)) | None => None,
        };
        let verb = place.rest.first().copied().unwrap_or_default().to_ascii_lowercase();
        match (method, verb.as_str(), known) {
            ("PUT", "", known) => self.put_helper(place, name, id, known),
            ("GET", "", Some(helper)) => {
                let mut shown = show(&helper);
                shown["properties"]["instanceView"] = self.view(&helper);
                Ok(Served::ok(shown))
            }
            ("GET", "instanceview", Some(helper)) => Ok(Served::ok(self.view(&helper))),
            ("DELETE", "", Some(helper)) => {
                self.estate.drop_extra(&id);
                if let Some(volume) = self.estate.volume_mut(&helper.disk) {
                    volume.attached = None;
                }
                if let Some(Extra::Card(card)) = self.estate.extras.get(&helper.card).cloned() {
                    let card = crate::estate::Card { helper: None, ..card };
                    self.estate.put_extra(helper.card, Extra::Card(card));
                }
                let until = self.estate.in_a(self.estate.world.policy.durations.stop.0);
                let (begun, operation) = (Served::empty(202), Operation::Until(until));
                let region = helper.label.region;
                Ok(self.following(begun, operation, "Microsoft.Compute", &region, Follow::Both))
            }
            ("DELETE", "", None) => Ok(Served::empty(204)),
            ("POST", "runcommand", Some(helper)) => self.helper_command(&id, &helper),
            _ => Err(missing),
        }
    }

    fn put_helper(
        &mut self,
        place: &Place<'_>,
        name: &str,
        id: Text,
        known: Option<Helper>,
    ) -> Result<Served, Refusal> {
        if let Some(known) = known {
            return Ok(Served::ok(show(&known)));
        }
        let asked = self.fields()?;
        let properties = &asked["properties"];
        let bad = |what: &str| Refusal::new(400, "InvalidParameter", what.to_owned());
        let storage = &properties["storageProfile"];
        if storage["imageReference"]["publisher"].as_str() != Some("Canonical") {
            return Err(bad("imageReference names no image that is here."));
        }
        let attached = &storage["dataDisks"][0];
        let (Some(disk), Some(unit), Some("Attach")) = (
            attached["managedDisk"]["id"].as_str(),
            attached["lun"].as_u64(),
            attached["createOption"].as_str(),
        ) else {
            return Err(bad("dataDisks have to be attached here."));
        };
        let disk: Text = disk.to_ascii_lowercase().into();
        match self.estate.volume(&disk) {
            None => return Err(Refusal::missing(&disk)),
            Some(volume) if volume.attached.is_some() => {
                return Err(Refusal::new(409, "ConflictingUserInput", "The disk is in use."));
            }
            Some(_) => {}
        }
        let card = &properties["networkProfile"]["networkInterfaces"][0]["id"];
        let card: Text = card.as_str().unwrap_or_default().to_ascii_lowercase().into();
        let Some(Extra::Card(nic)) = self.estate.extras.get(&card).cloned() else {
            return Err(Refusal::not_found(&card));
        };
        let profile = &properties["osProfile"];
        let keys = &profile["linuxConfiguration"]["ssh"]["publicKeys"];
        if profile["adminPassword"].as_str().is_none_or(|word| word.len() < 12) && keys.is_null() {
            return Err(bad("adminPassword does not satisfy the requirements."));
        }
        let helper = Helper {
            label: self.label(place, name, &asked)?,
            size: properties["hardwareProfile"]["vmSize"].as_str().unwrap_or_default().into(),
            card: card.clone(),
            disk: disk.clone(),
            unit,
            ready: self.estate.in_a(self.estate.world.policy.durations.boot.0),
            files: BTreeMap::new(),
            runs: BTreeSet::new(),
        };
        let region = helper.label.region.clone();
        let made = Served { status: 201, ..Served::ok(show(&helper)) };
        self.estate
            .put_extra(card, Extra::Card(crate::estate::Card { helper: Some(id.clone()), ..nic }));
        if let Some(volume) = self.estate.volume_mut(&disk) {
            volume.attached = Some(id.clone());
        }
        self.estate.put_extra(id, Extra::Helper(helper));
        self.estate.meanwhile(&disk);
        let until = self.estate.in_a(self.estate.world.policy.durations.start.0);
        let operation = Operation::Until(until);
        Ok(self.following(made, operation, "Microsoft.Compute", &region, Follow::Both))
    }

    fn view(&self, helper: &Helper) -> Value {
        let ready = helper.ready <= self.estate.now;
        json!({
            "osName": "ubuntu",
            "statuses": [
                { "code": "ProvisioningState/succeeded", "displayStatus": "Provisioning succeeded" },
                { "code": "PowerState/running", "displayStatus": "VM running" },
            ],
            "vmAgent": { "statuses": [{
                "code": if ready { "ProvisioningState/succeeded" } else { "ProvisioningState/Unavailable" },
                "displayStatus": if ready { "Ready" } else { "Not Ready" },
            }] },
        })
    }

    fn helper_command(&mut self, id: &Text, helper: &Helper) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        if asked["commandId"].as_str() != Some("RunShellScript") {
            return Err(Refusal::new(404, "NotFound", "The entity was not found."));
        }
        if helper.ready > self.estate.now {
            return Err(Refusal::new(
                409,
                "VMAgentStatusCommunicationError",
                "VM has reported a failure when processing extensions: the VM agent is not ready.",
            ));
        }
        let lines: Vec<&str> =
            asked["script"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let script = lines.join("\n");
        if script.len() > self.estate.world.policy.script_limit.unwrap_or(LONGEST) {
            return Err(Refusal::new(400, "InvalidParameter", "The script is too long."));
        }
        let printed = self.estate.run_in_helper(id, &script);
        let end = |bytes: &[u8]| {
            let kept = &bytes[bytes.len().saturating_sub(KEPT)..];
            String::from_utf8_lossy(kept).into_owned()
        };
        let message = format!(
            "Enable succeeded: \n[stdout]\n{}\n[stderr]\n{}",
            end(&printed.out),
            end(&printed.err)
        );
        let answer = json!({ "value": [{
            "code": "ProvisioningState/succeeded",
            "level": "Info",
            "displayStatus": "Provisioning succeeded",
            "message": message,
        }] });
        let due = self.estate.in_a(self.estate.world.policy.durations.delivery.0.max(SCRIPT));
        let (accepted, region) = (Served::empty(202), helper.label.region.clone());
        let operation = Operation::Later(due, answer);
        Ok(self.following(accepted, operation, "Microsoft.Compute", &region, Follow::Both))
    }
}

fn show(helper: &Helper) -> Value {
    json!({
        "id": helper.label.id,
        "name": helper.label.name(),
        "location": helper.label.region,
        "zones": helper.label.zones,
        "tags": tags(&helper.label),
        "properties": {
            "provisioningState": "Succeeded",
            "hardwareProfile": { "vmSize": helper.size },
            "storageProfile": {
                "osDisk": { "osType": "Linux" },
                "dataDisks": [{ "lun": helper.unit, "managedDisk": { "id": helper.disk } }],
            },
            "networkProfile": { "networkInterfaces": [{ "id": helper.card }] },
        },
    })
}
