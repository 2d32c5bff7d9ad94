//! What something that is held costs, and whom it disturbs: as it was asked when somebody looked.

use std::collections::BTreeSet;

use rdpctl_model::anew::Anew;
use rdpctl_model::plan::{Direction, Sighted};
use rdpctl_model::said::Arg;
use rdpctl_model::step::{Disruption, Guarded};
use rdpctl_model::{FacetId, Verdict};

use crate::html::{Element, el};
use crate::parts::frame::Frame;
use crate::parts::pieces::panel;
use crate::parts::price::{says_price, thing};
use crate::view::{HeldLine, Waits};
use crate::words::grouped;

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

/// Where the guards are declared for which it is held; of those that no file declares, that the answer is the usual one.
pub(super) fn declared(frame: &Frame<'_>, line: &HeldLine) -> Vec<String> {
    let Some(known) = &frame.view.guards_at else { return Vec::new() };
    let guards: &[Guarded] = match &line.waits {
        Waits::Asks { guards } => guards,
        Waits::Denied { guard } => std::slice::from_ref(guard),
        Waits::Window(_) | Waits::LockOut { .. } => &[],
    };
    let says = |guard: &Guarded| match known.get(guard) {
        Some(at) => frame.words.fill("held.guard-at", &[("guard", guard.name()), ("at", at)]),
        None => frame.words.fill("held.guard-usual", &[("guard", guard.name())]),
    };
    guards.iter().map(says).collect()
}

/// Which clients do not get in any more, as far as what becomes stronger says so.
pub(super) fn clients(frame: &Frame<'_>, line: &HeldLine) -> Option<Element> {
    let words = frame.words;
    let mut says: BTreeSet<String> = BTreeSet::new();
    let stronger = line.security.iter().filter(|delta| delta.direction == Direction::Stronger);
    for what in stronger.map(|delta| &delta.what) {
        if what.key().as_str() == "tls.version-off"
            && let Some(Arg::Text(version)) = what.arg("version")
        {
            says.insert(words.fill("clients.tls", &[("version", version)]));
        }
    }
    for one in &line.differences {
        let Verdict::Drifted { from, to } = &one.verdict else { continue };
        if to.key().as_str() == "nla.required" {
            says.insert(words.get("clients.nla").to_owned());
        }
        if one.facet == FacetId::Port && from != to {
            says.insert(words.get("clients.port").to_owned());
        }
    }
    let lines = says.into_iter().map(|says| el("p").c(says));
    let lines: Vec<Element> = lines.collect();
    (!lines.is_empty()).then(|| panel(words.get("clients.heading")).each(lines))
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
