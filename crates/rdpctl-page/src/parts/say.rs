//! What verdicts, gaps and what comes next are called, in the reader's language.

use rdpctl_model::Gap;
use rdpctl_model::step::Guarded;

use crate::marks::Mark;
use crate::standing::Standing;
use crate::view::{Next, Waits};
use crate::words::Words;

/// A gap in one sentence.
pub(crate) fn gap(words: &Words, gap: &Gap) -> String {
    let with = |key: &str, value: &str| words.fill(key, &[("what", value)]);
    match gap {
        Gap::NotSurveyed => words.get("gap.not-surveyed").to_owned(),
        Gap::NotAsked => words.get("gap.not-asked").to_owned(),
        Gap::NotRunning => words.get("gap.not-running").to_owned(),
        Gap::NotFound { id } => with("gap.not-found", id.as_str()),
        Gap::NoChannel => words.get("gap.no-channel").to_owned(),
        Gap::NotGranted { what, .. } => with("gap.not-granted", what),
        Gap::AgentUnavailable { reason } => with("gap.agent", reason),
        Gap::Unreachable { reason } => with("gap.unreachable", reason),
        Gap::Denied { reason } => with("gap.denied", reason),
        Gap::TimedOut { what } => with("gap.timed-out", what),
        Gap::Truncated { what } => with("gap.truncated", what),
        Gap::Garbled { what } => with("gap.garbled", what),
        Gap::ApiError { code, advice } => {
            words.fill("gap.api-error", &[("what", code), ("advice", advice)])
        }
    }
}

/// What would reveal what a gap hides.
pub(crate) fn to_know_more<'a>(words: &'a Words, gap: &'a Gap) -> &'a str {
    match gap {
        Gap::NotSurveyed | Gap::NotAsked => words.get("more.look"),
        Gap::NotRunning => words.get("more.start"),
        Gap::NotFound { .. } => words.get("more.id"),
        Gap::NoChannel => words.get("more.channel"),
        Gap::NotGranted { .. } => words.get("more.grant"),
        Gap::AgentUnavailable { .. } => words.get("more.agent"),
        Gap::Unreachable { .. } | Gap::TimedOut { .. } => words.get("more.reach"),
        Gap::Denied { .. } => words.get("more.permit"),
        Gap::Truncated { .. } | Gap::Garbled { .. } => words.get("more.other-channel"),
        Gap::ApiError { advice, .. } => advice,
    }
}

/// What comes next, in a few words, with its mark.
pub(crate) fn next(words: &Words, next: &Next) -> (Mark, String) {
    let plain = |mark: Mark, key: &'static str| (mark, words.get(key).to_owned());
    match next {
        Next::Planned => plain(Mark::Later, "next.planned"),
        Next::Reported => plain(Mark::Open, "next.reported"),
        Next::Asks { guards } => (Mark::Wait, asks(words, guards)),
        Next::Denied { guard } => {
            (Mark::Stop, words.fill("next.denied", &[("guard", guard.name())]))
        }
        Next::Window { opens } => (Mark::Later, words.fill("next.window", &[("opens", opens)])),
        Next::LockOut { .. } => plain(Mark::Stop, "next.lock-out"),
        Next::Blocked { by, .. } => {
            (Mark::Stop, words.fill("next.blocked", &[("by", &words.say(by))]))
        }
        Next::Revealed => plain(Mark::Later, "next.revealed"),
        Next::Unseen => plain(Mark::Dim, "next.unseen"),
        Next::Accepted => plain(Mark::Kept, "next.accepted"),
        Next::Nothing => plain(Mark::None, "next.nothing"),
    }
}

/// For what something is held, in a few words, with its mark.
pub(crate) fn waits(words: &Words, waits: &Waits) -> (Mark, String) {
    match waits {
        Waits::Asks { guards } => (Mark::Wait, asks(words, guards)),
        Waits::Window { opens } => (Mark::Later, words.fill("next.window", &[("opens", opens)])),
        Waits::Denied { guard } => {
            (Mark::Stop, words.fill("next.denied", &[("guard", guard.name())]))
        }
        Waits::LockOut { .. } => (Mark::Stop, words.get("next.lock-out").to_owned()),
    }
}

fn asks(words: &Words, guards: &[Guarded]) -> String {
    let names: Vec<&str> = guards.iter().map(|guard| guard.name()).collect();
    words.fill("next.asks", &[("guards", &names.join(", "))])
}

/// How an instance stands, in a few words.
pub(crate) fn standing(words: &Words, standing: Standing) -> &str {
    match standing {
        Standing::NotReachable => words.get("standing.not-reachable"),
        Standing::Differs => words.get("standing.differs"),
        Standing::Unknown => words.get("standing.unknown"),
        Standing::Accepted => words.get("standing.accepted"),
        Standing::AsDeclared => words.get("standing.as-declared"),
    }
}

/// The mark of how an instance stands.
pub(crate) const fn standing_mark(standing: Standing) -> Mark {
    match standing {
        Standing::NotReachable => Mark::Shut,
        Standing::Differs => Mark::Bad,
        Standing::Unknown => Mark::Dim,
        Standing::Accepted => Mark::Kept,
        Standing::AsDeclared => Mark::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, words};

    #[test]
    fn gaps_are_called_what_the_command_line_calls_them() {
        let text = || "x".to_owned();
        for one in [
            Gap::NotSurveyed,
            Gap::NotAsked,
            Gap::NotRunning,
            Gap::NotFound { id: "ins-1".into() },
            Gap::NoChannel,
            Gap::NotGranted { what: text(), grant: String::new() },
            Gap::AgentUnavailable { reason: text() },
            Gap::Unreachable { reason: text() },
            Gap::Denied { reason: text() },
            Gap::TimedOut { what: text() },
            Gap::Truncated { what: text() },
            Gap::Garbled { what: text() },
            Gap::ApiError { code: text(), advice: "do it".to_owned() },
        ] {
            assert_eq!(gap(words(Language::English), &one), one.to_string());
        }
    }
}
