//! The first cause told apart from its consequences, and from what merely differs.

use rdpctl_model::handshake::Problem;
use rdpctl_model::step::service_key;
use rdpctl_model::{FacetId, Finding, Gap, Stage, Verdict};

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
    /// Differences that keep nobody out.
    pub(crate) remarks: Vec<FacetId>,
}

/// Facets whose fault never keeps anybody out by itself.
const HARMLESS: [FacetId; 2] = [FacetId::GroupPolicy, FacetId::Recovery];

/// Facets of what comes after every handshake: they keep people out whether anybody declared them or not.
const BEYOND: [FacetId; 2] = [FacetId::Logon, FacetId::Licence];

/// Tells the parts of a case. `suspected` are the facets to which the user's own words point.
pub(crate) fn parts(case: &Case<'_>, suspects: &Suspects, suspected: &[FacetId]) -> Parts {
    let outside = FromOutside::of(case, suspects);
    let counts = |facet: &FacetId| {
        !HARMLESS.contains(facet)
            && match &outside {
                // A working desktop has no cause: only what shows after the stage that was proved may be one.
                FromOutside::Answers(reached) => {
                    (case.managed[*facet] || BEYOND.contains(facet))
                        && (suspected.contains(facet) || !may_be_nothing(*facet, case))
                        && stage_of(*facet, case) > *reached
                }
                FromOutside::Flawed(of) => facet == of,
                // Who gets no answer has met nothing that comes later.
                FromOutside::Broken(..) => {
                    (outside.is_explained_by(*facet) && begins_at(*facet, case) <= failed_at(case))
                        || (case.managed[*facet] && stage_of(*facet, case) <= failed_at(case))
                }
                FromOutside::Untried => case.managed[*facet],
            }
    };
    let broken: Vec<FacetId> = FacetId::ALL
        .into_iter()
        .filter(|facet| *facet != FacetId::Reachable && case.is_broken(*facet))
        .collect();
    let (certain, remarks): (Vec<FacetId>, Vec<FacetId>) = broken.into_iter().partition(counts);
    let follows = |facet: FacetId| explained_by(facet, case, &certain);
    let mut roots: Vec<FacetId> =
        certain.iter().copied().filter(|facet| follows(*facet).is_none()).collect();
    // Whoever explains what is seen from outside comes first, then what the user's words point to; else the order
    // of the documents.
    roots.sort_by_key(|facet| (!outside.is_explained_by(*facet), !suspected.contains(facet)));
    let mut consequences: Vec<(FacetId, FacetId)> = FacetId::ALL
        .into_iter()
        .filter(|facet| *facet != FacetId::Reachable)
        .filter(|facet| certain.contains(facet) || case.is_unknown(*facet))
        .filter_map(|facet| Some((facet, follows(facet)?)))
        .collect();
    let explained = roots.first().is_some_and(|first| outside.is_explained_by(*first));
    let mut parts = Parts { remarks, ..Parts::default() };
    if outside.is_broken() && !explained {
        parts.first = outside.names(case);
        parts.others = roots;
    } else {
        let mut roots = roots.into_iter();
        // An answer with a flaw that no facet owns up to is the door's own fault.
        parts.first = roots.next().or(outside.is_flawed().then_some(FacetId::Reachable));
        parts.others = roots.collect();
    }
    if let Some(first) = parts.first.filter(|first| *first != FacetId::Reachable)
        && !case.verdict(FacetId::Reachable).is_none_or(Verdict::is_quiet)
    {
        consequences.push((FacetId::Reachable, first));
    }
    parts.consequences = consequences;
    parts
}

/// The stage at which the handshake failed. What keeps packets out is not told from what does not listen.
fn failed_at(case: &Case<'_>) -> Stage {
    case.reached().and_then(Stage::next).unwrap_or(Stage::Way).max(Stage::Tcp)
}

/// The last stage at which a facet's fault shows: that of what it found, else of the facet.
pub(crate) fn stage_of(facet: FacetId, case: &Case<'_>) -> Stage {
    let found = case.found(facet).iter().map(|found| found.finding.stage()).max();
    let refused = [FacetId::RemoteDesktop, FacetId::Port].contains(&facet) && refuses_log_ons(case);
    found.unwrap_or(if refused { Stage::LogOn } else { facet.stage() })
}

/// Whether what a facet found may well keep nobody out: a licence server is not missed for 120 days.
fn may_be_nothing(facet: FacetId, case: &Case<'_>) -> bool {
    const NOT_MISSED: [Finding; 3] =
        [Finding::LicenceNoServer, Finding::LicenceGraceRuns, Finding::LicenceModeNotChosen];
    let found = case.found(facet);
    !found.is_empty() && found.iter().all(|found| NOT_MISSED.contains(&found.finding))
}

/// The first stage at which a facet's fault shows.
fn begins_at(facet: FacetId, case: &Case<'_>) -> Stage {
    let first = case.found(facet).iter().map(|found| found.finding.stage()).min();
    first.unwrap_or_else(|| stage_of(facet, case))
}

/// The fault that explains another one: by the facets' own table, refined where that is coarse.
fn explained_by(facet: FacetId, case: &Case<'_>, certain: &[FacetId]) -> Option<FacetId> {
    let by = case.assessed[facet].as_ref().and_then(|assessment| assessment.blocked_by);
    // While connections are denied, Windows does not start the service; one that is disabled has a fault of its own.
    let refined = (facet == FacetId::Service && !term_service_is_disabled(case))
        .then_some(FacetId::RemoteDesktop);
    [by, refined].into_iter().flatten().find(|by| certain.contains(by))
}

fn term_service_is_disabled(case: &Case<'_>) -> bool {
    const DISABLED: u32 = 4;
    case.survey.guest.as_ref().is_ok_and(|guest| {
        guest.registry.dword(&service_key("TermService"), "Start") == Ok(Some(DISABLED))
    })
}

/// Whether a value lets callers as far as the log-on and no further.
fn refuses_log_ons(case: &Case<'_>) -> bool {
    const SERVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
    const LISTENER: &str =
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
    let on = |key: &str, name: &str| {
        case.survey.guest.as_ref().is_ok_and(|guest| {
            guest.registry.dword(key, name).is_ok_and(|value| value.is_some_and(|value| value != 0))
        })
    };
    on(SERVER, "TSServerDrainMode") || on(SERVER, "TSUserEnabled") || on(LISTENER, "fLogonDisabled")
}

/// What a handshake from outside said.
enum FromOutside<'a> {
    /// Nobody tried.
    Untried,
    /// It answers, up to this stage.
    Answers(Stage),
    /// It does not answer as it should, for which these facets are known reasons, and which may name one itself.
    Broken(&'a [FacetId], Option<FacetId>),
    /// It answers with a flaw that keeps clients out, which is of this facet.
    Flawed(FacetId),
}

impl<'a> FromOutside<'a> {
    fn of(case: &Case<'_>, suspects: &'a Suspects) -> Self {
        match &case.survey.outside {
            Ok(shown) if shown.answered().is_none() => {
                Self::Broken(suspects.of_outside(shown.verdict), suspects.named_by(shown.verdict))
            }
            Ok(shown) if case.is_broken(FacetId::Reachable) => {
                // Else it answers without TLS, which the listener's security layer decides.
                let expired = shown.problems.contains(&Problem::CertExpired);
                Self::Flawed(if expired { FacetId::Certificate } else { FacetId::Nla })
            }
            Ok(shown) => Self::Answers(shown.reached().unwrap_or(Stage::Tcp)),
            Err(Gap::NotAsked) if case.is_broken(FacetId::Reachable) => {
                Self::Broken(suspects.without_address(), None)
            }
            Err(_) => Self::Untried,
        }
    }

    const fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(..))
    }

    fn is_explained_by(&self, facet: FacetId) -> bool {
        match self {
            Self::Broken(suspects, _) => suspects.contains(&facet),
            Self::Flawed(of) => facet == *of,
            Self::Answers(_) | Self::Untried => !HARMLESS.contains(&facet),
        }
    }

    const fn is_flawed(&self) -> bool {
        matches!(self, Self::Flawed(_))
    }

    /// The facet behind a handshake that fails and that no known fault explains: what the verdict names. Something that
    /// nobody could see, or that no facet judges, may be the cause as well; then nothing is certain.
    fn names(&self, case: &Case<'_>) -> Option<FacetId> {
        let Self::Broken(suspects, named) = self else { return None };
        match suspects {
            [only] => Some(*only),
            _ if suspects.iter().any(|facet| case.is_unknown(*facet)) => None,
            _ => *named,
        }
    }
}
