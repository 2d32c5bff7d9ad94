//! Who may have changed something, in a few words and as a list.

use std::collections::BTreeMap;

use rdpctl_model::FacetId;

use super::frame::Frame;
use super::pieces::{panel, said};
use crate::address::Href;
use crate::clock::Clock;
use crate::html::{Element, Html, el, link};
use crate::marks::Mark;
use crate::view::Suspect;
use crate::words::grouped;

/// So many of those who changed something are shown, and so long a name of theirs.
const SHOWN: usize = 20;
const NAME: usize = 80;

/// In a few words.
pub(crate) fn says(clock: &Clock<'_>, one: &Suspect) -> Html {
    Html::text(clock.words.get("whose.changed-by"))
        .and(" ")
        .and(Html::cut(&one.by, NAME))
        .and(" (")
        .and(Html::cut(&one.what, NAME))
        .and(", ")
        .and(clock.moment(one.at))
        .and(")")
}

/// All of them, equal changes in one line; nothing where nothing differs that a cloud's log could know of.
pub(crate) fn panel_of(frame: &Frame<'_>) -> Option<Element> {
    let (words, whose) = (frame.words, &frame.view.whose);
    if whose.asked == 0 {
        return None;
    }
    let mut equal: BTreeMap<(&str, &str, FacetId), Vec<&Suspect>> = BTreeMap::new();
    for one in &whose.changed_by {
        equal.entry((&one.by, &one.what, one.facet)).or_default().push(one);
    }
    let mut equal: Vec<Vec<&Suspect>> = equal.into_values().collect();
    equal.sort_by_key(|all| std::cmp::Reverse(all.len()));
    let lines = equal.iter().take(SHOWN).filter_map(|all| {
        let last = all.iter().max_by_key(|one| one.at)?;
        let more =
            (all.len() > 1).then(|| words.fill("whose.more", &[("n", &grouped(all.len() - 1))]));
        Some(
            el("li").class("item").c(Mark::Bad.small()).c(el("div")
                .c(link(&Href::instance(&last.instance), last.instance.as_str()))
                .c(more)
                .c(" · ")
                .c(words.facet(last.facet))
                .c(el("p").c(says(&frame.clock, last)))),
        )
    });
    let silent = whose.not_told.iter().map(|one| {
        let says = words.fill("whose.silent", &[("provider", one.provider.as_str())]);
        el("p").c(says).c(" ").c(said(words, "span", &one.why))
    });
    let nobody = (whose.changed_by.is_empty() && whose.not_told.is_empty())
        .then(|| el("p").class("soft").c(words.count("whose.nobody", whose.asked)));
    Some(
        panel(words.get("whose.heading"))
            .c(nobody)
            .c((!equal.is_empty()).then(|| el("ul").class("list").each(lines)))
            .each(silent)
            .c(el("p").class("soft").c(words.get("whose.about"))),
    )
}
