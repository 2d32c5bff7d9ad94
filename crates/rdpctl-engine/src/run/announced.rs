//! What an order will make is on record before the order is sent, so that a kill in between leaves nothing unlisted.

use std::collections::BTreeMap;

use rdpctl_contract::store::Made;
use rdpctl_contract::{CloudChanger, CloudError, CloudOrder, StoreError};
use rdpctl_model::InstanceName;
use rdpctl_model::outcome::{Created, JournalSubject, Receipt};

use super::Scene;

/// Enters it, by the places of the orders.
pub(super) async fn enter(
    scene: &Scene,
    cloud: &dyn CloudChanger,
    orders: impl Iterator<Item = (&InstanceName, &CloudOrder)>,
) -> Result<BTreeMap<usize, Created>, StoreError> {
    let (by, at) = (scene.permit.author(), scene.hands.clock.now());
    let mut all = BTreeMap::new();
    for (place, (name, order)) in orders.enumerate() {
        let Some(created) = cloud.announced(order) else { continue };
        let subject = JournalSubject::Instance(name.clone());
        scene.store.enter(&by, &Made { subject, created: created.clone(), at }).await?;
        all.insert(place, created);
    }
    Ok(all)
}

/// What has got another id, or was refused before anything was made, is not on record under its former name any more.
pub(super) async fn settle(
    scene: &Scene,
    announced: Option<&Created>,
    answer: &Result<Receipt, CloudError>,
) {
    let Some(announced) = announced else { return };
    let is_over = match answer {
        Ok(receipt) => receipt.created.as_ref().is_some_and(|made| made != announced),
        Err(error) => match error {
            CloudError::Refused { .. }
            | CloudError::Credentials { .. }
            | CloudError::Unsupported { .. }
            | CloudError::NotGranted { .. }
            | CloudError::Stale { .. } => true,
            CloudError::Unreachable { .. }
            | CloudError::NotSettled { .. }
            | CloudError::Garbled { .. }
            | CloudError::Stopped => false,
        },
    };
    if is_over {
        // An entry that stays is looked for when its time is over, and found to be gone.
        let _ = scene.store.released(&scene.permit.author(), announced).await;
    }
}
