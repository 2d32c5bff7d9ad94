//! What an earlier run left in a guest: a dead man's switch that nobody removed.
//!
//! It belongs to no facet of RDP. It is told beside the first managed facet that can tell it, because a task that will
//! put values back concerns whatever is judged here.

use std::sync::Arc;

use rdpctl_model::assessment::Assessments;
use rdpctl_model::guest::Registry;
use rdpctl_model::step::SWITCH_MARKS;
use rdpctl_model::{FacetId, GuestAction, Said, Verdict};
use serde::{Deserialize, Serialize};

use crate::facet::Purpose;

/// A switch of an earlier run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Leftover {
    /// It is still to put values back.
    Armed,
    /// It has put them back.
    Fired,
}

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

impl Leftover {
    /// Its marks, where they were asked for.
    pub(crate) fn read(registry: &Registry) -> Option<Self> {
        let marked = |name: &str| matches!(registry.value(SWITCH_MARKS, name), Ok(Some(_)));
        match (marked("Restored"), marked("Switch")) {
            (true, _) => Some(Self::Fired),
            (false, true) => Some(Self::Armed),
            (false, false) => None,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Armed => {
                "a dead man's switch of an earlier run is armed and will put former values back"
            }
            Self::Fired => "a dead man's switch of an earlier run has put former values back",
        }
    }

    fn said(self) -> Said {
        match self {
            Self::Armed => say::switch_armed(),
            Self::Fired => say::switch_fired(),
        }
    }

    /// Tells it beside a facet's own conclusion, with the step that removes it.
    pub(crate) fn tell(self, assessed: &mut Assessments) {
        for facet in TELLERS {
            let Some(assessment) = &mut assessed[facet] else { continue };
            let assessment = Arc::make_mut(assessment);
            let words = self.words();
            let told = match &assessment.verdict {
                Verdict::Healthy { seen } => Verdict::drifted(self.said(), seen.clone()),
                Verdict::Drifted { from, to } => {
                    Verdict::drifted(say::and_switch(from, self.said()), to.clone())
                }
                Verdict::Unknown { .. }
                | Verdict::Blocked { .. }
                | Verdict::NotApplicable { .. } => {
                    continue;
                }
            };
            assessment.verdict = told;
            let purpose = Purpose {
                facet,
                seed: "",
                why: "it would put values back in the middle of this run, or after it".to_owned(),
            };
            let mut step =
                purpose.guest(GuestAction::ClearDeadMansSwitch, words, "no dead man's switch");
            step.reversible = false;
            assessment.steps.insert(0, step);
            return;
        }
    }
}

rdpctl_model::says! { "common":
    switch_armed();
    switch_fired();
    and_switch(seen, switch);
}
