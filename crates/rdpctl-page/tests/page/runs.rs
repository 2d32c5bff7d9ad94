//! The page of a run: its machines, what is left, what happened before, when it stops and what it costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rdpctl_model::lease::{LeaseName, Token};
use rdpctl_model::outcome::{
    JournalEntry, JournalSubject, Purpose, Receipt, RunEnd, RunRecord, StepEvent,
};
use rdpctl_model::plan::{Budget, Direction, Per, Price, Quote, SecurityDelta, Sighted};
use rdpctl_model::scope::Scope;
use rdpctl_model::{InstanceName, RunId, Said, StepNumber};
use rdpctl_page::{Language, More, Past, Request, Visitor, respond};

use crate::world::{World, body, now, said};

fn began() -> Timestamp {
    now().checked_sub(SignedDuration::from_mins(30)).unwrap()
}

/// A run over the usual estate: one step on each of twelve desks and on each of forty-one kiosks, which nobody holds.
fn past() -> Past {
    let mut world = World::usual();
    for one in &mut world.differs {
        one.held = None;
    }
    let plan = world.plan();
    let words =
        plan.steps.iter().map(|step| (step.number.clone(), Said::quoted("mend it"))).collect();
    let record = RunRecord {
        id: RunId::new("7f3a91c2"),
        purpose: Purpose::Apply,
        token: Token { lease: LeaseName::run(), epoch: 1 },
        began: began(),
        ended: None,
        holder: "ana@ops-01".to_owned(),
        allowed: Vec::new(),
        plan_digest: "4f0c".to_owned(),
        grants: None,
        stops_at: Some(5),
        end: None,
        cost: Budget::default(),
    };
    Past { record, plan, words, journal: Vec::new() }
}

/// What happened to the first step of so many desks, a minute after each other.
fn told(past: &mut Past, event: &StepEvent, desks: std::ops::Range<usize>) {
    let names: Vec<InstanceName> =
        past.plan.groups[0].members.iter().map(|member| member.name.clone()).collect();
    for name in &names[desks] {
        let minutes = i64::try_from(past.journal.len()).unwrap();
        past.journal.push(JournalEntry {
            step: StepNumber::first_level(1),
            subject: JournalSubject::Instance(name.clone()),
            event: event.clone(),
            at: began().checked_add(SignedDuration::from_mins(minutes)).unwrap(),
        });
    }
}

fn done() -> StepEvent {
    StepEvent::Done { receipt: Receipt::default() }
}

fn page(past: &Past, query: &str, language: Language) -> String {
    let view = World::usual().view();
    let request = Request { language, ..Request::plain("/runs/7f3a91c2", query) };
    let answer = respond(&view, &request, &More::Run(Arc::new(past.clone())));
    assert_eq!(answer.status, 200);
    body(&answer).to_owned()
}

fn json(past: &Past, query: &str) -> serde_json::Value {
    let view = World::usual().view();
    let request = Request::plain("/runs/7f3a91c2.json", query);
    let answer = respond(&view, &request, &More::Run(Arc::new(past.clone())));
    serde_json::from_str(body(&answer)).unwrap()
}

#[test]
fn each_machine_of_a_run_has_its_mark_and_the_page_says_at_how_many_failures_it_stops() {
    let mut past = past();
    let failed =
        StepEvent::Failed { why: Said::quoted("no answer"), advice: Said::default(), logon: None };
    told(&mut past, &failed, 0..1);
    told(&mut past, &done(), 1..4);
    told(&mut past, &StepEvent::Intent { token: String::new() }, 4..5);
    told(&mut past, &StepEvent::Skipped { why: Said::quoted("stopped") }, 5..6);
    let html = page(&past, "", Language::English);
    let heard = said(&html);
    for says in [
        "53 machines, in the order in which they were begun",
        "3 done",
        "1 begun",
        "1 with a failure",
        "1 not done",
        "47 not begun",
        "The run stops by itself once 5 machines failed.",
    ] {
        assert!(heard.contains(says), "{says}: {heard}");
    }
    let map = html.split("<svg class=\"waves\"").nth(1).unwrap().split("</svg>").next().unwrap();
    let marks = |mark: &str| map.matches(&format!("href=\"#{mark}\"")).count();
    assert_eq!(
        (marks("good"), marks("run"), marks("bad"), marks("stop"), marks("open")),
        (3, 1, 1, 1, 47),
        "{map}"
    );
    let machines = &json(&past, "")["machines"];
    assert_eq!(machines[0]["stands"], "failed", "the order in which they were begun: {machines}");
    assert!(said(&page(&past, "", Language::Korean)).contains("인스턴스 53대, 시작한 순서"));
}

#[test]
fn of_thousands_a_mark_stands_for_several_by_the_worst_of_them() {
    let mut past = past();
    let mut members = past.plan.groups[0].members.clone();
    members.resize(10_000, members[0].clone());
    for (place, member) in members.iter_mut().enumerate() {
        member.name = InstanceName::new(format!("desks/{place:05}"));
    }
    past.plan.groups[0].members = members;
    told(&mut past, &done(), 0..99);
    let failed =
        StepEvent::Failed { why: Said::quoted("no answer"), advice: Said::default(), logon: None };
    told(&mut past, &failed, 99..100);
    let html = page(&past, "", Language::English);
    let map = html.split("<svg class=\"waves\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert!(map.matches("<use").count() <= 400, "{}", map.len());
    assert_eq!(map.matches("href=\"#bad\"").count(), 1, "{map}");
    assert!(said(&html).contains("A mark stands for 26 machines, by the worst of them."));
}

#[test]
fn what_is_left_is_estimated_by_those_that_are_through_and_by_nothing_else() {
    let mut past = past();
    told(&mut past, &done(), 0..2);
    assert_eq!(json(&past, "")["left-seconds"], serde_json::Value::Null, "two are no measure");
    told(&mut past, &done(), 2..4);
    // Four in three minutes: forty-nine are left.
    assert_eq!(json(&past, "")["left-seconds"], 3 * 60 * 49 / 4);
    let heard = said(&page(&past, "", Language::English));
    assert!(
        heard.contains("about 36 min left, by how long those took that are through"),
        "{heard}"
    );
    past.record.ended = Some(now());
    past.record.end = Some(RunEnd::Interrupted);
    assert_eq!(json(&past, "")["left-seconds"], serde_json::Value::Null, "it is over");
}

#[test]
fn older_events_of_a_run_are_on_further_pages() {
    let mut past = past();
    for _ in 0..10 {
        told(&mut past, &done(), 0..12);
    }
    let first = json(&past, "");
    assert_eq!(first["extent"], serde_json::json!({ "first": 1, "last": 50, "of": 120 }));
    let last = json(&past, "page=3");
    assert_eq!(last["events"].as_array().unwrap().len(), 20);
    assert_eq!(last["events"][19]["at"], serde_json::json!(began()), "the oldest: {last}");
    let html = page(&past, "page=2", Language::English);
    assert!(html.contains("href=\"?\" class=\"button\" rel=\"prev\""), "{html}");
    assert!(html.contains("href=\"?page=3\" class=\"button\" rel=\"next\""), "{html}");
}

#[test]
fn a_runs_bill_has_the_price_of_a_disks_repair() {
    let mut past = past();
    past.record.purpose = Purpose::RepairDisk(InstanceName::new("web-01"));
    let what = rdpctl_model::repair::PlannedRepair::BILLED;
    let price = Price { millionths: 1_500_000, currency: Some("USD".to_owned()), per: Per::Month };
    past.plan.budget.money = BTreeMap::from([(what.to_owned(), 1)]);
    past.plan.budget.quotes = vec![Quote { what: what.to_owned(), price: Sighted::Seen(price) }];
    past.record.cost.money = past.plan.budget.money.clone();
    let heard = said(&page(&past, "", Language::English));
    assert!(heard.contains("repairs of a disk: 1.50 USD a month"), "{heard}");
    past.plan.budget.quotes.clear();
    let heard = said(&page(&past, "", Language::English));
    assert!(heard.contains("repairs of a disk: The price is not quoted."), "{heard}");
    let korean = said(&page(&past, "", Language::Korean));
    assert!(korean.contains("디스크 수리"), "{korean}");
}

#[test]
fn a_failure_says_where_the_machine_stands_now_what_was_not_done_because_of_it_and_what_comes_next()
{
    let mut past = past();
    let name = past.plan.groups[0].members[0].name.clone();
    let failed =
        StepEvent::Failed { why: Said::quoted("no answer"), advice: Said::default(), logon: None };
    told(&mut past, &failed, 0..1);
    told(&mut past, &StepEvent::Skipped { why: Said::quoted("because of it") }, 0..1);
    let heard = said(&page(&past, "", Language::English));
    for says in [
        "1 failed",
        "no answer",
        "Now it stands there: Not reachable as declared.",
        "Because of it 1 step was not done there.",
        &format!("Next: rdpctl doctor {}", name.as_str()),
    ] {
        assert!(heard.contains(says), "{says}: {heard}");
    }
    let korean = said(&page(&past, "", Language::Korean));
    assert!(korean.contains("그 때문에 거기서 1단계를 하지 않았습니다."), "{korean}");
}

#[test]
fn while_a_run_goes_on_its_headline_says_how_far_it_is_and_whoever_may_stop_it_how_many_are_in_hand()
 {
    let mut past = past();
    told(&mut past, &done(), 0..4);
    told(&mut past, &StepEvent::Intent { token: String::new() }, 4..7);
    let view = World::usual().view();
    let may = [Scope::Stop].into_iter().collect();
    let visitor = Visitor { name: "ana".to_owned(), user: None, form: "f".to_owned(), may };
    let request = Request { visitor: Some(visitor), ..Request::plain("/runs/7f3a91c2", "") };
    let answer = respond(&view, &request, &More::Run(Arc::new(past.clone())));
    let html = body(&answer);
    let heard = said(html);
    assert!(heard.contains("It goes on: 4 of 53 steps are done"), "{heard}");
    assert!(heard.contains("To bring about what is declared: 53 instances"), "{heard}");
    assert!(heard.contains("Finish the 3 in hand, then stop"), "{heard}");
    // All that changes while somebody watches is told by these names; a script finds each of them from the start.
    for id in ["head", "progress", "failures", "machines", "kinds", "events", "cost"] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}: {html}");
    }
}

#[test]
fn the_page_of_a_run_stays_small_whatever_the_run_was() {
    // Ten thousand machines, each with a wish and a failure of its own, told at the length at which guests tell.
    const MACHINES: usize = 10_000;
    let mut past = past();
    let (group, step) = (past.plan.groups[0].clone(), past.plan.steps[0].clone());
    past.plan.groups.clear();
    past.plan.steps.clear();
    past.words.clear();
    past.journal.clear();
    for place in 0..MACHINES {
        let mut group = group.clone();
        group.members.truncate(1);
        let name = InstanceName::new(format!("desks-of-the-fourth-floor/ins-{place:012}"));
        group.members[0].name = name.clone();
        past.plan.groups.push(group);
        let number = StepNumber::first_level(u32::try_from(place + 1).unwrap());
        let mut step = step.clone();
        (step.group, step.number) = (place, number.clone());
        past.plan.steps.push(step);
        let does =
            format!("insert ACCEPT tcp 3389 from 10.{place}.0.0/16 {}", "and so on ".repeat(60));
        past.words.insert(number.clone(), Said::quoted(does));
        // Those that are shown say much.
        let says = if (50..MACHINES - 200).contains(&place) { 1 } else { 8_000 };
        let why = Said::quoted("<b>no</b> ".repeat(says));
        past.journal.push(JournalEntry {
            step: number,
            subject: JournalSubject::Instance(name),
            event: StepEvent::Failed { advice: why.clone(), why, logon: None },
            at: began(),
        });
        past.plan.security.push(SecurityDelta {
            direction: Direction::Weaker,
            what: Said::quoted(format!("10.{place}.0.0/16 may connect")),
            instances: 1,
        });
    }
    for (query, most) in [("", 200), ("per=200", 320)] {
        for language in Language::ALL {
            let html = page(&past, query, language);
            assert!(html.len() <= most * 1024, "{query}: {} bytes", html.len());
        }
    }
    let heard = said(&page(&past, "", Language::English));
    for left in [
        "and 9,975 more that failed",
        "and 9,970 more kinds of steps",
        "and 9,970 more, in the JSON",
    ] {
        assert!(heard.contains(left), "{left}");
    }
}

#[test]
fn a_run_as_data_keeps_its_schema() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../state/schemas/page.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut past = past();
    told(&mut past, &done(), 0..4);
    let page = json(&past, "");
    let wrong: Vec<String> = validator.iter_errors(&page).map(|error| error.to_string()).collect();
    assert_eq!(wrong, Vec::<String>::new(), "{page}");
}
