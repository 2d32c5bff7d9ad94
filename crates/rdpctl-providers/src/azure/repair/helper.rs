//! The machine that helps: a small Linux of the vendor's own images, with the copy attached and no address of its own.

use std::time::Duration;

use rdpctl_contract::cloud::CloudError;
use rdpctl_disk::change::Change;
use rdpctl_model::ResourceId;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::script::{DONE, Scripts, Sent, UNIT};
use super::{Made, PATIENCE, Patient, at, no_id, tags, unsupported};
use crate::azure::client::{Ask, COMPUTE, NETWORK};
use crate::azure::cloud::AzureCloud;
use crate::azure::pace::Kind;
use crate::azure::small::SIZES;
use crate::moved::say as moved;
use rdpctl_model::Said;

/// What the vendor says where it has no such size for us.
const NO_SIZE: [&str; 7] = [
    "SkuNotAvailable",
    "AllocationFailed",
    "ZonalAllocationFailed",
    "OverconstrainedAllocationRequest",
    "OverconstrainedZonalAllocationRequest",
    "QuotaExceeded",
    "OperationNotAllowed",
];
const LOOK: Duration = Duration::from_secs(3);
/// How often one script is sent where the answer is lost: each does the same again.
const TRIES: u32 = 3;

impl AzureCloud {
    /// Makes the machine with the copy attached, and waits until its agent answers. Says of which size it is.
    pub async fn attach(
        &self,
        patient: &Patient,
        made: &Made,
        stop: &CancellationToken,
    ) -> Result<&'static str, CloudError> {
        let card = json!({
            "location": patient.location,
            "tags": tags(&patient.name),
            "properties": { "ipConfigurations": [{
                "name": "ipconfig1",
                "properties": { "primary": true, "subnet": { "id": patient.subnet } },
            }] },
        });
        self.put(&made.card.id, NETWORK, &card, stop).await?;
        let mut refused = None;
        for size in SIZES {
            let body = machine(patient, made, size);
            match self.put(&made.helper.id, COMPUTE, &body, stop).await {
                Ok(()) => {
                    self.until_it_answers(&made.helper.id, stop).await?;
                    return Ok(size);
                }
                Err(CloudError::Refused { code, action, message, advice, request_id, retry })
                    if NO_SIZE.contains(&code.as_str()) =>
                {
                    refused = Some(CloudError::Refused {
                        code,
                        action,
                        message,
                        advice,
                        request_id,
                        retry,
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or(CloudError::Stopped))
    }

    async fn until_it_answers(
        &self,
        helper: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        let path = format!("{}/instanceView", at(helper).ok_or_else(|| no_id(helper))?.path);
        let began = Instant::now();
        loop {
            let view = self.read(&path, COMPUTE, stop).await?;
            let ready = view["vmAgent"]["statuses"].as_array().into_iter().flatten();
            if ready.filter_map(|one| one["displayStatus"].as_str()).any(|word| word == "Ready") {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(CloudError::NotSettled {
                    what: moved::helpers_agent(),
                    waited: PATIENCE,
                    last: moved::does_not_answer(),
                });
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stop.cancelled() => return Err(CloudError::Stopped),
            }
        }
    }

    /// Sends a change to the machine, which compares, writes and reads back. Says how many scripts that took.
    pub async fn write(
        &self,
        helper: &ResourceId,
        change: &Change,
        stop: &CancellationToken,
    ) -> Result<usize, CloudError> {
        let scripts = Scripts::of(change, &format!("/dev/disk/azure/scsi1/lun{UNIT}"));
        self.send(helper, &scripts.sent, stop).await?;
        let said = self.shell(helper, &scripts.write, stop).await?;
        if said.trim() == DONE {
            return Ok(scripts.sent.pieces.len() + 1);
        }
        Err(unsupported(moved::writing_to_copy(), Said::quoted(said.trim())))
    }

    /// Brings pieces, each checked by its sum.
    pub(super) async fn send(
        &self,
        helper: &ResourceId,
        sent: &Sent,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        for (script, sum) in &sent.pieces {
            let said = self.shell(helper, script, stop).await?;
            if said.trim() != sum {
                return Err(unsupported(moved::sending_sectors(), moved::piece_not_whole(said)));
            }
        }
        Ok(())
    }

    /// Runs a script and gives what it printed.
    pub(super) async fn shell(
        &self,
        helper: &ResourceId,
        script: &str,
        stop: &CancellationToken,
    ) -> Result<String, CloudError> {
        let lines: Vec<&str> = script.lines().collect();
        let body = json!({ "commandId": "RunShellScript", "script": lines });
        let path = format!("{}/runCommand", at(helper).ok_or_else(|| no_id(helper))?.path);
        let client = self.client();
        let mut tries = 1;
        loop {
            let ask = Ask { body: Some(&body), ..Ask::post(&path, COMPUTE, Kind::Once) };
            let ran = match client.call(&ask, stop).await {
                Ok(begun) => client.follow(begun, PATIENCE, stop).await,
                Err(error) => Err(error),
            };
            match ran {
                Ok(answer) => return Ok(printed(answer.as_ref())),
                Err(error) if tries < TRIES && !stop.is_cancelled() => {
                    tracing::debug!(%error, tries, "sending a script again");
                    tokio::time::sleep(LOOK / 3).await;
                    tries += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The machine: no address, a password that nobody knows, its own disk gone with it and the copy not.
fn machine(patient: &Patient, made: &Made, size: &str) -> Value {
    let password = format!("rD9!{}", uuid::Uuid::new_v4());
    json!({
        "location": patient.location,
        "zones": patient.zones,
        "tags": tags(&patient.name),
        "properties": {
            "hardwareProfile": { "vmSize": size },
            "storageProfile": {
                "imageReference": {
                    "publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest",
                },
                "osDisk": {
                    "createOption": "FromImage", "deleteOption": "Delete",
                    "managedDisk": { "storageAccountType": "Standard_LRS" },
                },
                "dataDisks": [{
                    "lun": UNIT, "createOption": "Attach", "caching": "None", "deleteOption": "Detach",
                    "managedDisk": { "id": made.copy.id.as_str() },
                }],
            },
            "osProfile": {
                "computerName": "rdpctl-helper", "adminUsername": "rdpctl", "adminPassword": password,
                "linuxConfiguration": { "disablePasswordAuthentication": false },
            },
            "networkProfile": { "networkInterfaces": [{
                "id": made.card.id.as_str(), "properties": { "primary": true, "deleteOption": "Detach" },
            }] },
        },
    })
}

/// What a script printed, out of the vendor's message around it.
fn printed(answer: Option<&Value>) -> String {
    let message = answer.and_then(|answer| answer["value"][0]["message"].as_str());
    let message = message.unwrap_or_default();
    let behind = message.split_once("[stdout]\n").map_or(message, |(_, behind)| behind);
    behind.split_once("\n[stderr]").map_or(behind, |(out, _)| out).to_owned()
}
