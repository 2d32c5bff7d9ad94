//! What is likely where nothing is certain: what the handshake, the user's words and the guest's log point to.

use rdpctl_model::handshake::HandshakeVerdict;
use rdpctl_model::{FacetId, Gap, Verdict};

use crate::case::Case;
use crate::cause::Parts;
use crate::diagnosis::Guess;
use crate::library::Library;

impl Library {
    /// What is likely where nothing is certain: what the handshake, the message and the guest's log point to.
    pub(crate) fn guesses(
        &self,
        case: &Case<'_>,
        parts: &Parts,
        suspected: &[FacetId],
    ) -> Vec<Guess> {
        let texts = &self.texts;
        let mut guesses: Vec<Guess> = Vec::new();
        if parts.first.is_none() && is_silent_all_over(case) {
            guesses.push(Guess {
                facet: FacetId::Boot,
                says: texts.get("words.silent-machine").to_owned(),
                because: texts.get("because.silent-machine").to_owned(),
            });
        }
        let mut add = |facet: FacetId, because: String| {
            let open = case.is_unknown(facet)
                || matches!(case.verdict(facet), Some(Verdict::NotApplicable { .. }));
            if open && !guesses.iter().any(|guess| guess.facet == facet) {
                let says = texts.get(&format!("likely.{facet}")).to_owned();
                guesses.push(Guess { facet, says, because });
            }
        };
        if parts.first.is_none() {
            let verdict = case.survey.outside.as_ref().ok().map(|outside| outside.verdict);
            let outside = verdict.map_or(&[][..], |verdict| self.suspects.of_outside(verdict));
            let name = verdict.map_or("", HandshakeVerdict::name);
            let because = || texts.fill("because.outside", &[("verdict", name)]);
            // What both the handshake and the user's words point to comes first.
            for facet in outside.iter().filter(|facet| suspected.contains(facet)) {
                add(*facet, because());
            }
            for facet in outside {
                add(*facet, because());
            }
            for facet in suspected {
                add(*facet, texts.get("because.message").to_owned());
            }
        }
        let all_seen = case.survey.cloud.is_ok() && case.survey.guest.is_ok();
        let unexplained = parts.first.is_none() && case.is_broken(FacetId::Reachable);
        if unexplained && all_seen {
            guesses.push(Guess {
                facet: FacetId::Reachable,
                says: texts.get("likely.reachable").to_owned(),
                because: texts.get("because.rest").to_owned(),
            });
        }
        // A known cause needs no hints from the log; its own events stand in its evidence.
        if let Ok(guest) = &case.survey.guest
            && unexplained
        {
            let words = rdpctl_words::words(texts.language());
            for event in self.suspects.of_events() {
                let told = event.told(guest, case.survey.taken_at);
                let Some(newest) = told.first() else { continue };
                let open = !case.is_broken(event.facet);
                if open && !guesses.iter().any(|guess| guess.facet == event.facet) {
                    guesses.push(Guess {
                        facet: event.facet,
                        says: texts.get(&format!("likely.{}", event.facet)).to_owned(),
                        because: texts
                            .fill("because.event", &[("event", &words.say(&newest.source))]),
                    });
                }
            }
        }
        guesses
    }
}

/// Whether the machine runs, and neither its port nor whoever answers inside it says a word.
fn is_silent_all_over(case: &Case<'_>) -> bool {
    let filtered = matches!(
        &case.survey.outside,
        Ok(shown) if shown.verdict == HandshakeVerdict::TcpFiltered
    );
    let mute = matches!(
        &case.survey.guest,
        Err(Gap::AgentUnavailable { .. }
            | Gap::Unreachable { .. }
            | Gap::Unresponsive { .. }
            | Gap::TimedOut { .. })
    );
    filtered && mute && case.verdict(FacetId::Power).is_some_and(Verdict::is_healthy)
}
