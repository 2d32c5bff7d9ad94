//! What an earlier run left in a guest: a dead man's switch that nobody removed.
//!
//! It belongs to no facet of RDP. It is told beside the first managed facet that can tell it, because a task that will
//! put values back concerns whatever is judged here.

use std::sync::Arc;

use rdpctl_model::assessment::Assessments;
use rdpctl_model::ground::Leftover;
use rdpctl_model::{FacetId, GuestAction, Said, Verdict};

use crate::facet::Purpose;
use crate::steps::say as step;

/// Who tells it, in order of preference: the switch protects steps of these.
const TELLERS: [FacetId; 7] = [
    FacetId::RemoteDesktop,
    FacetId::Service,
    FacetId::Firewall,
    FacetId::Port,
    FacetId::Tls,
    FacetId::Nla,
    FacetId::MachineKeys,
];

fn said(left: Leftover) -> Said {
    match left {
        Leftover::Armed => say::switch_armed(),
        Leftover::Fired => say::switch_fired(),
    }
}

/// Tells it beside a facet's own conclusion, with the step that removes it.
pub(crate) fn tell(left: Leftover, assessed: &mut Assessments) {
    for facet in TELLERS {
        let Some(assessment) = &mut assessed[facet] else { continue };
        let assessment = Arc::make_mut(assessment);
        let told = match &assessment.verdict {
            Verdict::Healthy { seen } => Verdict::drifted(said(left), seen.clone()),
            Verdict::Drifted { from, to } => {
                Verdict::drifted(say::and_switch(from, said(left)), to.clone())
            }
            Verdict::Unknown { .. } | Verdict::Blocked { .. } | Verdict::NotApplicable { .. } => {
                continue;
            }
        };
        assessment.verdict = told;
        let purpose = Purpose { facet, seed: "", why: step::would_put_back() };
        let mut step =
            purpose.guest(GuestAction::ClearDeadMansSwitch, said(left), step::no_switch());
        step.reversible = false;
        assessment.steps.insert(0, step);
        return;
    }
}

rdpctl_model::says! { "common":
    switch_armed();
    switch_fired();
    and_switch(seen, switch);
}
