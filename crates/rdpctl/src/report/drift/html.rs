//! A drift report as one file for a browser or a mail, made of the page's own pieces and counted by its own function.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rdpctl_model::declaration::Accept;
use rdpctl_model::{FacetId, InstanceName, Plan, Step};
use rdpctl_page::{Accepts, Drift, Gone, Language, Mode, StepWords, Telling};

use super::Report;
use super::causes::GroupBy;

/// On what a report is told again, from its first causes on.
pub(crate) struct Source<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) accepts: &'a [Accept],
    pub(crate) today: Date,
}

impl Report {
    /// As HTML.
    pub(crate) fn html(&self, source: &Source<'_>, by: GroupBy) -> String {
        let mut shown: BTreeMap<(&str, FacetId), Option<Timestamp>> = BTreeMap::new();
        for finding in self.shown() {
            for facet in &finding.facets {
                shown.insert((finding.instance.as_str(), *facet), finding.since);
            }
        }
        let telling = Telling {
            plan: source.plan,
            accepts: Accepts::new(source.accepts, source.today),
            mode: Mode::Detect,
            say: &say,
            since: &|name, facet| shown.get(&(name.as_str(), facet)).copied().flatten(),
            shows: &|name, facet| shown.contains_key(&(name.as_str(), facet)),
            heading: &|name| heading(name, by),
        };
        let gone = self.gone.iter().map(|gone| {
            let facets: Vec<&str> = gone.facets.iter().map(|facet| facet.name()).collect();
            Gone { instance: gone.instance.clone(), facets: facets.join(", ") }
        });
        let notes: Vec<String> = self.notes.iter().cloned().chain(self.suspicions()).collect();
        let about = Drift {
            line: self.sentence(),
            at: self.at,
            instances: self.instances,
            notes: &notes,
            gone: gone.collect(),
        };
        rdpctl_page::drift(&telling.tell(), &about, Language::English)
    }
}

/// A step in words, for a page.
pub(crate) fn say(step: &Step) -> StepWords {
    StepWords { does: rdpctl_words::title::title(&step.action), exactly: Vec::new() }
}

fn heading(name: &InstanceName, by: GroupBy) -> Option<String> {
    let name = name.as_str();
    match by {
        GroupBy::Cause => None,
        GroupBy::Instance => Some(name.to_owned()),
        GroupBy::Fleet => Some(InstanceName::fleet_in(name).unwrap_or(name).to_owned()),
    }
}
