//! Conclusions about some facets alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use rdpctl_model::assessment::Assessments;
use rdpctl_model::{Assessed, FacetId, FacetMap};

/// Keeps those that a mask names, if there is one.
pub(crate) fn only(facets: &mut Assessments, mask: Option<FacetMap<bool>>) {
    let Some(mask) = mask else { return };
    for facet in FacetId::ALL {
        if !mask[facet] {
            facets[facet] = None;
        }
    }
}

/// Keeps only some facets' conclusions, as an observation announced them.
pub(crate) fn restrict(assessed: &mut [Assessed], facets: &BTreeSet<FacetId>) {
    for one in assessed {
        let mut kept = FacetMap::from_fn(|_| None);
        for (facet, assessment) in one.facets.iter() {
            if facets.contains(&facet) {
                kept[facet].clone_from(assessment);
            }
        }
        one.facets = Arc::new(kept);
    }
}
