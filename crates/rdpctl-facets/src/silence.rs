//! A port that does not answer: which facets can explain that, and which say so only because nothing else does.
//!
//! Who gets no answer at all has met no TLS, no certificate and no NLA: a fault of those explains nothing there. And
//! where everything that could keep a packet out is as declared, what keeps some callers out is the first suspect.

use std::sync::Arc;

use rdpctl_model::assessment::Assessments;
use rdpctl_model::handshake::HandshakeVerdict;
use rdpctl_model::said::Arg;
use rdpctl_model::{FacetId, Finding, Stage};

/// Facets whose fault keeps a packet from being answered.
const SILENCING: [FacetId; 9] = [
    FacetId::Power,
    FacetId::PublicIp,
    FacetId::Bandwidth,
    FacetId::Ingress,
    FacetId::Boot,
    FacetId::RemoteDesktop,
    FacetId::Service,
    FacetId::Port,
    FacetId::Firewall,
];

/// What the outside met, where that was nothing at all.
fn silence(assessed: &Assessments) -> Option<HandshakeVerdict> {
    let outside = assessed[FacetId::Reachable].as_ref()?;
    let found = outside.findings.iter().find(|found| found.finding == Finding::NoAnswer)?;
    match found.with.get("verdict")? {
        Arg::Text(name) => HandshakeVerdict::from_name(name),
        Arg::Number(_) | Arg::List(_) | Arg::Span { .. } | Arg::Said(_) => None,
    }
}

/// Puts an accusation in the place of a healthy verdict where the outside is silent and nothing else explains it.
pub(crate) fn explain(assessed: &mut Assessments) {
    let silencing = |facet: FacetId| {
        assessed[facet].as_ref().is_some_and(|it| !it.verdict.is_quiet())
            && silences(facet, assessed)
    };
    if silence(assessed) != Some(HandshakeVerdict::TcpFiltered)
        || SILENCING.into_iter().any(silencing)
    {
        return;
    }
    for facet in SILENCING {
        let Some(assessment) = &mut assessed[facet] else { continue };
        if let Some(accusation) = assessment.accusation.clone() {
            Arc::make_mut(assessment).verdict = *accusation;
            return;
        }
    }
}

/// Whether what a facet found keeps a packet from being answered: what refuses log-ons alone does not.
fn silences(facet: FacetId, assessed: &Assessments) -> bool {
    let found = assessed[facet].as_ref().map_or(&[][..], |it| &it.findings);
    found.is_empty() || found.iter().any(|found| found.finding.stage() <= Stage::Tcp)
}

/// Whether the fault of one facet may explain that of another.
pub(crate) fn may_explain(facet: FacetId, cause: FacetId, assessed: &Assessments) -> bool {
    match (facet, cause) {
        (FacetId::Reachable, _) => {
            silence(assessed).is_none() || (SILENCING.contains(&cause) && silences(cause, assessed))
        }
        // Windows leaves the service alone while connections are refused; a disabled one is a fault of its own.
        (FacetId::Service, FacetId::RemoteDesktop) => assessed[facet].as_ref().is_some_and(|it| {
            it.findings.iter().all(|found| found.finding == Finding::ServiceWaits)
        }),
        _ => true,
    }
}
