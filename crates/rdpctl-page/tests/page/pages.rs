//! What the pages say, as a reader hears it.

use rdpctl_model::{FacetId, Said};
use rdpctl_page::{Form, Keys, Language, More, Request, Return, Theme, Trouble, respond};

use crate::world::{World, addresses, body, get, said};

#[test]
fn the_fleet_begins_with_the_sentence_that_a_colleague_would_say() {
    let view = World::usual().view();
    let page = get(&view, "/");
    assert_eq!(page.status, 200);
    insta::assert_snapshot!(said(body(&page)));
}

#[test]
fn a_machine_begins_with_what_keeps_people_out() {
    let view = World::usual().view();
    let page = get(&view, &format!("/instances/{}", view.rows[0].name));
    insta::assert_snapshot!(said(body(&page)));
}

#[test]
fn what_is_held_says_what_is_asked_and_what_to_type() {
    let view = World::usual().view();
    let page = get(&view, &format!("/held/{}", view.held[0].id));
    insta::assert_snapshot!(said(body(&page)));
}

#[test]
fn every_page_is_there_in_both_languages() {
    let view = World::usual().view();
    for address in addresses(&view) {
        for language in Language::ALL {
            let (path, query) = address.split_once('?').unwrap_or((&address, ""));
            let request = Request { language, ..Request::plain(path, query) };
            let page = respond(&view, &request, &More::Nothing);
            let wanted = if address.starts_with("/no/") { 404 } else { 200 };
            assert_eq!(page.status, wanted, "{address}");
            assert!(body(&page).contains(&format!("<html lang=\"{}\"", language.code())));
        }
    }
}

#[test]
fn a_page_that_did_not_change_is_not_sent_again() {
    let view = World::usual().view();
    let page = get(&view, "/");
    let tag = page.headers.iter().find(|(name, _)| *name == "etag").unwrap().1.clone();
    let request = Request { has: Some(tag.clone()), ..Request::plain("/", "") };
    assert_eq!(respond(&view, &request, &More::Nothing).status, 304);
    let other = Request { language: Language::Korean, ..request };
    assert_eq!(respond(&view, &other, &More::Nothing).status, 200);
}

#[test]
fn whoever_turns_the_keys_off_finds_them_off_and_the_way_to_turn_them_on() {
    let view = World::usual().view();
    let on = get(&view, "/?facet=nla");
    assert!(!body(&on).contains("data-keys"));
    assert!(body(&on).contains("href=\"?facet=nla&amp;keys=off\""), "{}", body(&on));
    let request = Request { keys: Keys::Off, ..Request::plain("/", "facet=nla") };
    let off = respond(&view, &request, &More::Nothing);
    assert!(body(&off).contains(" data-keys=\"off\""), "{}", body(&off));
    assert!(body(&off).contains("href=\"?facet=nla&amp;keys=on\""), "{}", body(&off));
}

#[test]
fn where_nothing_is_held_and_nothing_was_run_it_is_said_when_the_next_look_is() {
    let mut view = World::usual().view();
    view.held.clear();
    view.health.next_look = Some(view.at);
    for (address, says) in [("/held", "Nothing is held."), ("/runs", "Nothing was run yet.")] {
        let page = said(body(&get(&view, address)));
        assert!(page.contains(says), "{page}");
        assert!(page.contains("The clouds are looked at again"), "{page}");
    }
}

#[test]
fn while_it_looks_for_the_first_time_it_is_said_how_far_it_is() {
    let mut view = World::usual().view();
    view.health.first_look = Some((153, 172));
    let page = said(body(&get(&view, "/")));
    assert!(page.contains("Looking for the first time: 153 of 172."), "{page}");
}

#[test]
fn a_declared_fleet_that_finds_nobody_is_not_called_undeclared() {
    let mut view = World { differs: Vec::new(), healthy: 0, ..World::usual() }.view();
    assert!(!said(body(&get(&view, "/"))).contains("Nothing is declared"), "nobody read it yet");
    view.health.files = Some(rdpctl_page::Files::default());
    assert!(said(body(&get(&view, "/"))).starts_with("Nothing is declared yet."));
    view.health.files = Some(rdpctl_page::Files { sources: 1, ..rdpctl_page::Files::default() });
    let page = said(body(&get(&view, "/")));
    assert!(page.starts_with("What is declared finds no instance."), "{page}");
    assert!(!page.contains("Nothing is declared"), "{page}");
}

#[test]
fn every_page_may_load_its_own_files_and_nothing_else() {
    let view = World::usual().view();
    let page = get(&view, "/");
    let policy = page.headers.iter().find(|(name, _)| *name == "content-security-policy").unwrap();
    assert!(policy.1.starts_with("default-src 'none';"), "{}", policy.1);
    for address in addresses(&view) {
        let page = get(&view, &address);
        for wrong in [" style=", "http://", "https://", " onclick", "<script>"] {
            assert!(!body(&page).contains(wrong), "{address}: {wrong}");
        }
    }
    let sheet = body(&page).split("href=\"/static/style.").nth(1).unwrap();
    let name = format!("/static/style.{}", sheet.split('"').next().unwrap());
    assert_eq!(get(&view, &name).status, 200);
}

#[test]
fn moments_are_in_the_readers_zone_which_every_page_names_and_for_machines_in_utc() {
    let view = World::usual().view();
    for address in addresses(&view).iter().filter(|address| !address.starts_with("/no/")) {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let seoul = jiff::tz::TimeZone::get("Asia/Seoul").unwrap();
        let request = Request { zone: seoul, ..Request::plain(path, query) };
        let page = respond(&view, &request, &More::Nothing);
        assert!(body(&page).contains("Asia/Seoul"), "{address}");
        let times: Vec<&str> = body(&page).split("datetime=\"").skip(1).collect();
        assert!(
            times.iter().all(|rest| rest.split('"').next().unwrap().ends_with('Z')),
            "{address}"
        );
    }
    let at = |zone: &str| {
        let zone = jiff::tz::TimeZone::get(zone).unwrap();
        let page = respond(&view, &Request { zone, ..Request::plain("/", "") }, &More::Nothing);
        said(body(&page))
    };
    // 00:14:32 in UTC is a quarter past nine in Seoul.
    assert!(at("UTC").contains("00:14"), "{}", at("UTC"));
    assert!(at("Asia/Seoul").contains("09:14"), "{}", at("Asia/Seoul"));
}

#[test]
fn whoever_asks_too_much_or_too_soon_is_told_when_to_come_back_on_a_small_page() {
    for (trouble, status, after) in
        [(Trouble::TooMuch(1), 429, "1"), (Trouble::NotYet(5), 503, "5")]
    {
        for language in Language::ALL {
            let request = Request { language, theme: Theme::Dark, ..Request::plain("/", "") };
            let page = rdpctl_page::trouble(&request, Form::Html, &trouble);
            assert_eq!(page.status, status);
            let told = page.headers.iter().find(|(name, _)| *name == "retry-after").unwrap();
            assert_eq!(told.1, after);
            assert!(body(&page).contains("data-theme=\"dark\""), "in the reader's colours");
            assert!(page.body.len() <= 1_024, "{status}: {} bytes", page.body.len());
        }
    }
}

#[test]
fn what_the_loop_leaves_alone_is_told_with_its_reason_in_the_readers_language() {
    let mut view = World::usual().view();
    let reason =
        r#"{"key":"order.came-back-by","args":{"times":3,"by":"ana <b>","what":"StopInstances"}}"#;
    view.history.returns.push(Return {
        instance: view.rows[0].name.clone(),
        facet: FacetId::Power,
        times: 3,
        left_alone: Some(view.at),
        reason: Some(serde_json::from_str(reason).unwrap()),
    });
    let page = |language| {
        let request = Request { language, ..Request::plain("/drift", "") };
        body(&respond(&view, &request, &More::Nothing)).to_owned()
    };
    let (english, korean) = (page(Language::English), page(Language::Korean));
    let told = "it came back 3 times within a day, ana &lt;b&gt; (StopInstances) by the cloud";
    assert!(english.contains(told), "{english}");
    assert!(!korean.contains("it came back"), "{korean}");
    assert!(korean.contains("되돌아온 횟수: 3회") && korean.contains("ana &lt;b&gt;"), "{korean}");
    let json = get(&view, "/drift.json");
    let json: serde_json::Value = serde_json::from_str(body(&json)).unwrap();
    assert!(
        json["returns"][0]["reason"].as_str().unwrap().starts_with("it came back 3 times"),
        "{json}"
    );
}

#[test]
fn a_state_that_does_not_serve_is_told_in_the_readers_language() {
    let view = World::usual().view();
    let why = Said::keyed("store.full", [("place", "/var/lib/rdpctl/state.db".into())]);
    let ask = |path: &str, language| {
        let request = Request { language, ..Request::plain(path, "") };
        respond(&view, &request, &More::Failed(why.clone()))
    };
    let instance = format!("/instances/{}", view.rows[0].name);
    for (language, says) in [
        (Language::English, "the disk is full on which the state at /var/lib/rdpctl/state.db lies"),
        (Language::Korean, "상태가 있는 디스크가 가득 참 (/var/lib/rdpctl/state.db)"),
    ] {
        let page = ask(&instance, language);
        assert_eq!((page.status, body(&page).contains(says)), (200, true), "{}", body(&page));
        let page = ask("/runs/7f3a91c2", language);
        assert_eq!((page.status, body(&page).contains(says)), (503, true), "{}", body(&page));
    }
}
