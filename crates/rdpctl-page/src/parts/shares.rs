//! The five numbers, and bars that show shares.

use crate::address::Href;
use crate::html::{Element, Html, el};
use crate::id::Id;
use crate::parts::say;
use crate::standing::{Numbers, Standing};
use crate::view::Day;
use crate::words::{Words, grouped};

/// A share below this is drawn at this, in hundredths of a per cent.
const LEAST: usize = 60;

/// Where a number leads.
pub(crate) enum Leads {
    /// To the instances of which it is the number.
    ToFilter,
    /// To its section on the same page.
    ToSection,
}

/// The five numbers.
pub(crate) fn tally(words: &Words, numbers: &Numbers, leads: &Leads) -> Html {
    let one = |standing: Standing| {
        let leads = match leads {
            Leads::ToFilter => {
                let to = Href::path(&[]).with("view", "matrix").with("verdict", standing.name());
                el("a").href(&to)
            }
            // What is as declared has no section, and neither has what nobody is.
            Leads::ToSection if standing == Standing::AsDeclared || numbers.of(standing) == 0 => {
                el("a")
            }
            Leads::ToSection => el("a").href(&Href::anchor(&section(standing))),
        };
        leads
            .c(say::standing_mark(standing).small())
            .c(el("span").c(say::standing(words, standing)))
            .c(el("b").c(grouped(numbers.of(standing))))
    };
    let numbers_of = el("nav")
        .class("tally")
        .id(&Id::fixed("tally"))
        .a("aria-label", words.get("fleet.by-verdict"))
        .each(Standing::ALL.into_iter().map(one));
    Html::from(numbers_of).and(bar(words, numbers))
}

/// The id of the section of those that stand so.
pub(crate) fn section(standing: Standing) -> Id {
    Id::fixed(match standing {
        Standing::NotReachable => "s-shut",
        Standing::Differs => "s-bad",
        Standing::Unknown => "s-dim",
        Standing::Accepted => "s-kept",
        Standing::AsDeclared => "s-good",
    })
}

fn bar(words: &Words, numbers: &Numbers) -> Element {
    let said: Vec<String> = Standing::ALL
        .into_iter()
        .map(|one| format!("{} {}", grouped(numbers.of(one)), say::standing(words, one)))
        .collect();
    let label = words.fill("fleet.bar", &[("numbers", &said.join(", "))]);
    let shares = Standing::ALL.map(|standing| {
        let class = match standing {
            Standing::NotReachable => "f-bad",
            Standing::Differs => "f-badsoft",
            Standing::Unknown => "f-dim",
            Standing::Accepted => "f-kept",
            Standing::AsDeclared => "f-goodsoft",
        };
        (numbers.of(standing), class)
    });
    drawn("bar", &label, &shares)
}

/// A bar of shares, each in its class.
pub(crate) fn drawn(class: &'static str, label: &str, shares: &[(usize, &'static str)]) -> Element {
    let all: usize = shares.iter().map(|(share, _)| *share).sum();
    let mut svg = el("svg").class(class).a("role", "img").a("aria-label", label);
    if all == 0 {
        return svg;
    }
    let wanted: Vec<usize> = shares
        .iter()
        .map(|(share, _)| if *share == 0 { 0 } else { (share * 10_000 / all).max(LEAST) })
        .collect();
    // What small shares are drawn too wide, the widest is drawn too narrow.
    let over = wanted.iter().sum::<usize>().saturating_sub(10_000);
    let widest = (0..wanted.len()).max_by_key(|place| wanted[*place]).unwrap_or_default();
    let mut at = 0;
    for (place, ((_, fill), width)) in shares.iter().zip(&wanted).enumerate() {
        let width = if place == widest { width.saturating_sub(over) } else { *width };
        if width > 0 {
            svg = svg.c(el("rect")
                .a("x", percent(at))
                .a("width", percent(width))
                .a("height", "100%")
                .class(fill));
        }
        at += width;
    }
    svg
}

fn percent(hundredths: usize) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// Days side by side: what differed, and on it what was unknown.
pub(crate) fn days(class: &'static str, label: &str, days: &[Day]) -> Element {
    let most = days.iter().map(|day| day.differ + day.unknown).max().unwrap_or(0).max(1);
    let mut svg = el("svg").class(class).a("role", "img").a("aria-label", label).c(el("line")
        .a("x1", "0")
        .a("x2", "100%")
        .a("y1", "100%")
        .a("y2", "100%")
        .class("s-edge"));
    let room = 10_000 / days.len().max(1);
    for (place, day) in days.iter().enumerate() {
        let height = |number: usize| number * 9_800 / most;
        let (differ, unknown) = (height(day.differ), height(day.unknown));
        let is_last = place + 1 == days.len();
        let column = |y: usize, height: usize, fill: &'static str| {
            el("rect")
                .a("x", percent(place * room + room / 7))
                .a("y", percent(y))
                .a("width", percent(room * 5 / 7))
                .a("height", percent(height))
                .class(fill)
        };
        svg = svg
            .c(column(
                10_000 - differ - unknown,
                differ,
                if is_last { "f-bad" } else { "f-badsoft" },
            ))
            .c(column(10_000 - unknown, unknown, "f-dim"));
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_share_is_seen_and_all_shares_fill_the_bar() {
        let svg = Html::from(drawn("bar", "x", &[(1, "a"), (99_999, "b")])).into_string();
        assert_eq!(
            svg,
            "<svg class=\"bar\" role=\"img\" aria-label=\"x\"><rect x=\"0.00%\" width=\"0.60%\" height=\"100%\" class=\"a\"/><rect x=\"0.60%\" width=\"99.40%\" height=\"100%\" class=\"b\"/></svg>"
        );
    }
}
