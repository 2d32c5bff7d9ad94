//! What becomes weaker and stronger.

use rdpctl_model::plan::{Direction, SecurityDelta};

use super::pieces::panel;
use crate::html::{Element, el};
use crate::marks::Mark;
use crate::words::Words;

/// Lines shown of many.
const LINES: usize = 30;

/// A line for each of them; of many, how many more there are.
pub(crate) fn lines(words: &Words, deltas: &[SecurityDelta]) -> Vec<Element> {
    let one = |delta: &SecurityDelta| {
        let (mark, key) = match delta.direction {
            Direction::Weaker => (Mark::Open, "security.weaker"),
            Direction::Stronger => (Mark::Good, "security.stronger"),
        };
        let who = words.count("count.instances", delta.instances);
        el("p")
            .class("item")
            .c(mark.small())
            .c(el("span").c(words.fill(key, &[("what", &words.say(&delta.what)), ("who", &who)])))
    };
    let mut lines: Vec<Element> = deltas.iter().take(LINES).map(one).collect();
    if lines.is_empty() {
        return vec![el("p").class("soft").c(words.get("security.same"))];
    }
    if let Some(left @ 1..) = deltas.len().checked_sub(LINES) {
        lines.push(el("p").class("soft").c(words.count("security.more", left)));
    }
    lines
}

/// The same as a panel.
pub(crate) fn panel_of(words: &Words, deltas: &[SecurityDelta]) -> Element {
    panel(words.get("security.heading")).each(lines(words, deltas))
}
