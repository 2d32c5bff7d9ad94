//! Small pieces: a chip, a difference, facts, a quote.

use rdpctl_model::{FacetId, Said, Verdict};

use super::say;
use crate::html::{Element, Html, el, unseen};
use crate::id::Id;
use crate::marks::Mark;
use crate::words::Words;

/// What is said is cut after so many characters unless a place says otherwise.
const LONGEST: usize = 300;

/// A mark with its word.
pub(crate) fn chip(mark: Mark, text: impl Into<Html>) -> Element {
    let class = match mark {
        Mark::Shut | Mark::Bad => "chip bad",
        Mark::Dim => "chip dim",
        Mark::Wait => "chip wait",
        Mark::Stop => "chip stop",
        Mark::Good | Mark::Tick => "chip good",
        Mark::Follows
        | Mark::Later
        | Mark::Run
        | Mark::Open
        | Mark::Kept
        | Mark::None
        | Mark::Loop => "chip",
    };
    el("span").class(class).c(mark.small()).c(el("span").c(text))
}

/// What is said, in the reader's language; what was quoted from outside is in the words in which it came.
pub(crate) fn said(words: &Words, tag: &'static str, said: &Said) -> Element {
    said_cut(words, tag, said, LONGEST)
}

/// The same, cut after so many characters.
fn said_cut(words: &Words, tag: &'static str, said: &Said, most: usize) -> Element {
    let element = el(tag);
    let element = if said.quote().is_some() { element.a("lang", "en") } else { element };
    element.c(Html::cut(&words.say(said), most))
}

/// From what to what.
pub(crate) fn change(words: &Words, from: &Said, to: &Said) -> Html {
    change_cut(words, (from, to), LONGEST)
}

/// The same, each value cut after so many characters.
pub(crate) fn change_cut(words: &Words, (from, to): (&Said, &Said), most: usize) -> Html {
    Html::from(unseen(words.get("change.is")))
        .and(said_cut(words, "del", from, most))
        .and(el("span").class("arrow").a("aria-hidden", "true").c("→"))
        .and(unseen(words.get("change.declared")))
        .and(said_cut(words, "ins", to, most))
}

/// A verdict in one line.
pub(crate) fn verdict(words: &Words, verdict: &Verdict) -> Html {
    match verdict {
        Verdict::Healthy { seen } => said(words, "span", seen).into(),
        Verdict::Drifted { from, to } | Verdict::Blocked { from, to, .. } => {
            change(words, from, to)
        }
        Verdict::Unknown { gap } => el("span")
            .class("dim")
            .c(words.fill("verdict.unknown", &[("gap", &say::gap(words, gap))]))
            .into(),
        Verdict::NotApplicable { reason } => el("span")
            .class("soft")
            .c(words.fill("verdict.none", &[("reason", &words.say(reason))]))
            .into(),
    }
}

/// The names of some facets.
pub(crate) fn facets(words: &Words, facets: &[FacetId]) -> String {
    match facets {
        [only] => words.facet(*only).to_owned(),
        many => words.count("count.facets", many.len()),
    }
}

/// Names with their values.
pub(crate) fn facts(rows: impl IntoIterator<Item = (String, Html)>) -> Element {
    let mut list = el("dl").class("facts");
    for (name, value) in rows {
        list = list.c(el("dt").c(name)).c(el("dd").c(value));
    }
    list
}

/// Facets with what is concluded of them; whom nothing else on the page is about can be led to.
pub(crate) fn facet_facts(
    words: &Words,
    rows: impl IntoIterator<Item = (FacetId, Html)>,
    elsewhere: &[FacetId],
) -> Element {
    let mut list = el("dl").class("facts");
    for (facet, value) in rows {
        let mut name = el("dt").c(words.facet(facet));
        if !elsewhere.contains(&facet) {
            name = name.id(&Id::fixed(facet.name()));
        }
        list = list.c(name).c(el("dd").c(value));
    }
    list
}

/// Who was asked, and what came back, literally.
pub(crate) fn quote(source: &str, reply: &str) -> Element {
    const LONGEST: usize = 2_000;
    el("div").class("quote").c(el("code")
        .a("lang", "en")
        .c(el("b").c(source))
        .c("\n")
        .c(Html::cut(reply, LONGEST)))
}

/// A section with a heading, as a panel.
pub(crate) fn panel(heading: impl Into<Html>) -> Element {
    el("section").class("panel lines").c(el("h2").c(heading))
}

/// A heading for those who go from heading to heading; what it says is plain to the eye.
pub(crate) fn unseen_heading(text: &str) -> Element {
    el("h2").class("vh").c(text)
}

/// Something to type, which the keys can reach.
pub(crate) fn command(text: &str) -> Element {
    el("pre").n("tabindex", 0).has("data-command").c(text)
}

/// The head of a page: the sentence, and on what it rests.
pub(crate) fn head(sentence: impl Into<Html>, about: Vec<Html>) -> Element {
    el("div")
        .class("head")
        .id(&Id::fixed("head"))
        .c(el("h1").c(sentence))
        .c(el("p").class("meta").each(about.into_iter().map(|one| el("span").c(one))))
}
