//! What verdicts, gaps and what comes next are called, in the reader's language.

use rdpctl_model::Gap;
use rdpctl_model::step::Guarded;

use crate::clock::Clock;
use crate::marks::Mark;
use crate::standing::Standing;
use crate::view::{Next, Opening, Waits};
use crate::words::Words;

/// A gap in one sentence.
pub(crate) fn gap(words: &Words, gap: &Gap) -> String {
    words.say(&gap.said())
}

/// What would reveal what a gap hides.
pub(crate) fn to_know_more(words: &Words, gap: &Gap) -> String {
    let key = match gap {
        Gap::NotSurveyed | Gap::NotAsked => "more.look",
        Gap::NotRunning => "more.start",
        Gap::NotFound { .. } => "more.id",
        Gap::NoChannel => "more.channel",
        Gap::NotGranted { .. } => "more.grant",
        Gap::AgentUnavailable { .. } => "more.agent",
        Gap::Unreachable { .. } | Gap::Unresponsive { .. } | Gap::TimedOut { .. } => "more.reach",
        Gap::Denied { .. } => "more.permit",
        Gap::Truncated { .. } | Gap::Garbled { .. } => "more.other-channel",
        Gap::ApiError { advice, .. } => return words.say(advice),
    };
    words.get(key).to_owned()
}

/// What comes next, in a few words, with its mark.
pub(crate) fn next(clock: &Clock<'_>, next: &Next) -> (Mark, String) {
    let words = clock.words;
    let plain = |mark: Mark, key: &'static str| (mark, words.get(key).to_owned());
    match next {
        Next::Planned => plain(Mark::Later, "next.planned"),
        Next::Reported => plain(Mark::Open, "next.reported"),
        Next::Asks { guards } => (Mark::Wait, asks(words, guards)),
        Next::Denied { guard } => {
            (Mark::Stop, words.fill("next.denied", &[("guard", guard.name())]))
        }
        Next::Window(opening) => (Mark::Later, opens(clock, opening)),
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
pub(crate) fn waits(clock: &Clock<'_>, waits: &Waits) -> (Mark, String) {
    let words = clock.words;
    match waits {
        Waits::Asks { guards } => (Mark::Wait, asks(words, guards)),
        Waits::Window(opening) => (Mark::Later, opens(clock, opening)),
        Waits::Denied { guard } => {
            (Mark::Stop, words.fill("next.denied", &[("guard", guard.name())]))
        }
        Waits::LockOut { .. } => (Mark::Stop, words.get("next.lock-out").to_owned()),
    }
}

/// When a window opens, in its own zone, and for whoever has another clock then in his, too.
fn opens(clock: &Clock<'_>, opening: &Opening) -> String {
    let words = clock.words;
    let here = opening.at.filter(|at| clock.zone.to_offset(*at).seconds() != opening.offset);
    match here {
        Some(at) => {
            let here = at.to_zoned(clock.zone.clone()).strftime("%a %-d %b %H:%M %Z").to_string();
            words.fill("next.window-here", &[("opens", &opening.opens), ("here", &here)])
        }
        None => words.fill("next.window", &[("opens", &opening.opens)]),
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
