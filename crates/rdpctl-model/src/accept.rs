//! Drift for which somebody has taken responsibility, and until when. One function decides for every report and page.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::declaration::Accept;
use crate::facet::FacetId;
use crate::id::InstanceName;

/// What was accepted, as of a day.
#[derive(Clone, Copy, Debug)]
pub struct Accepts<'a> {
    accepts: &'a [Accept],
    today: Date,
}

/// Why a difference does not alarm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Accepted {
    /// The reason that somebody gave.
    pub reason: String,
    /// Who takes responsibility, where somebody is named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// The last day on which it holds; none where it does not end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Date>,
}

impl Accepted {
    /// The reason, whose it is, and until when.
    #[must_use]
    pub fn words(&self) -> String {
        let owner = self.owner.as_ref().map_or_else(String::new, |owner| format!(" ({owner})"));
        let until = self.until.map_or_else(String::new, |until| format!(", until {until}"));
        format!("{}{owner}{until}", self.reason)
    }
}

impl<'a> Accepts<'a> {
    /// As of that day.
    #[must_use]
    pub const fn new(accepts: &'a [Accept], today: Date) -> Self {
        Self { accepts, today }
    }

    /// Whether nothing was accepted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.accepts.is_empty()
    }

    /// Why a facet of an instance does not alarm, if it does not. What follows from an accepted cause goes with it.
    #[must_use]
    pub fn of(
        &self,
        instance: &str,
        facet: FacetId,
        follows_from: Option<FacetId>,
    ) -> Option<Accepted> {
        self.itself(instance, facet)
            .or_else(|| follows_from.and_then(|cause| self.itself(instance, cause)))
    }

    /// Why a facet itself does not alarm, whatever it follows from.
    #[must_use]
    pub fn itself(&self, instance: &str, facet: FacetId) -> Option<Accepted> {
        self.accepts
            .iter()
            .filter(|accept| !self.is_over(accept))
            .filter(|accept| accept.facet.is_none_or(|accepted| accepted == facet))
            .find(|accept| names(accept, instance))
            .map(|accept| Accepted {
                reason: accept.reason.clone(),
                owner: accept.owner.clone(),
                until: accept.until,
            })
    }

    /// Acceptances that have ended, each as a sentence: nobody has to find out why it alarms again.
    #[must_use]
    pub fn over(&self) -> Vec<String> {
        let ended = self.accepts.iter().filter(|accept| self.is_over(accept));
        ended
            .filter_map(|accept| {
                let until = accept.until?;
                let facet = accept.facet.map_or_else(String::new, |facet| format!("/{facet}"));
                Some(format!(
                    "Accepted until {until}, and no longer: {}{facet} ({}).",
                    accept.instance, accept.reason
                ))
            })
            .collect()
    }

    fn is_over(&self, accept: &Accept) -> bool {
        accept.until.is_some_and(|until| self.today > until)
    }
}

fn names(accept: &Accept, instance: &str) -> bool {
    accept.instance == instance
        || InstanceName::fleet_in(instance) == Some(accept.instance.as_str())
}
