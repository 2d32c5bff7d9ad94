//! What becomes of conclusions about a machine whose disk answered, because nothing in its Windows did.

use std::sync::Arc;

use rdpctl_model::assessment::{Assessment, Assessments};
use rdpctl_model::facet::World;
use rdpctl_model::step::{Disruption, Guarded};
use rdpctl_model::{FacetId, Step, Verdict};

/// What the next start does by itself is no step; the others ask for `offline-repair` and disturb nobody, since nothing
/// runs. What only a running machine shows does not apply.
pub(crate) fn on_disk(facets: &mut Assessments) {
    for facet in FacetId::ALL {
        let Some(assessment) = &facets[facet] else { continue };
        let changed = if facet.world() == World::Outside {
            let reason = say::disk_answered();
            Assessment::of(Verdict::NotApplicable { reason })
        } else {
            let mut changed = assessment.as_ref().clone();
            changed.steps.retain(|step| step.action.traits().offline.is_written());
            changed.steps.iter_mut().for_each(guard);
            changed
        };
        facets[facet] = Some(Arc::new(changed));
    }
}

fn guard(step: &mut Step) {
    step.disruption = Disruption::None;
    step.guards.retain(|guard| *guard != Guarded::Reboot);
    if !step.guards.contains(&Guarded::OfflineRepair) {
        step.guards.push(Guarded::OfflineRepair);
    }
    step.guards.sort_unstable();
}

rdpctl_model::says! { "engine":
    disk_answered();
}
