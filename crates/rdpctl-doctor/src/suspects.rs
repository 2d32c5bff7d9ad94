//! Which facets may be behind a symptom seen from outside, or behind an event in the guest's log.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rdpctl_model::FacetId;
use rdpctl_model::guest::{Event, GuestSurvey};
use rdpctl_model::handshake::HandshakeVerdict;
use serde::Deserialize;

use crate::evidence::{Saw, Selection, events};

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

/// What an event speaks for, and what it must say for that.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct EventSuspect {
    /// Which events.
    of: Selection,
    /// What their data must hold: others write events of the same name.
    #[serde(default)]
    data: Vec<Datum>,
    /// Events without which they say nothing of Remote Desktop.
    #[serde(default)]
    beside: Option<Selection>,
    /// The facet.
    pub(crate) facet: FacetId,
}

/// What a datum of an event must be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Datum {
    name: String,
    is: Vec<String>,
}

/// How long ago an event may be that still accuses, in hours.
const RECENT: i64 = 7 * 24;

impl EventSuspect {
    /// Its events that accuse, the newest first.
    pub(crate) fn told(&self, guest: &GuestSurvey, now: Timestamp) -> Vec<Saw> {
        let recent = |event: &Event| {
            event
                .time
                .parse::<Timestamp>()
                .is_ok_and(|time| now.duration_since(time) <= SignedDuration::from_hours(RECENT))
        };
        let fits = |event: &Event| {
            recent(event)
                && self.data.iter().all(|wanted| {
                    event.data.iter().any(|(name, value)| {
                        name.eq_ignore_ascii_case(&wanted.name)
                            && wanted.is.iter().any(|is| is.eq_ignore_ascii_case(value))
                    })
                })
        };
        let beside = self.beside.as_ref();
        if beside.is_some_and(|beside| events(guest, beside, recent).is_empty()) {
            return Vec::new();
        }
        events(guest, &self.of, fits)
    }
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
