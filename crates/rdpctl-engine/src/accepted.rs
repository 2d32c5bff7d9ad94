//! What somebody took responsibility for: it is judged as everything is, and nothing is done about it.

use std::sync::Arc;

use rdpctl_model::accept::{Accepted, Accepts};
use rdpctl_model::assessment::Assessments;
use rdpctl_model::{FacetId, InstanceName};

/// The facets of somebody that are accepted as they are, each with the reason.
pub(crate) fn by_name(
    accepts: &Accepts<'_>,
    name: impl FnOnce() -> InstanceName,
) -> Vec<(FacetId, Accepted)> {
    if accepts.is_empty() {
        return Vec::new();
    }
    let name = name();
    let itself = |facet| Some((facet, accepts.itself(name.as_str(), facet)?));
    FacetId::ALL.into_iter().filter_map(itself).collect()
}

/// Leaves them and what follows from them as they are.
pub(crate) fn leave(facets: &mut Assessments, accepted: &[(FacetId, Accepted)]) {
    if accepted.is_empty() {
        return;
    }
    let reason = |facet: FacetId| {
        accepted.iter().find(|(it, _)| *it == facet).map(|(_, reason)| reason.clone())
    };
    for facet in FacetId::ALL {
        let Some(assessment) = &mut facets[facet] else { continue };
        if assessment.verdict.is_quiet() {
            continue;
        }
        if let Some(why) = reason(facet).or_else(|| reason(assessment.blocked_by?)) {
            let assessment = Arc::make_mut(assessment);
            assessment.accepted = Some(why);
            assessment.steps.clear();
        }
    }
}
