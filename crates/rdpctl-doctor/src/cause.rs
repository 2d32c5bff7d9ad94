//! The first cause told apart from its consequences, and from what merely differs.

use rdpctl_model::{FacetId, Gap, Verdict};

use crate::case::Case;
use crate::suspects::Suspects;

/// Facets by the part that they play.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// From where to begin.
    pub(crate) first: Option<FacetId>,
    /// Faults of their own beside it.
    pub(crate) others: Vec<FacetId>,
    /// Faults with what explains them.
    pub(crate) consequences: Vec<(FacetId, FacetId)>,
    /// Differences that nobody declared anything about and that keep nobody out.
    pub(crate) remarks: Vec<FacetId>,
}

/// Facets whose fault never keeps anybody out by itself.
const HARMLESS: [FacetId; 2] = [FacetId::GroupPolicy, FacetId::Recovery];

/// Tells the parts of a case. `suspected` are the facets to which the user's own words point.
pub(crate) fn parts(case: &Case<'_>, suspects: &Suspects, suspected: &[FacetId]) -> Parts {
    let door = Door::of(case, suspects);
    let counts = |facet: &FacetId| {
        case.managed[*facet] || (door.is_broken() && door.is_explained_by(*facet))
    };
    let broken: Vec<FacetId> = FacetId::ALL
        .into_iter()
        .filter(|facet| *facet != FacetId::Reachable && case.is_broken(*facet))
        .collect();
    let (certain, remarks): (Vec<FacetId>, Vec<FacetId>) = broken.into_iter().partition(counts);
    let follows = |facet: FacetId| {
        let by = case.assessed[facet].as_ref().and_then(|assessment| assessment.blocked_by);
        by.filter(|by| certain.contains(by))
    };
    let mut roots: Vec<FacetId> =
        certain.iter().copied().filter(|facet| follows(*facet).is_none()).collect();
    // Whoever explains what is seen from outside comes first, then what the user's words point to; else the order
    // of the documents.
    roots.sort_by_key(|facet| (!door.is_explained_by(*facet), !suspected.contains(facet)));
    let mut consequences: Vec<(FacetId, FacetId)> = FacetId::ALL
        .into_iter()
        .filter(|facet| *facet != FacetId::Reachable)
        .filter(|facet| certain.contains(facet) || case.is_unknown(*facet))
        .filter_map(|facet| Some((facet, follows(facet)?)))
        .collect();
    let explained = roots.first().is_some_and(|first| door.is_explained_by(*first));
    let mut parts = Parts { remarks, ..Parts::default() };
    if door.is_broken() && !explained {
        // Something that nobody could see may be the cause; if everything was seen, it is the way between.
        let hidden = door.suspects().iter().any(|facet| case.is_unknown(*facet));
        parts.first = (!hidden && case.managed[FacetId::Reachable]).then_some(FacetId::Reachable);
        parts.others = roots;
    } else {
        let mut roots = roots.into_iter();
        parts.first = roots.next();
        parts.others = roots.collect();
        if let Some(first) = parts.first
            && !case.verdict(FacetId::Reachable).is_none_or(Verdict::is_quiet)
        {
            consequences.push((FacetId::Reachable, first));
        }
    }
    parts.consequences = consequences;
    parts
}

/// What a handshake from outside said.
enum Door<'a> {
    /// It answers, or nobody tried.
    Silent,
    /// It does not answer as it should, for which these facets are known reasons.
    Broken(&'a [FacetId]),
    /// It answers, and yet something is not as declared (an expired certificate).
    Flawed,
}

impl<'a> Door<'a> {
    fn of(case: &Case<'_>, suspects: &'a Suspects) -> Self {
        match &case.survey.outside {
            Ok(outside) if outside.verdict != "ok" => {
                Self::Broken(suspects.of_outside(&outside.verdict))
            }
            Ok(_) if case.is_broken(FacetId::Reachable) => Self::Flawed,
            Ok(_) => Self::Silent,
            Err(Gap::NotAsked) if case.is_broken(FacetId::Reachable) => {
                Self::Broken(suspects.of_outside("no_address"))
            }
            Err(_) => Self::Silent,
        }
    }

    const fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }

    fn is_explained_by(&self, facet: FacetId) -> bool {
        match self {
            Self::Broken(suspects) => suspects.contains(&facet),
            Self::Silent | Self::Flawed => !HARMLESS.contains(&facet),
        }
    }

    const fn suspects(&self) -> &[FacetId] {
        match self {
            Self::Broken(suspects) => suspects,
            Self::Silent | Self::Flawed => &[],
        }
    }
}
