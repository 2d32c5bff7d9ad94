//! Since when something stands, by what the state has seen turn.

use std::collections::BTreeMap;

use rdpctl_model::FacetId;
use rdpctl_model::chronicle::Turned;

use super::Report;

impl Report {
    /// Says of each finding since when it is what it is. Of several facets that one gap hides the first counts.
    pub(crate) fn remembered(mut self, standing: &[Turned]) -> Self {
        let known: BTreeMap<(&str, FacetId), &Turned> =
            standing.iter().map(|turn| ((turn.instance.as_str(), turn.facet), turn)).collect();
        for finding in &mut self.findings {
            let turns = finding.facets.iter().filter_map(|facet| {
                let turn = known.get(&(finding.instance.as_str(), *facet))?;
                let is_older = self.at.is_none_or(|at| turn.at < at);
                (is_older && turn.to.as_ref() == Some(&finding.verdict)).then_some(turn.at)
            });
            finding.since = turns.min();
        }
        self
    }
}
