//! What facets conclude, in words with their ink.

use rdpctl_model::Verdict;
use rdpctl_term::Words;
use rdpctl_words::Language;

/// A verdict in one line, in English.
pub(crate) fn verdict(verdict: &Verdict) -> Words {
    verdict_in(Language::English, verdict)
}

/// A verdict in one line.
pub(crate) fn verdict_in(language: Language, verdict: &Verdict) -> Words {
    let words = rdpctl_words::words(language);
    let plain = |said| Words::new().said(&words.say(&said));
    match verdict {
        Verdict::Drifted { from, to } => Words::new().change(&words.say(from), &words.say(to)),
        Verdict::Blocked { from, to, by, .. } => Words::new()
            .change(&words.say(from), &words.say(to))
            .own(", ")
            .and(plain(say::blocked_by(by))),
        Verdict::Unknown { gap } => plain(say::unknown(gap)),
        Verdict::Healthy { seen } => Words::new().said(&words.say(seen)),
        Verdict::NotApplicable { reason } => plain(say::not_applicable(reason)),
    }
}

/// A verdict as plain text.
pub(crate) fn text(language: Language, verdict: &Verdict) -> String {
    let words = rdpctl_words::words(language);
    let change = |from, to| format!("{} -> {}", words.say(from), words.say(to));
    match verdict {
        Verdict::Healthy { seen } => words.say(seen),
        Verdict::Drifted { from, to } => change(from, to),
        Verdict::Unknown { gap } => words.say(&say::unknown(gap)),
        Verdict::Blocked { from, to, by, .. } => {
            format!("{}, {}", change(from, to), words.say(&say::blocked_by(by)))
        }
        Verdict::NotApplicable { reason } => words.say(&say::not_applicable(reason)),
    }
}

rdpctl_model::says! { "verdict":
    blocked_by(by);
    unknown(gap);
    not_applicable(reason);
}
