//! What facets conclude, in words with their ink.

use rdpctl_model::Verdict;
use rdpctl_term::Words;
use rdpctl_words::english;

/// A verdict in one line.
pub(crate) fn verdict(verdict: &Verdict) -> Words {
    match verdict {
        Verdict::Drifted { from, to } => Words::new().change(&english(from), &english(to)),
        Verdict::Blocked { from, to, by, .. } => Words::new()
            .change(&english(from), &english(to))
            .own(", blocked by ")
            .said(&english(by)),
        Verdict::Unknown { gap } => Words::new().own("unknown: ").said(&english(&gap.said())),
        Verdict::Healthy { seen } => Words::new().said(&english(seen)),
        Verdict::NotApplicable { reason } => {
            Words::new().own("not applicable: ").said(&english(reason))
        }
    }
}
