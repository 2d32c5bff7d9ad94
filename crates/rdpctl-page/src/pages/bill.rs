//! What something that is held costs, and whom it disturbs: as it was asked when somebody looked.

use rdpctl_model::anew::Anew;
use rdpctl_model::plan::Sighted;
use rdpctl_model::step::Disruption;

use crate::html::{Element, el};
use crate::parts::frame::Frame;
use crate::parts::pieces::panel;
use crate::parts::price::says_price;
use crate::view::HeldLine;
use crate::words::{Words, grouped};

/// Who is logged on where something ends his session, as far as anybody looked.
pub(super) fn people(frame: &Frame<'_>, line: &HeldLine, now: &Anew) -> Option<Element> {
    let words = frame.words;
    let disturbs = line.steps.iter().any(|step| step.disruption != Disruption::None);
    disturbs.then(|| {
        let says = match now.sessions {
            Sighted::NotSeen => words.get("held.sessions-unseen").to_owned(),
            Sighted::Seen(0) => words.get("held.sessions-none").to_owned(),
            Sighted::Seen(alive) => {
                words.count("held.sessions", usize::try_from(alive).unwrap_or(usize::MAX))
            }
        };
        panel(words.get("held.people")).c(el("p").c(says))
    })
}

/// What costs money, by the vendor's price, where he quotes one.
pub(super) fn money(frame: &Frame<'_>, line: &HeldLine, now: &Anew) -> Option<Element> {
    let words = frame.words;
    if line.money.is_empty() {
        return None;
    }
    let lines = line.money.iter().map(|(what, count)| {
        let count = grouped(usize::try_from(*count).unwrap_or(usize::MAX));
        let quote = now.quotes.iter().find(|quote| quote.what == *what);
        let price = match quote.map(|quote| &quote.price) {
            Some(Sighted::Seen(price)) => says_price(words, price),
            Some(Sighted::NotSeen) | None => words.get("price.not-quoted").to_owned(),
        };
        el("p").c(count).c(" × ").c(thing(words, what)).c(el("br")).c(price)
    });
    Some(
        panel(words.get("cost.heading"))
            .each(lines)
            .c(el("p").class("soft").c(words.get("held.bound"))),
    )
}

/// What costs money, in the reader's language.
pub(super) fn thing<'a>(words: &'a Words, what: &'a str) -> &'a str {
    match what {
        "elastic addresses, charged by traffic" => words.get("money.addresses"),
        "bandwidth charged by time" => words.get("money.bandwidth"),
        "instances charged again" => words.get("money.instances"),
        "other" => words.get("money.other"),
        "snapshots" => words.get("money.snapshots"),
        other => other,
    }
}
