//! What answers a question: a facet's verdict, or a predicate over the evidence where the question is narrower.

use rdpctl_model::guest::{ChannelKind, RegData, RunState};
use rdpctl_model::{FacetId, Gap, Verdict};
use serde::Deserialize;

use crate::case::Case;
use crate::diagnosis::Health;

/// A test of the evidence; every one of them is true of a healthy machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Test {
    /// The facet is as it should be.
    Facet(FacetId),
    /// The facet is as it should be, by a disk that was looked at.
    Disk(FacetId),
    /// None of these facets is kept from its goal by something stronger than us.
    Unblocked(Vec<FacetId>),
    /// The guest answered at all.
    GuestSeen,
    /// A number in the registry is one of these.
    Registry(Number),
    /// A service runs.
    Running(String),
    /// All of these hold.
    All(Vec<Test>),
}

/// A `REG_DWORD` and what it may be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Number {
    key: String,
    name: String,
    /// Healthy values.
    is: Vec<u32>,
    /// Whether it is healthy that the value is not there.
    absent: bool,
}

impl Test {
    /// Tries the case.
    pub(crate) fn of(&self, case: &Case<'_>) -> Health {
        match self {
            Self::Facet(facet) => of_verdict(case.verdict(*facet)),
            Self::Disk(facet) => match &case.survey.guest {
                Ok(guest) if guest.via == ChannelKind::Offline => of_verdict(case.verdict(*facet)),
                Ok(_) | Err(_) => Health::NotApplicable,
            },
            Self::Unblocked(_) if case.survey.guest.is_err() => Health::Unknown,
            Self::Unblocked(facets) => {
                let blocked = |facet: &&FacetId| {
                    matches!(case.verdict(**facet), Some(Verdict::Blocked { .. }))
                };
                if facets.iter().any(|facet| blocked(&facet)) {
                    Health::Fault
                } else if facets.iter().all(|facet| case.is_unknown(*facet)) {
                    Health::Unknown
                } else {
                    Health::Healthy
                }
            }
            Self::GuestSeen => match &case.survey.guest {
                Ok(_) => Health::Healthy,
                Err(_) => Health::Unknown,
            },
            Self::Registry(number) => number.of(case),
            Self::Running(service) => match &case.survey.guest {
                Err(_) => Health::Unknown,
                Ok(guest) => match guest.services.get(&service.to_ascii_lowercase()) {
                    Some(Ok(state)) if state.run == RunState::Running => Health::Healthy,
                    Some(Ok(_)) => Health::Fault,
                    Some(Err(_)) | None => Health::Unknown,
                },
            },
            Self::All(tests) => {
                let all: Vec<Health> = tests.iter().map(|test| test.of(case)).collect();
                let worst = [Health::Fault, Health::Unknown, Health::Healthy];
                worst.into_iter().find(|one| all.contains(one)).unwrap_or(Health::NotApplicable)
            }
        }
    }
}

impl Number {
    fn of(&self, case: &Case<'_>) -> Health {
        let Ok(guest) = &case.survey.guest else { return Health::Unknown };
        match guest.registry.value(&self.key, &self.name) {
            Ok(None) if self.absent => Health::Healthy,
            Ok(Some(RegData::Dword(number))) if self.is.contains(number) => Health::Healthy,
            Ok(_) => Health::Fault,
            // A tree that was asked for lists only what exists; a key that was not listed is absent.
            Err(Gap::NotAsked) if self.absent => Health::Healthy,
            Err(_) => Health::Unknown,
        }
    }
}

/// A verdict as a question's health.
pub(crate) fn of_verdict(verdict: Option<&Verdict>) -> Health {
    match verdict {
        Some(Verdict::Healthy { .. }) => Health::Healthy,
        Some(Verdict::Drifted { .. } | Verdict::Blocked { .. }) => Health::Fault,
        Some(Verdict::Unknown { .. }) | None => Health::Unknown,
        Some(Verdict::NotApplicable { .. }) => Health::NotApplicable,
    }
}
