//! Starting and restarting VMs.

use std::time::Duration;

use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::outcome::Receipt;
use tokio::time::Instant;

use super::{Changer, already, busy, done, no_id};
use crate::azure::arm::View;
use crate::azure::client::{Ask, COMPUTE};
use crate::azure::id::ArmId;
use crate::azure::pace::Kind;
use crate::moved::say as moved;
use crate::said::say;
use rdpctl_model::Said;

/// How long a start may take; without room for it, it takes minutes until that is said.
pub(super) const PATIENCE: Duration = Duration::from_mins(15);

/// How often it is looked whether somebody else is done.
const LOOK: Duration = Duration::from_secs(5);

impl Changer<'_> {
    pub(super) async fn start(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        let vm = ArmId::of(&order.instance).ok_or_else(|| no_id(&order.instance))?;
        if self.power(&vm).await? == "running" {
            return Ok(already(say::runs_already()));
        }
        self.until_running(&vm, "start", say::started()).await
    }

    pub(super) async fn reboot(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        let vm = ArmId::of(&order.instance).ok_or_else(|| no_id(&order.instance))?;
        self.until_running(&vm, "restart", say::restarted()).await
    }

    /// Does something and waits until the VM runs. While somebody else is at it, it is asked for again.
    async fn until_running(
        &self,
        vm: &ArmId,
        verb: &str,
        did: Said,
    ) -> Result<Receipt, CloudError> {
        let began = Instant::now();
        let path = format!("{}/{verb}", vm.path);
        let ask = Ask::post(&path, COMPUTE, Kind::Write);
        loop {
            match self.client.call(&ask, self.stop).await {
                Ok(begun) => {
                    self.client.follow(begun, PATIENCE, self.stop).await?;
                    break;
                }
                Err(error) if busy(&error) && began.elapsed() < PATIENCE => self.rest().await?,
                Err(error) => return Err(error.into()),
            }
        }
        // An operation that says it succeeded and did nothing is not a start.
        loop {
            let power = self.power(vm).await?;
            match power.as_str() {
                "running" => return Ok(done(did)),
                "starting" | "" if began.elapsed() < PATIENCE => self.rest().await?,
                _ => {
                    return Err(CloudError::NotSettled {
                        what: Said::quoted(ask.action()),
                        waited: began.elapsed(),
                        last: moved::vm_is(power),
                    });
                }
            }
        }
    }

    pub(super) async fn rest(&self) -> Result<(), CloudError> {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => Ok(()),
            () = self.stop.cancelled() => Err(CloudError::Stopped),
        }
    }

    /// The vendor's word for a VM's power state.
    pub(super) async fn power(&self, vm: &ArmId) -> Result<String, CloudError> {
        let path = format!("{}/instanceView", vm.path);
        let view = self.client.call(&Ask::get(&path, COMPUTE), self.stop).await?;
        Ok(view.read::<View>()?.power().to_ascii_lowercase())
    }
}
