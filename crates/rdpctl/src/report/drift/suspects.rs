//! Who may have changed what differs: asked of the clouds' logs, and told with each finding.

use jiff::Timestamp;
use rdpctl_contract::changes::IN_A_CLOUDS_LOG;
use rdpctl_engine::suspects::{Differs, Suspects};
use rdpctl_model::{InstanceName, Verdict};

use super::{Finding, Report};
use crate::report::who::Suspect;
use rdpctl_words::english;

/// Sentences of one page.
const SENTENCES: usize = 50;

impl Report {
    /// What a cloud's log can know of: differences that have no other cause and that nobody accepted.
    pub(crate) fn to_ask(&self, now: Timestamp) -> Vec<Differs> {
        let differs = |finding: &Finding| {
            let facet = finding.facet.filter(|facet| IN_A_CLOUDS_LOG.contains(facet))?;
            let drifted = matches!(finding.verdict, Verdict::Drifted { .. });
            (drifted && finding.accepted.is_none() && finding.follows_from.is_none()).then(|| {
                Differs {
                    instance: InstanceName::new(&finding.instance),
                    facet,
                    seen: finding.since.unwrap_or(now),
                }
            })
        };
        self.shown().filter_map(differs).collect()
    }

    /// Who may have changed what, a sentence each; of many the first.
    pub(super) fn suspicions(&self) -> Vec<String> {
        let told = self.shown().filter_map(|finding| {
            let (facet, suspect) = (finding.facet?, finding.changed_by.as_ref()?);
            let who = suspect.words();
            Some(format!("{}: {facet} may have been changed by {who}.", finding.instance))
        });
        told.take(SENTENCES).collect()
    }

    /// Takes what the logs said; who did not tell is named in a note.
    pub(crate) fn suspected(mut self, suspects: &Suspects) -> Self {
        for finding in &mut self.findings {
            let Some(facet) = finding.facet else { continue };
            let part = (InstanceName::new(&finding.instance), facet);
            finding.changed_by = suspects.found.get(&part).map(Suspect::of);
        }
        for (provider, error) in &suspects.silent {
            self.notes.push(format!(
                "Who changed what differs is not known: the log of {provider} does not say it: {}.",
                english(&error.said())
            ));
        }
        self
    }
}
