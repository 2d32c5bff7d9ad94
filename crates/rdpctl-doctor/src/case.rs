//! What the doctor is given: one instance's survey, what the facets make of it, and what a plan would do.

use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::handshake::Handshake;
use rdpctl_model::{Assessment, FacetId, FacetMap, Found, Stage, Survey, Verdict};
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
    /// The address that is known of it, where the handshake was tried.
    pub address: Option<String>,
    /// The evidence.
    pub survey: &'a Survey,
    /// What each of the facets concludes.
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

    /// What exactly a facet found.
    pub(crate) fn found(&self, facet: FacetId) -> &[Found] {
        self.assessed[facet].as_ref().map_or(&[], |assessment| &assessment.findings)
    }

    /// The last stage that the handshake from outside proved.
    pub(crate) fn reached(&self) -> Option<Stage> {
        self.survey.outside.as_ref().ok().and_then(Handshake::reached)
    }

    /// Whether Remote Desktop answers from outside.
    pub(crate) fn answers(&self) -> bool {
        self.survey.outside.as_ref().is_ok_and(|outside| outside.answered().is_some())
    }

    /// Address and port at which the handshake was tried.
    pub(crate) fn door(&self) -> String {
        let port = self.survey.outside.as_ref().map_or(self.port, |outside| outside.port);
        match &self.address {
            Some(address) if address.contains(':') => format!("[{address}]:{port}"),
            Some(address) => format!("{address}:{port}"),
            None => format!("port {port}"),
        }
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
