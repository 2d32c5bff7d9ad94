//! What a page looks like, and what no page ever does.

use proptest::prelude::*;

use super::*;
use crate::ink::Ink;
use crate::mark::Mark;
use crate::text::Words;
use crate::view::{Characters, Paint};
use crate::{grid, width};

fn at(columns: usize) -> View {
    View { width: Some(columns), ..View::plain() }
}

fn sample(name: &str) -> Page {
    let mut page = Page::new();
    page.push(grid::plain(Words::new().ink(Ink::Strong, "Neither of 2 instances answers RDP.")));
    page.blank();
    page.push(grid::plain(Words::new().said_in(Ink::Strong, name).own("  does not answer")));
    page.push(
        grid::fact(
            Mark::Shut,
            "ingress".into(),
            9,
            Words::new().change("3389 closed", "3389 open to 198.51.100.0/24"),
        )
        .rail(Words::new().ink(Ink::Faint, "Tencent 4")),
    );
    page.push(
        grid::step(
            "4",
            Words::new().own("obtain an elastic address with 5 Mbps, or reuse a free one of ours"),
        )
        .rail(Words::new().ink(Ink::Caution, "costs money")),
    );
    page.push(grid::beneath(Mark::Held, "held: the guard `spend` asks".into()));
    page.push(grid::label("Plan", "5 steps on 2 instances".into()));
    page.push(
        grid::group("A", "12", Mark::Shut, "ingress".into(), Words::new().change("closed", "open"))
            .rail(Words::new().said(name)),
    );
    page
}

#[test]
fn columns_stand_straight_and_text_wraps_under_itself() {
    assert_eq!(
        lay(&sample("web-01"), &at(60)),
        "\
Neither of 2 instances answers RDP.

web-01  does not answer
  ✗ ingress    3389 closed → 3389 open to         Tencent 4
               198.51.100.0/24
        4  obtain an elastic address with       costs money
           5 Mbps, or reuse a free one of ours
           ! held: the guard `spend` asks
Plan       5 steps on 2 instances
A     12  ✗ ingress       closed → open              web-01
"
    );
}

#[test]
fn on_a_pipe_one_fact_is_one_line() {
    let text = lay(&sample("web-01"), &View::plain());
    assert_eq!(text.lines().count(), sample("web-01").len());
    let rail = text.lines().find(|line| line.contains("Tencent 4")).unwrap();
    assert_eq!(width(rail), 99, "{rail}");
}

#[test]
fn on_a_narrow_terminal_the_word_at_the_edge_has_its_own_line() {
    let text = lay(&sample("web-01"), &at(40));
    assert!(text.lines().any(|line| line.trim() == "Tencent 4"), "{text}");
}

#[test]
fn the_ear_hears_sentences_in_order_and_no_column() {
    let view = View { reader: Reader::Ears, ..View::plain() };
    assert_eq!(
        lay(&sample("web-01"), &view),
        "\
Neither of 2 instances answers RDP.

web-01 does not answer.
  ingress is 3389 closed, declared 3389 open to 198.51.100.0/24. Shut. Tencent 4.
    step 4: obtain an elastic address with 5 Mbps, or reuse a free one of ours. costs money.
      held: the guard `spend` asks.
Plan: 5 steps on 2 instances.
A 12 ingress is closed, declared open. Shut. web-01.
"
        .replace("web-01 does", "web-01  does")
    );
}

#[test]
fn without_colour_nothing_is_lost_and_with_it_nothing_is_added() {
    let coloured = lay(&sample("web-01"), &View { paint: Paint::Colour, ..at(80) });
    let mut bare = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        bare.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    bare.push_str(rest);
    assert_eq!(bare, lay(&sample("web-01"), &at(80)));
    assert_ne!(coloured, bare);
}

#[test]
fn in_ascii_our_own_signs_are_ascii() {
    let text = lay(&sample("web-01"), &View { characters: Characters::Ascii, ..at(80) });
    assert!(text.is_ascii(), "{text}");
}

/// Names as people give them: any script, marks that combine, up to 128 characters.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9.-]{1,128}",
        "[가-힣]{1,128}",
        "([a-z가-힣一-龥][\u{300}-\u{30f}]{0,3} ?){1,60}",
        "\\PC{1,64}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_line_is_as_wide_as_the_terminal(columns in 40_usize..200, name in names(), ears: bool) {
        let reader = if ears { Reader::Ears } else { Reader::Eyes };
        let text = lay(&sample(&name), &View { reader, ..at(columns) });
        for line in text.lines() {
            prop_assert!(width(line) < columns, "{} of {columns}: {line}", width(line));
        }
    }

    #[test]
    fn nothing_of_a_name_is_lost(columns in 40_usize..200, name in "q[a-z0-9가-힣.-]{8,127}") {
        let text: String = lay(&sample(&name), &at(columns)).split_whitespace().collect();
        prop_assert_eq!(text.matches(&name).count(), 2);
    }
}
