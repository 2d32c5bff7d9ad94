//! What the pages say, as a reader hears it.

use rdpctl_page::{Language, More, Request, respond};

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
