//! The numbers with which pages begin, and the sentence that they make.

use rdpctl_model::FacetId;
use serde::Serialize;

use crate::html::Html;
use crate::parts::frame::Frame;
use crate::standing::Numbers;
use crate::view::View;
use crate::words::grouped;

/// First causes of one facet.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Breaks {
    pub(super) facet: FacetId,
    #[serde(flatten)]
    pub(super) breaks: crate::view::Breaks,
}

/// How the whole estate stands.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Totals {
    pub(super) instances: usize,
    pub(super) numbers: Numbers,
    pub(super) breaks: Vec<Breaks>,
}

/// Of a snapshot.
pub(super) fn totals(view: &View) -> Totals {
    Totals {
        instances: view.numbers.all(),
        numbers: view.numbers,
        breaks: view
            .breaks
            .iter()
            .map(|(facet, breaks)| Breaks { facet, breaks: *breaks })
            .collect(),
    }
}

/// The sentence that a colleague would say: the worst that is true.
pub(super) fn sentence(frame: &Frame<'_>) -> String {
    let (numbers, words) = (&frame.view.numbers, frame.words);
    let all = grouped(numbers.all());
    let unknown = grouped(numbers.unknown);
    let fill = |key: &str, number: usize| {
        words.fill(key, &[("n", &grouped(number)), ("all", &all), ("unknown", &unknown)])
    };
    if numbers.all() == 0 {
        words.get(nobody(frame.view)).to_owned()
    // Of what was not seen nobody knows how it stands: so many it is at least.
    } else if numbers.not_reachable > 0 && numbers.unknown > 0 {
        fill("fleet.head-shut-at-least", numbers.not_reachable)
    } else if numbers.not_reachable > 0 {
        fill("fleet.head-shut", numbers.not_reachable)
    } else if numbers.differ > 0 && numbers.unknown > 0 {
        fill("fleet.head-differ-at-least", numbers.differ)
    } else if numbers.differ > 0 {
        fill("fleet.head-differ", numbers.differ)
    } else if numbers.unknown > 0 {
        fill("fleet.head-unknown", numbers.unknown)
    } else {
        words.fill("fleet.head-good", &[("all", &all)])
    }
}

/// Why there is nobody.
fn nobody(view: &View) -> &'static str {
    if view.is_nothing_declared() {
        "fleet.nobody"
    } else if view.unseen.is_empty() {
        "fleet.none-found"
    } else {
        "fleet.none-known"
    }
}

/// The same for a tab.
pub(super) fn title(frame: &Frame<'_>) -> String {
    let (numbers, words) = (&frame.view.numbers, frame.words);
    if numbers.all() == 0 {
        words.get(nobody(frame.view)).trim_end_matches('.').to_owned()
    } else if numbers.not_reachable > 0 {
        words.fill("fleet.title-shut", &[("n", &grouped(numbers.not_reachable))])
    } else if numbers.differ > 0 {
        words.fill("fleet.title-differ", &[("n", &grouped(numbers.differ))])
    } else if numbers.unknown > 0 {
        words.fill("fleet.title-unknown", &[("n", &grouped(numbers.unknown))])
    } else {
        words.get("fleet.title-good").to_owned()
    }
}

/// As of when, and how old what it rests on is.
pub(super) fn about(frame: &Frame<'_>) -> Vec<Html> {
    let (view, words) = (frame.view, frame.words);
    let mut about =
        vec![Html::text(words.get("fleet.as-of")).and(" ").and(frame.clock.moment(view.at))];
    for (world, span) in &view.answered {
        let age = frame.clock.age(span.oldest);
        about
            .push(words.fill("fleet.age", &[("world", words.world(*world)), ("age", &age)]).into());
    }
    about.push(
        words
            .fill(
                "fleet.extent",
                &[
                    ("fleets", &words.count("count.fleets", view.fleets.keys().flatten().count())),
                    ("providers", &words.count("count.providers", view.providers.len())),
                ],
            )
            .into(),
    );
    about
}

/// When everything is looked at again: what a page says that has nothing to show yet.
pub(super) fn next_look(frame: &Frame<'_>) -> Vec<Html> {
    let at = frame.view.health.next_look.into_iter();
    at.map(|at| {
        Html::text(frame.words.get("empty.looked-again")).and(" ").and(frame.clock.moment(at))
    })
    .collect()
}
