//! Equal differences, one line each: what, why, since when, on how many, and what comes next.

use std::collections::BTreeMap;

use rdpctl_model::Verdict;

use crate::address::Href;
use crate::clock::Clock;
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::pieces::{change_cut, chip, facets, said};
use crate::parts::say;
use crate::standing::{Numbers, Standing};
use crate::view::{Cause, Next};
use crate::words::grouped;

/// A value in a line among fifty, and on the page that is about it.
const IN_A_LINE: usize = 64;
const WHOLE: usize = 300;

/// Whether a line leads anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where<'a> {
    /// On the page of a loop, where each group has a page of its own; with the list in which it stands.
    Page(Option<&'a str>),
    /// In a file by itself.
    File,
}

/// The head of a section: how many instances stand so, in how many groups.
pub(crate) fn section(
    clock: &Clock<'_>,
    standing: Standing,
    numbers: &Numbers,
    causes: &[&Cause],
    level: &'static str,
) -> Element {
    let words = clock.words;
    let mut about = words.fill(
        "fleet.section",
        &[
            ("instances", &words.count("count.instances", numbers.of(standing))),
            ("groups", &words.count("count.groups", causes.len())),
        ],
    );
    let above = causes.iter().map(|cause| cause.counted_above).max().unwrap_or(0);
    if above > 0 {
        about.push_str(&words.fill("fleet.above", &[("n", &grouped(above))]));
    }
    el(level).class("section").c(say::standing(words, standing)).c(" ").c(el("span").c(about))
}

/// One of them.
pub(crate) fn row(clock: &Clock<'_>, cause: &Cause, place: Where<'_>) -> Element {
    let words = clock.words;
    let title = titled(clock, cause, IN_A_LINE);
    let title = match place {
        Where::Page(list) => {
            let to = Href::path(&["groups", &cause.key]);
            let to = match list {
                Some(list) => to.with("in", list),
                None => to,
            };
            link(&to, title).into()
        }
        Where::File => title,
    };
    let mut about = Vec::new();
    if let Some(since) = cause.since {
        about.push(Html::text(words.get("fleet.since")).and(" ").and(clock.moment(since)));
    }
    if let Some(one) = &cause.changed_by {
        about.push(super::whose::says(clock, one));
    }
    if cause.follows > 0 {
        about.push(words.count("count.follow", cause.follows).into());
    }
    if !cause.seed.is_empty() {
        about.push(el("span").a("lang", "en").c(cause.seed.join("; ")).into());
    }
    let what = el("div")
        .class("what")
        .c(el("h3").c(title))
        .c(why(clock, cause))
        .c((!about.is_empty()).then(|| el("p").class("since").c(Html::joined(about, " · "))));
    let line = el("li").id(&Id::of("g", &cause.key));
    let line = match place {
        Where::Page(_) => line.has("data-item").a("data-live", "rows"),
        Where::File => line,
    };
    line.c(mark(cause).large_said(say::standing(words, cause.section)))
        .c(what)
        .c(el("div")
            .class("n")
            .c(el("b").c(grouped(cause.instances)))
            .c(" ")
            .c(el("span").c(whose(cause))))
        .c(el("div").class("next").c(next(clock, cause, place)))
}

/// What it is, whole.
pub(crate) fn title(clock: &Clock<'_>, cause: &Cause) -> Html {
    titled(clock, cause, WHOLE)
}

/// What it is, with values cut after so many characters.
fn titled(clock: &Clock<'_>, cause: &Cause, most: usize) -> Html {
    let words = clock.words;
    match &cause.verdict {
        Verdict::Unknown { gap } => words
            .fill(
                "fleet.unseen",
                &[("facets", &facets(words, &cause.facets)), ("gap", &say::gap(words, gap))],
            )
            .into(),
        Verdict::Drifted { from, to } | Verdict::Blocked { from, to, .. } => {
            Html::from(el("span").class("facet").c(facets(words, &cause.facets)))
                .and(" ")
                .and(change_cut(words, (from, to), most))
        }
        Verdict::Healthy { seen } | Verdict::NotApplicable { reason: seen } => {
            words.say(seen).into()
        }
    }
}

const fn mark(cause: &Cause) -> Mark {
    match (&cause.verdict, cause.section) {
        (Verdict::Blocked { .. }, Standing::NotReachable | Standing::Differs) => Mark::Stop,
        (
            Verdict::Blocked { .. }
            | Verdict::Drifted { .. }
            | Verdict::Unknown { .. }
            | Verdict::Healthy { .. }
            | Verdict::NotApplicable { .. },
            standing,
        ) => say::standing_mark(standing),
    }
}

fn why(clock: &Clock<'_>, cause: &Cause) -> Option<Element> {
    let words = clock.words;
    if let Verdict::Unknown { gap } = &cause.verdict {
        let more = words.fill("fleet.know-more", &[("how", &say::to_know_more(words, gap))]);
        let names: Vec<&str> = cause.facets.iter().map(|facet| words.facet(*facet)).collect();
        let hides = (names.len() > 1).then(|| format!("{}. ", names.join(", ")));
        return Some(el("p").c(hides).c(more));
    }
    cause.why.as_ref().map(|why| said(words, "p", why))
}

/// In which fleets, the largest first.
fn whose(cause: &Cause) -> String {
    const SHOWN: usize = 2;
    let mut fleets: BTreeMap<&str, usize> = BTreeMap::new();
    for member in &cause.members {
        *fleets.entry(member.fleet().unwrap_or(member.as_str())).or_default() += 1;
    }
    let mut fleets: Vec<(&str, usize)> = fleets.into_iter().collect();
    fleets.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let mut shown: Vec<&str> = fleets.iter().take(SHOWN).map(|(name, _)| *name).collect();
    let more = format!("+{}", fleets.len().saturating_sub(SHOWN));
    if fleets.len() > SHOWN {
        shown.push(&more);
    }
    shown.join(", ")
}

fn next(clock: &Clock<'_>, cause: &Cause, place: Where<'_>) -> Html {
    const SHOWN: usize = 4;
    let words = clock.words;
    let (mark, says) = say::next(clock, &cause.next);
    let chip = chip(mark, says);
    let would = || {
        let mut would: Vec<String> =
            cause.would.iter().take(SHOWN).map(|step| words.say(step)).collect();
        if cause.would.len() > SHOWN {
            would.push("…".to_owned());
        }
        words.fill("next.would", &[("steps", &would.join("; "))])
    };
    let more: Html = match &cause.next {
        Next::Asks { .. } if place != Where::File => {
            Html::from(link(&Href::path(&["held"]), words.get("next.review")))
        }
        Next::Window { .. } => words.get("next.nothing-to-do").into(),
        Next::Planned | Next::Reported | Next::Asks { .. } | Next::Denied { .. }
            if !cause.would.is_empty() =>
        {
            would().into()
        }
        Next::LockOut { why } => words.say(why).into(),
        Next::Blocked { advice, .. } => {
            words.fill("next.you-can", &[("advice", &words.say(advice))]).into()
        }
        Next::Accepted => cause.accepted.as_ref().map(rdpctl_model::accept::Accepted::words).into(),
        Next::Unseen => words.get("next.asked-again").into(),
        Next::Planned | Next::Reported | Next::Asks { .. } | Next::Denied { .. } => Html::empty(),
        Next::Revealed | Next::Nothing => Html::empty(),
    };
    let more = (!more.is_empty()).then(|| el("p").c(more));
    Html::from(chip).and(more)
}
