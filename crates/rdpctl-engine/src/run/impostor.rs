//! Whoever answers in a guest's place: what a proof saw from outside, held against the certificate that the guest reports.

use std::collections::HashSet;

use rdpctl_facets::{Whose, whose_certificate};
use rdpctl_model::{Evidence, InstanceName, ResourceId, SourceKey, Survey};

use super::Scene;
use crate::refresh::{Depth, look_again};

/// Who was looked at from outside, and what was seen there.
type Door = (InstanceName, ResourceId, Survey);

/// What is remembered of them during one proof.
#[derive(Default)]
pub(super) struct Impostors {
    /// Guests that were asked again, since the run itself may have changed the certificate that they had.
    asked: HashSet<ResourceId>,
}

impl Impostors {
    /// Those behind whose doors somebody else answers. Of a guest that says nothing nothing is claimed.
    pub(super) async fn among(
        &mut self,
        scene: &Scene,
        waiting: &[(SourceKey, ResourceId)],
        doors: &[Door],
    ) -> Vec<ResourceId> {
        let suspects = strangers(scene, doors.iter().collect()).await;
        let again: Vec<(SourceKey, ResourceId)> = waiting
            .iter()
            .filter(|(_, one)| suspects.iter().any(|(_, id, _)| id == one))
            .filter(|(_, one)| self.asked.insert(one.clone()))
            .cloned()
            .collect();
        if again.is_empty() {
            return suspects.into_iter().map(|(_, id, _)| id.clone()).collect();
        }
        let looked = look_again(
            &scene.estate,
            &scene.hands.eyes(),
            scene.store.as_ref(),
            &scene.permit.author(),
            &again,
            Depth::Guest,
            &scene.stop,
        )
        .await;
        if looked.is_err() {
            return Vec::new();
        }
        strangers(scene, suspects).await.into_iter().map(|(_, id, _)| id.clone()).collect()
    }
}

/// Those whose guests, as far as is known, hold no such certificate.
async fn strangers<'a>(scene: &Scene, doors: Vec<&'a Door>) -> Vec<&'a Door> {
    let names: Vec<InstanceName> = doors.iter().map(|(name, ..)| name.clone()).collect();
    let Ok(known) = scene.store.evidence(&names).await else { return Vec::new() };
    let compared = doors.into_iter().zip(known);
    compared
        .filter(|((_, _, survey), known)| known.as_ref().is_some_and(|it| is_strange(it, survey)))
        .map(|(door, _)| door)
        .collect()
}

fn is_strange(known: &Evidence, door: &Survey) -> bool {
    let (Some(guest), None, Ok(outside)) =
        (&known.guest.answer, &known.guest.failed, &door.outside)
    else {
        return false;
    };
    match whose_certificate(&guest.said, guest.at, outside) {
        Whose::Stranger | Whose::Younger | Whose::Disowned => true,
        Whose::Own | Whose::Former | Whose::Nobody | Whose::Vouched | Whose::NotCompared => false,
    }
}
