//! The answer to a yes or a no about what is not so any more: what was seen beside what is now, and what of it moved. What
//! is new is answered by looking at it, never by the answer to what was.

use std::collections::BTreeSet;

use rdpctl_model::anew::{Above, Anew};
use rdpctl_model::{InstanceName, Verdict};

use super::{bill, held};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::marks::Mark;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{head, panel};
use crate::parts::price::thing;
use crate::view::{HeldLine, StepLine, Waits};
use crate::words::{Words, grouped};

/// Lines that are now about those whom an answer was about; more lie behind the list.
const LINES: usize = 3;
/// Names of machines that are told apart.
const NAMES: usize = 12;

/// An answer to what is not so any more.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    /// What it answers, by its name in addresses.
    pub id: &'a str,
    /// What was shown, where that is still known.
    pub seen: Option<&'a HeldLine>,
    /// What was shown of prices and sessions.
    pub shown: &'a Anew,
    /// What they are now, where somebody asked.
    pub now: Option<&'a Anew>,
}

/// The page of it.
pub(crate) fn moved(frame: &Frame<'_>, moved: &Moved<'_>) -> Html {
    let words = frame.words;
    let unasked = Anew::default();
    let (now, above) = match moved.now {
        Some(now) => (now, now.above(moved.shown)),
        None => (&unasked, Vec::new()),
    };
    let lines = lines(frame, moved);
    let sentence = words.get(if above.is_empty() { "moved.head" } else { "moved.head-more" });
    let about = About { title: sentence.to_owned(), icon: frame.icon() };
    let mut what = what_is_more(words, &above);
    what.extend(match (moved.seen, lines.first()) {
        (Some(seen), Some(now)) => what_moved(frame, seen, now),
        (Some(_), None) => vec![words.get("moved.gone").to_owned()],
        (None, _) => vec![words.get("moved.forgotten").to_owned()],
    });
    let what = panel(words.get("moved.what")).c(el("ul").class("list").each(
        what.into_iter()
            .map(|one| el("li").class("item").c(Mark::Wait.small()).c(el("span").c(one))),
    ));
    let seen = moved.seen.map(|seen| side(words.get("moved.seen"), frame, seen, moved.shown, None));
    let is = lines.iter().map(|line| {
        let anew = link(&Href::path(&["held", &line.id]), words.get("moved.decide"));
        side(words.get("moved.now"), frame, line, now, Some(anew))
    });
    let none = lines.is_empty().then(|| {
        panel(words.get("moved.now"))
            .c(el("p").c(words.get("moved.gone")))
            .c(el("p").c(link(&Href::path(&["held"]), words.get("nav.held"))))
    });
    let main = Html::from(head(sentence, vec![words.get("moved.nothing-done").into()]))
        .and(what)
        .and(el("div").class("what2 broad").c(seen).each(is).c(none));
    frame.document(&about, main)
}

/// What is asked now about those whom an answer was about: under the same name, else about the same machines.
fn lines<'a>(frame: &'a Frame<'_>, moved: &Moved<'_>) -> Vec<&'a HeldLine> {
    let held = &frame.view.held;
    if let Some(same) = held.iter().find(|line| line.id == moved.id) {
        return vec![same];
    }
    let Some(seen) = moved.seen else { return Vec::new() };
    let members: BTreeSet<&InstanceName> = seen.members.iter().collect();
    let concerned = held.iter().filter(|line| line.members.iter().any(|it| members.contains(it)));
    let asks = |line: &&HeldLine| matches!(line.waits, Waits::Asks { .. });
    let (asking, others): (Vec<&HeldLine>, Vec<&HeldLine>) = concerned.partition(asks);
    asking.into_iter().chain(others).take(LINES).collect()
}

fn side(
    heading: &str,
    frame: &Frame<'_>,
    line: &HeldLine,
    anew: &Anew,
    decide: Option<Element>,
) -> Element {
    el("div")
        .class("stack")
        .c(panel(heading)
            .c(el("p").c(held::question(frame, line)))
            .c(decide.map(|it| el("p").c(it))))
        .c(held::differences(frame, line))
        .c(held::steps(frame, line))
        .c(bill::people(frame, line, anew))
        .c(bill::money(frame, line, anew))
}

fn what_is_more(words: &Words, above: &[Above]) -> Vec<String> {
    let one = |one: &Above| match one {
        Above::Price { what } => words.fill("moved.price", &[("what", thing(words, what))]),
        Above::Sessions => words.get("moved.sessions").to_owned(),
    };
    above.iter().map(one).collect()
}

/// What of it is another thing than what was seen, by what a reader can find on both sides.
fn what_moved(frame: &Frame<'_>, seen: &HeldLine, now: &HeldLine) -> Vec<String> {
    let words = frame.words;
    let mut moved = Vec::new();
    let mut differs = |is: bool, key: &'static str| {
        if is {
            moved.push(words.get(key).to_owned());
        }
    };
    differs(seen.waits != now.waits, "moved.guards");
    differs(seen.money != now.money, "moved.money");
    differs(seen.security != now.security, "moved.security");
    differs(spelled(&seen.steps) != spelled(&now.steps), "moved.steps");
    for one in &now.differences {
        let before = seen.differences.iter().find(|it| it.facet == one.facet);
        if before.is_none_or(|before| before.verdict != one.verdict) {
            moved.push(facet(words, one.facet, before.map(|it| &it.verdict)));
        }
    }
    for one in &seen.differences {
        if !now.differences.iter().any(|it| it.facet == one.facet) {
            moved.push(words.fill("moved.facet-gone", &[("facet", words.facet(one.facet))]));
        }
    }
    let names = |line: &HeldLine| line.consents.keys().cloned().collect::<BTreeSet<_>>();
    let (before, after) = (names(seen), names(now));
    let told = |key: &'static str, who: Vec<&InstanceName>, moved: &mut Vec<String>| {
        if who.is_empty() {
            return;
        }
        let shown: Vec<&str> = who.iter().take(NAMES).map(|name| name.as_str()).collect();
        let values = [("n", grouped(who.len())), ("names", shown.join(", "))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        moved.push(words.fill(key, &values));
    };
    told("moved.members-new", after.difference(&before).collect(), &mut moved);
    told("moved.members-gone", before.difference(&after).collect(), &mut moved);
    let other = |name: &&InstanceName| seen.consents.get(*name) != now.consents.get(*name);
    if moved.is_empty() {
        // Nothing that is alike for all: what is each one's own.
        told("moved.own", before.intersection(&after).filter(other).collect(), &mut moved);
    }
    if moved.is_empty() {
        moved.push(words.get("moved.answered").to_owned());
    }
    moved
}

fn facet(words: &Words, facet: rdpctl_model::FacetId, before: Option<&Verdict>) -> String {
    let named = words.facet(facet);
    match before {
        Some(_) => words.fill("moved.facet", &[("facet", named)]),
        None => words.fill("moved.facet-new", &[("facet", named)]),
    }
}

/// Steps as far as a yes is about them.
fn spelled(steps: &[StepLine]) -> Vec<(&crate::view::StepWords, &rdpctl_model::Said)> {
    steps.iter().map(|step| (&step.words, &step.why)).collect()
}
