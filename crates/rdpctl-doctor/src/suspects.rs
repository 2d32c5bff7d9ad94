//! Which facets may be behind a symptom seen from outside, or behind an event in the guest's log.

use std::collections::BTreeMap;

use rdpctl_model::FacetId;
use rdpctl_model::handshake::HandshakeVerdict;
use serde::Deserialize;

use crate::evidence::Selection;

/// The file of suspects.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Suspects {
    /// Where there is no public address to connect to, most likely first.
    no_address: Vec<FacetId>,
    /// By the handshake's verdict, most likely first.
    outside: BTreeMap<HandshakeVerdict, Vec<FacetId>>,
    /// Verdicts that name a facet once nothing else is left to suspect.
    names: BTreeMap<HandshakeVerdict, FacetId>,
    /// By events, most telling first.
    #[serde(rename = "event")]
    events: Vec<EventSuspect>,
}

/// What an event speaks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct EventSuspect {
    /// Which events.
    pub(crate) of: Selection,
    /// The facet.
    pub(crate) facet: FacetId,
}

impl Suspects {
    /// Facets that may explain what a handshake saw.
    pub(crate) fn of_outside(&self, verdict: HandshakeVerdict) -> &[FacetId] {
        self.outside.get(&verdict).map_or(&[], Vec::as_slice)
    }

    /// Facets that may explain why nobody could try.
    pub(crate) fn without_address(&self) -> &[FacetId] {
        &self.no_address
    }

    /// The facet that such a verdict names by itself.
    pub(crate) fn named_by(&self, verdict: HandshakeVerdict) -> Option<FacetId> {
        self.names.get(&verdict).copied()
    }

    /// What events speak for.
    pub(crate) fn of_events(&self) -> &[EventSuspect] {
        &self.events
    }
}
