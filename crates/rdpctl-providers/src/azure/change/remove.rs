//! Deleting what was made for a repair, where it carries our tag.

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::Said;
use rdpctl_model::outcome::Receipt;
use serde_json::Value;

use super::{Changer, PATIENCE, TAG, TAG_VALUE, already, done, unsupported};
use crate::azure::client::Ask;
use crate::azure::id::ArmId;
use crate::moved::say as moved;
use crate::said::say;

impl Changer<'_> {
    /// Deletes a disk, an interface or a VM. What is gone already is given back.
    pub(in crate::azure) async fn remove(
        &self,
        path: &str,
        version: &str,
    ) -> Result<Receipt, CloudError> {
        let at = ArmId::parse(path)
            .ok_or_else(|| unsupported(Said::quoted(path), moved::no_id_of_azure()))?;
        let known = match self.client.call(&Ask::get(&at.path, version), self.stop).await {
            Ok(answer) => answer.read::<Value>()?,
            Err(error) if error.is_missing() => {
                return Ok(already(say::gone(at.short())));
            }
            Err(error) => return Err(error.into()),
        };
        if known["tags"][TAG].as_str() != Some(TAG_VALUE) {
            return Err(unsupported(moved::deleting(at.short()), moved::not_ours()));
        }
        if let Some(owner) = known["managedBy"].as_str().filter(|owner| !owner.is_empty()) {
            return Err(unsupported(moved::deleting(at.short()), moved::attached_to(owner)));
        }
        match self.client.call(&Ask::delete(&at.path, version), self.stop).await {
            Ok(begun) => {
                let patience = PATIENCE * 5;
                self.client.follow(begun, patience, self.stop).await?;
            }
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.into()),
        }
        Ok(done(say::deleted(at.short())))
    }
}
