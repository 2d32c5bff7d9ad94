//! What others wrote is shown and never obeyed.

use std::collections::BTreeMap;

use rdpctl_model::{FacetId, Said, Verdict};
use rdpctl_page::{Detail, More, Request, respond};

use crate::world::{Differs, World, addresses, body, get};

#[test]
fn what_others_wrote_is_text_on_every_page() {
    let hostile = "<script>alert(1)</script>\u{1b}[2J\u{202e}javascript:x\" onload='y'";
    let mut world = World::usual();
    world.display = hostile.to_owned();
    world.differs.push(Differs {
        fleet: "desks",
        count: 1,
        findings: vec![
            (
                FacetId::Port,
                Verdict::drifted(Said::quoted(hostile), Said::quoted("TermService")),
                None,
            ),
            (
                FacetId::Nla,
                Verdict::Blocked {
                    from: Said::quoted(hostile),
                    to: Said::quoted("required"),
                    by: Said::quoted(hostile),
                    advice: Said::quoted(hostile),
                },
                None,
            ),
        ],
        held: None,
    });
    let view = world.view();
    let mut shown = 0;
    for address in addresses(&view) {
        for address in [address.clone(), json(&address)] {
            let response = get(&view, &address);
            let text = body(&response);
            for wrong in ["\u{1b}", "\u{202e}"] {
                assert!(!text.contains(wrong), "{address}");
            }
            if !address.contains(".json") {
                assert!(!text.contains("<script>alert"), "{address}");
                assert!(!text.contains("href=\"javascript"), "{address}");
                assert!(!text.contains("\" onload"), "{address}");
                shown += text.matches("&lt;script&gt;").count();
            }
        }
    }
    assert!(shown > 5, "it is shown, {shown} times");
}

fn json(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = if path == "/" { "/fleet" } else { path };
    format!("{path}.json?{query}")
}

#[test]
fn a_long_text_is_cut_and_says_how_long_it_was() {
    let mut world = World::usual();
    world.display = "x".repeat(65_536);
    let view = world.view();
    let response = get(&view, &format!("/instances/{}", view.rows[0].name));
    assert!(body(&response).contains("… (65536 bytes)"));
    assert!(response.body.len() < 100_000, "{}", response.body.len());
}

#[test]
fn tags_of_others_are_text_too_and_cut_with_their_size() {
    let view = World::usual().view();
    let name = view.rows[0].name.clone();
    let hostile = "<script>alert(1)</script>\u{1b}[2J\u{202e}javascript:x\" onload='y'";
    let detail = Detail {
        diagnosis: None,
        answered: BTreeMap::new(),
        address: Some(hostile.to_owned()),
        from: hostile.to_owned(),
        tags: vec![(hostile.to_owned(), hostile.to_owned()), ("k".to_owned(), "y".repeat(65_536))],
        steps: Vec::new(),
        security: Vec::new(),
        money: BTreeMap::new(),
        repair: None,
        turns: Vec::new(),
        history: Vec::new(),
    };
    let more = More::Instance(Box::new(detail));
    for form in ["", ".json"] {
        let path = format!("/instances/{name}{form}");
        let page = respond(&view, &Request::plain(&path, ""), &more);
        let text = body(&page);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        if form.is_empty() {
            for wrong in ["<script>alert", "href=\"javascript", "\" onload"] {
                assert!(!text.contains(wrong), "{wrong}: {text}");
            }
            assert!(
                text.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[2J\\u{202e}"),
                "{text}"
            );
            assert!(text.contains("… (65538 bytes)"), "{text}");
            assert!(text.len() < 100_000, "{}", text.len());
        }
    }
}
