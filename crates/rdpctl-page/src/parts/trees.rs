//! The founding documents' trees as they were walked, in the doctor's words.

use rdpctl_doctor::{Answer, Health, NodeLine, Quote, Walk};

use super::pieces::quote;
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::marks::Mark;
use crate::words::Words;

/// A tree; what was not walked is left out.
pub(crate) fn tree(words: &Words, walk: &Walk) -> Element {
    let page = Href::vendor(&walk.page)
        .map(|page| el("p").class("soft").c(vendor(&page, words.get("doctor.document"))));
    el("div").c(page).c(el("ol")
        .class("tree")
        .each(walk.nodes.iter().filter(|node| node.visited).map(|node| line(words, walk, node))))
}

/// How many answers are wrong, and how many are missing.
pub(crate) fn wrong(walks: &[Walk]) -> (usize, usize, usize) {
    let answered: Vec<Health> = walks
        .iter()
        .flat_map(|walk| walk.nodes.iter())
        .filter(|node| node.visited)
        .filter_map(|node| node.health)
        .collect();
    let count = |health: Health| answered.iter().filter(|one| **one == health).count();
    (count(Health::Fault), count(Health::Unknown), answered.len())
}

/// A link to a vendor's page.
pub(crate) fn vendor(page: &Href, text: &str) -> Element {
    link(page, text).a("rel", "noreferrer")
}

/// Pieces of evidence.
pub(crate) fn quotes(words: &Words, quotes: &[Quote]) -> Option<Element> {
    (!quotes.is_empty()).then(|| {
        el("details")
            .c(el("summary").c(words.get("doctor.evidence")))
            .each(quotes.iter().map(|one| quote(&one.source, &one.reply)))
    })
}

fn line(words: &Words, walk: &Walk, node: &NodeLine) -> Element {
    let Some(answer) = node.answer else {
        return el("li")
            .c(Mark::Open.small())
            .c(el("span").class("no soft").c(&node.step))
            .c(el("span").class("q").c(&node.asks))
            .c(el("span"));
    };
    let mark = match node.health {
        Some(Health::Healthy) => Mark::Good,
        Some(Health::Fault) => Mark::Bad,
        Some(Health::Unknown) => Mark::Dim,
        Some(Health::NotApplicable) | None => Mark::None,
    };
    let says = match answer {
        Answer::Yes => words.get("doctor.yes"),
        Answer::No => words.get("doctor.no"),
        Answer::Unknown => words.get("doctor.unknown"),
        Answer::NotApplicable => words.get("doctor.not-applicable"),
    };
    let class = match node.health {
        Some(Health::Fault) => "bad",
        Some(Health::Unknown) => "dim",
        Some(Health::Healthy | Health::NotApplicable) | None => "",
    };
    let repair = node
        .repaired_by
        .as_ref()
        .and_then(|id| walk.nodes.iter().find(|other| other.id == *id))
        .map(|other| el("span").class("do").c(&other.asks));
    let evidence = quotes(words, &node.evidence).map(|one| el("div").class("do").c(one));
    el("li")
        .c(mark.small())
        .c(el("span").class("no soft").c(&node.step))
        .c(el("span").class("q").c(&node.asks))
        .c(el("b").class(class).c(says))
        .c(repair)
        .c(Html::from(evidence))
}
