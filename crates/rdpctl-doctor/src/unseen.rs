//! What could not be seen, and what to enable to see it.

use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use rdpctl_model::{FacetId, Gap};

use crate::case::Case;
use crate::diagnosis::Unseen;
use crate::texts::Texts;

/// The worlds that did not answer, each with what would make it answer.
pub(crate) fn unseen(case: &Case<'_>, texts: &Texts) -> Vec<Unseen> {
    let nowhere = matches!(case.survey.cloud, Err(Gap::NotFound { .. }));
    let worlds = [
        (World::Cloud, case.survey.cloud.as_ref().err()),
        (World::Guest, case.survey.guest.as_ref().err()),
        (World::Outside, case.survey.outside.as_ref().err()),
    ];
    worlds
        .into_iter()
        .filter_map(|(world, gap)| Some((world, gap?)))
        // Without an address there is nothing to shake hands with: the facet says so itself. And of an instance that
        // the cloud does not know, nothing else is worth saying.
        .filter(|(world, _)| match world {
            World::Cloud => !is_a_host(case),
            World::Guest => !nowhere,
            World::Outside => !nowhere && !case.is_broken(FacetId::Reachable),
        })
        .map(|(world, gap)| {
            let (name, reason) = gap_words(gap, rdpctl_words::words(texts.language()));
            let place = match world {
                World::Cloud => "cloud",
                World::Guest => "guest",
                World::Outside => "outside",
            };
            let own = format!("unseen.{place}.{name}");
            let enable = texts.find(&own).unwrap_or_else(|| texts.get("unseen.any"));
            Unseen {
                world,
                why: texts.fill(&format!("gap.{name}"), &[("reason", &reason)]),
                enable: enable.to_owned(),
            }
        })
        .collect()
}

/// Whether it is a host that no cloud was to be asked of, though its inside was: nothing of it is missing.
fn is_a_host(case: &Case<'_>) -> bool {
    let asked = |gap: Option<&Gap>| gap != Some(&Gap::NotAsked);
    case.provider == ProviderKind::Static
        && !asked(case.survey.cloud.as_ref().err())
        && asked(case.survey.guest.as_ref().err())
}

/// A gap's name in the texts, and what it carries.
fn gap_words(gap: &Gap, words: &rdpctl_words::Words) -> (&'static str, String) {
    match gap {
        Gap::NotSurveyed => ("not-surveyed", String::new()),
        Gap::NotAsked => ("not-asked", String::new()),
        Gap::NotRunning => ("not-running", String::new()),
        Gap::NotFound { id } => ("not-found", id.as_str().to_owned()),
        Gap::NoChannel => ("no-channel", String::new()),
        Gap::NotGranted { what, .. } => ("not-granted", words.say(what)),
        Gap::AgentUnavailable { reason } => ("agent-unavailable", words.say(reason)),
        Gap::Unreachable { reason } | Gap::Unresponsive { reason } => {
            ("unreachable", words.say(reason))
        }
        Gap::Denied { reason } => ("denied", words.say(reason)),
        Gap::TimedOut { what } => ("timed-out", words.say(what)),
        Gap::Truncated { what } => ("truncated", words.say(what)),
        Gap::Garbled { what } => ("garbled", words.say(what)),
        Gap::ApiError { code, .. } => ("api-error", code.clone()),
    }
}
