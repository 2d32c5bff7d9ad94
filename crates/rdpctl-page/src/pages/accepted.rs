//! What somebody took responsibility for, and what runs out first.

use jiff::civil::Date;
use rdpctl_model::FacetId;
use serde::Serialize;

use super::shown::{Shown, shown};
use crate::html::{Element, Html, el};
use crate::marks::Mark;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{command, head, panel};
use crate::standing::Standing;
use crate::view::Cause;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Accepted<'a> {
    accepted: Vec<One<'a>>,
    causes: Vec<&'a Cause>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct One<'a> {
    instance: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    facet: Option<FacetId>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Date>,
    is_over: bool,
}

/// The page.
pub(super) fn show(frame: &Frame<'_>) -> Shown {
    let (view, words) = (frame.view, frame.words);
    let mut all: Vec<One<'_>> = view
        .accepts
        .iter()
        .map(|accept| One {
            instance: &accept.instance,
            facet: accept.facet,
            reason: &accept.reason,
            owner: accept.owner.as_deref(),
            until: accept.until,
            is_over: accept.until.is_some_and(|until| view.today > until),
        })
        .collect();
    all.sort_by_key(|one| (one.until.is_none(), one.until));
    let accepted = Accepted {
        accepted: all,
        causes: view.causes.iter().filter(|one| one.section == Standing::Accepted).collect(),
    };
    let soon = accepted.accepted.iter().find(|one| !one.is_over && one.until.is_some());
    let sentence = match (accepted.accepted.len(), soon.and_then(|one| one.until)) {
        (0, _) => words.get("accepted.none").to_owned(),
        (number, Some(until)) => {
            let count = words.count("count.accepted", number);
            words.fill("accepted.head-until", &[("count", &count), ("until", &until.to_string())])
        }
        (number, None) => words.count("count.accepted", number),
    };
    let about = About { title: words.get("nav.accepted").to_owned(), icon: frame.icon() };
    let how = "[[accept]]\ninstance = \"legacy\"\nfacet    = \"tls\"\nreason   = \"scanner firmware, replaced in January\"\nowner    = \"ana@example.com\"\nuntil    = 2027-01-31";
    let main = Html::from(head(sentence, Vec::new()))
        .and((!accepted.accepted.is_empty()).then(|| {
            el("section").class("panel").c(el("ul")
                .class("list")
                .each(accepted.accepted.iter().map(|one| line(frame, one))))
        }))
        .and(
            el("div").class("gap").c(panel(words.get("accepted.how"))
                .c(el("p").c(words.get("accepted.how-about")))
                .c(command(how))),
        );
    shown(frame, "accepted", &accepted, frame.document(&about, main))
}

fn line(frame: &Frame<'_>, one: &One<'_>) -> Element {
    let words = frame.words;
    let what = one.facet.map_or_else(
        || words.get("accepted.all-facets").to_owned(),
        |facet| words.facet(facet).to_owned(),
    );
    let (mark, until) = match one.until {
        None => (Mark::Kept, words.get("accepted.no-end").to_owned()),
        Some(until) if one.is_over => {
            (Mark::Bad, words.fill("accepted.over", &[("until", &until.to_string())]))
        }
        Some(until) => (Mark::Kept, words.fill("accepted.until", &[("until", &until.to_string())])),
    };
    el("li").class("item").c(mark.small()).c(el("div")
        .c(el("b").c(one.instance))
        .c(" · ")
        .c(what)
        .c(el("p")
            .class("soft")
            .c(one.reason)
            .c(one.owner.map(|owner| format!(" · {owner}")))
            .c(" · ")
            .c(until)))
}
