//! What the doctor is given: one instance's survey, what the facets make of it, and what a plan would do.

use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::{Assessment, FacetId, FacetMap, Survey, Verdict};
use serde::Serialize;

/// One instance that somebody cannot connect to.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// Its name, as it was asked for.
    pub instance: &'a str,
    /// The desired state against which it is judged.
    pub profile: &'a str,
    /// The vendor.
    pub provider: ProviderKind,
    /// The RDP port that is expected.
    pub port: u16,
    /// The evidence.
    pub survey: &'a Survey,
    /// What each of the sixteen facets concludes.
    pub assessed: &'a FacetMap<Option<Assessment>>,
    /// Which facets the declaration manages; the others are judged by the standard and never changed.
    pub managed: FacetMap<bool>,
    /// What a plan would do, by the facet that wants it.
    pub repairs: Vec<Repair>,
}

/// One step of the plan, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Repair {
    /// The facet that wants it.
    pub facet: FacetId,
    /// What is done.
    pub step: String,
    /// Why it may not be done yet, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
}

impl Case<'_> {
    /// What a facet concludes, if it was judged at all.
    pub(crate) fn verdict(&self, facet: FacetId) -> Option<&Verdict> {
        self.assessed[facet].as_ref().map(|assessment| &assessment.verdict)
    }

    /// Whether a facet is known to be wrong.
    pub(crate) fn is_broken(&self, facet: FacetId) -> bool {
        matches!(self.verdict(facet), Some(Verdict::Drifted { .. } | Verdict::Blocked { .. }))
    }

    /// Whether a facet could not be judged.
    pub(crate) fn is_unknown(&self, facet: FacetId) -> bool {
        matches!(self.verdict(facet), Some(Verdict::Unknown { .. }) | None)
    }
}
