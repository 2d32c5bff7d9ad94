//! The way into a guest that can be mended where it did not answer: `WinRM`.
//!
//! It belongs to no facet of RDP. It is told beside the first managed facet that can tell it, and only where the
//! declaration asks for it: setting up a way in is no repair that anybody may expect.

use std::sync::Arc;

use ipnet::IpNet;
use rdpctl_model::assessment::Assessments;
use rdpctl_model::step::Guarded;
use rdpctl_model::{FacetId, GuestAction, Verdict};

use crate::facet::{Purpose, StepWords};
use crate::steps::say as step;

/// Who tells it, in order of preference.
const TELLERS: [FacetId; 5] = [
    FacetId::RemoteDesktop,
    FacetId::Service,
    FacetId::Firewall,
    FacetId::Port,
    FacetId::GroupPolicy,
];

/// Tells that `WinRM` is to be set up, beside a facet's own conclusion, with the step that does it.
pub(crate) fn tell_bootstrap(sources: &[IpNet], assessed: &mut Assessments) {
    for facet in TELLERS {
        let Some(assessment) = &mut assessed[facet] else { continue };
        let assessment = Arc::make_mut(assessment);
        assessment.verdict = match &assessment.verdict {
            Verdict::Healthy { seen } => {
                Verdict::drifted(say::winrm_silent(), say::and_winrm(seen))
            }
            Verdict::Drifted { from, to } => {
                Verdict::drifted(say::and_winrm_silent(from), say::and_winrm(to))
            }
            Verdict::Unknown { .. } | Verdict::Blocked { .. } | Verdict::NotApplicable { .. } => {
                continue;
            }
        };
        let purpose = Purpose { facet, seed: "", why: step::winrm_declared() };
        let action = GuestAction::BootstrapWinrm { sources: sources.to_vec() };
        assessment.steps.push(
            purpose
                .guest(action, say::winrm_silent(), step::winrm_answers())
                .guarded(Guarded::Weaken),
        );
        return;
    }
}

rdpctl_model::says! { "common":
    winrm_silent();
    and_winrm(seen);
    and_winrm_silent(seen);
}
