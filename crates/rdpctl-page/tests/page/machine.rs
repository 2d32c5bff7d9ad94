//! The page of one machine: its tags whole, its timeline, its plan's lines, and who stands before and behind it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rdpctl_model::chronicle::Turned;
use rdpctl_model::outcome::{JournalEntry, JournalSubject, Receipt, StepEvent};
use rdpctl_model::plan::{Direction, SecurityDelta};
use rdpctl_model::step::Disruption;
use rdpctl_model::{FacetId, RunId, Said, StepNumber, Verdict};
use rdpctl_page::{Detail, Language, More, Request, Response, StepLine, StepWords, View, respond};

use crate::world::{World, body, get, now, said};

fn nothing() -> Detail {
    Detail {
        diagnosis: None,
        answered: BTreeMap::new(),
        address: None,
        from: String::new(),
        tags: Vec::new(),
        steps: Vec::new(),
        security: Vec::new(),
        money: BTreeMap::new(),
        repair: None,
        turns: Vec::new(),
        history: Vec::new(),
    }
}

fn shown(view: &View, detail: &Detail, query: &str, language: Language) -> Response {
    let path = format!("/instances/{}", view.rows[0].name);
    let request = Request { language, ..Request::plain(&path, query) };
    respond(view, &request, &More::Instance(Box::new(detail.clone())))
}

#[test]
fn a_long_tag_is_behind_a_link_whole_and_as_plain_text() {
    let view = World::usual().view();
    let hostile = "<script>alert(1)</script>\u{1b}[2J\u{202e}";
    let long = format!("{hostile}{}", "y".repeat(65_536));
    let tags = vec![("role".to_owned(), "web".to_owned()), ("note".to_owned(), long)];
    let detail = Detail { tags, ..nothing() };
    let html = body(&shown(&view, &detail, "", Language::English)).to_owned();
    let name = &view.rows[0].name;
    assert_eq!(html.matches(">whole</a>").count(), 1, "only the long one: {html}");
    assert!(html.contains(&format!("href=\"/instances/{name}?tag=2\"")), "{html}");
    let whole = shown(&view, &detail, "tag=2", Language::English);
    assert_eq!(whole.status, 200);
    let kind = whole.headers.iter().find(|(name, _)| *name == "content-type").unwrap();
    assert_eq!(kind.1, "text/plain; charset=utf-8");
    assert!(
        whole
            .headers
            .iter()
            .any(|(name, value)| { *name == "x-content-type-options" && value == "nosniff" })
    );
    let text = body(&whole);
    assert!(text.starts_with("note=<script>alert(1)</script>\\u{1b}[2J\\u{202e}yyy"), "{text}");
    assert!(text.ends_with("yyy\n") && text.len() > 65_536);
    assert_eq!(shown(&view, &detail, "tag=3", Language::English).status, 404);
}

#[test]
fn what_did_not_change_is_one_line_and_runs_are_dots() {
    let view = World::usual().view();
    let ago = |hours: i64| now().checked_sub(SignedDuration::from_hours(hours)).unwrap();
    let name = view.rows[0].name.clone();
    let off = Some(Verdict::drifted(Said::quoted("off"), Said::quoted("on")));
    let turned = |facet, hours, from: &Option<Verdict>, to: &Option<Verdict>| Turned {
        at: ago(hours),
        instance: name.clone(),
        facet,
        from: from.clone(),
        to: to.clone(),
    };
    let step = |run: &str, hours: i64| {
        let event = StepEvent::Done { receipt: Receipt::default() };
        let subject = JournalSubject::Instance(name.clone());
        let step = StepNumber::first_level(1);
        (RunId::new(run), JournalEntry { step, subject, event, at: ago(hours) })
    };
    let detail = Detail {
        turns: vec![
            turned(FacetId::Nla, 2, &off, &None),
            turned(FacetId::Nla, 10, &None, &off),
            turned(FacetId::Tls, 10, &None, &off),
        ],
        // Newest first; the last one was before anything is known to have turned.
        history: vec![step("b", 2), step("b", 3), step("a", 5), step("older", 40)],
        ..nothing()
    };
    let html = body(&shown(&view, &detail, "", Language::English)).to_owned();
    let line = html.split("class=\"tl\"").nth(1).unwrap().split("</div>").next().unwrap();
    // All eighteen are judged here, two of them turned.
    assert!(line.contains("16 others") && line.contains("aria-label=\"unchanged\""), "{line}");
    assert_eq!(line.matches("<circle").count(), 2, "{line}");
    assert!(line.contains("2 runs") && !line.contains("older"), "{line}");
    // At five of ten hours stands a dot in the middle.
    assert!(line.contains("cx=\"50.00%\""), "{line}");
    let korean = body(&shown(&view, &detail, "", Language::Korean)).to_owned();
    assert!(korean.contains("다른 항목 16개") && korean.contains("실행 2건"), "{korean}");
}

#[test]
fn beside_the_plan_of_a_machine_stands_what_becomes_of_its_safety_and_what_it_costs() {
    let view = World::usual().view();
    let step = |number, disruption| StepLine {
        number: StepNumber::first_level(number),
        facet: FacetId::Tls,
        words: StepWords { does: Said::quoted("set TLS 1.0 off"), exactly: Vec::new() },
        why: Said::quoted("it is declared"),
        seed: String::new(),
        disruption,
        reversible: true,
        needs: Vec::new(),
        held: None,
    };
    let mut detail = Detail {
        steps: vec![step(1, Disruption::None), step(2, Disruption::Reboots)],
        security: vec![SecurityDelta {
            direction: Direction::Stronger,
            what: Said::quoted("TLS 1.0 off"),
            instances: 1,
        }],
        money: BTreeMap::from([("snapshots".to_owned(), 1)]),
        ..nothing()
    };
    let heard = said(body(&shown(&view, &detail, "", Language::English)));
    assert!(heard.contains("stronger on 1 instance: TLS 1.0 off"), "{heard}");
    assert!(heard.contains("1 reboot · 1 × snapshots"), "{heard}");
    detail.steps.pop();
    detail.security.clear();
    detail.money.clear();
    let heard = said(body(&shown(&view, &detail, "", Language::English)));
    assert!(heard.contains("Nothing becomes weaker or stronger."), "{heard}");
    assert!(heard.contains("Interrupts nobody, and costs nothing."), "{heard}");
}

#[test]
fn whoever_comes_from_a_list_is_led_to_the_one_before_and_the_next_of_it() {
    let view = World::usual().view();
    let list = get(&view, "/?view=matrix&verdict=not-reachable");
    let names: Vec<&str> = body(&list)
        .split("<th scope=\"row\"><a href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(names.len(), 12);
    let leads = |address: &str| {
        let page = get(&view, &address.replace("&amp;", "&"));
        let to = |rel: &str| {
            let html = body(&page).to_owned();
            let before = html.split(&format!("\" rel=\"{rel}\"")).next().unwrap().to_owned();
            let found = html.contains(&format!("\" rel=\"{rel}\""));
            found.then(|| before.rsplit("href=\"").next().unwrap().to_owned())
        };
        (to("prev"), to("next"))
    };
    assert_eq!(leads(names[0]), (None, Some(names[1].to_owned())));
    assert_eq!(leads(names[5]), (Some(names[4].to_owned()), Some(names[6].to_owned())));
    assert_eq!(leads(names[11]), (Some(names[10].to_owned()), None));
}
