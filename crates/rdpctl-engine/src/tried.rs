//! What was done and left its finding as it was is not planned again by the plans that follow. A finding that is another
//! one, or other steps against it, are something that nobody tried.

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_model::assessment::{Assessments, Members};
use rdpctl_model::facts::{Left, Tried};
use rdpctl_model::{Action, Assessed, Assessment, FacetId, InstanceName, Step, Verdict};

/// What was tried on each instance.
#[derive(Debug, Default)]
pub(crate) struct Memory<'a>(HashMap<&'a str, Vec<&'a Tried>>);

impl<'a> Memory<'a> {
    /// Of all that was tried.
    pub(crate) fn of(tried: &'a [Tried]) -> Self {
        let mut memory: HashMap<&str, Vec<&Tried>> = HashMap::new();
        for one in tried {
            memory.entry(one.instance.as_str()).or_default().push(one);
        }
        Self(memory)
    }

    /// What was tried on one instance; almost always nothing.
    pub(crate) fn about(&self, name: impl FnOnce() -> InstanceName) -> Vec<(FacetId, Left)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let tried = self.0.get(name().as_str()).map(Vec::as_slice).unwrap_or_default();
        tried.iter().map(|one| (one.facet, one.left.clone())).collect()
    }
}

/// Puts what was tried and stands in place of the steps that would do it again.
pub(crate) fn leave(facets: &mut Assessments, tried: &[(FacetId, Left)]) {
    for (facet, left) in tried {
        if let Some(assessment) = &facets[*facet]
            && what(assessment).as_ref() == Some(&left.what)
            && let Verdict::Drifted { from, to } = &assessment.verdict
        {
            let run = left.run.as_str();
            let verdict = Verdict::Blocked {
                from: from.clone(),
                to: to.clone(),
                by: say::stands(&run[..8.min(run.len())], format!("{:.0}", left.at)),
                advice: say::try_again(),
            };
            let steps = Vec::new();
            facets[*facet] =
                Some(Arc::new(Assessment { verdict, steps, ..(**assessment).clone() }));
        }
    }
}

/// A difference and the steps against it, as they are remembered; none where nothing would be changed.
pub(crate) fn what(assessment: &Assessment) -> Option<String> {
    let Verdict::Drifted { from, to } = &assessment.verdict else { return None };
    let actions: Vec<&Action> = changing(assessment).map(|step| &step.action).collect();
    if actions.is_empty() || assessment.blocked_by.is_some() {
        return None;
    }
    serde_json::to_string(&(from, to, actions)).ok()
}

/// The steps that change something.
pub(crate) fn changing(assessment: &Assessment) -> impl Iterator<Item = &Step> {
    assessment.steps.iter().filter(|step| step.action.traits().through.changes())
}

/// What was tried and is not as it was left: it went, or it is something else now. What nobody could see stays.
pub(crate) fn over(tried: &[Tried], assessed: &[Assessed]) -> Vec<(InstanceName, FacetId)> {
    let memory = Memory::of(tried);
    let mut over = Vec::new();
    for one in assessed {
        let Members::Named(members) = &one.members else { continue };
        for member in members {
            for (facet, left) in memory.about(|| member.name.clone()) {
                let Some(assessment) = &one.facets[facet] else { continue };
                let is_seen = !matches!(assessment.verdict, Verdict::Unknown { .. });
                let follows = assessment.blocked_by.is_some();
                if is_seen && !follows && what(assessment).as_ref() != Some(&left.what) {
                    over.push((member.name.clone(), facet));
                }
            }
        }
    }
    over
}

rdpctl_model::says! { "engine":
    stands(run, at);
    try_again();
}
