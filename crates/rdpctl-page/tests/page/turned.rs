//! What turned, since when, and what was done on which day.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rdpctl_model::chronicle::{Command, Order, Turned};
use rdpctl_model::{FacetId, Said, Verdict};
use rdpctl_page::{Day, Language, More, Notes, Request, View, respond};

use crate::world::{World, body, get, now, said};

fn ago(hours: i64) -> Timestamp {
    now().checked_sub(SignedDuration::from_hours(hours)).unwrap()
}

/// The usual estate, in which this turned: an hour ago one desk shut, six hours ago one kiosk was mended, and two days ago
/// all that is so now began.
fn view() -> View {
    let mut view = World::usual().view();
    let off = || Some(Verdict::drifted(Said::quoted("off"), Said::quoted("on")));
    let name = |fleet: &str| {
        let row = view.rows.iter().find(|row| row.fleet() == Some(fleet)).unwrap();
        row.name.clone()
    };
    let (desk, kiosk) = (name("desks"), name("kiosks"));
    let turned = |hours, instance: &rdpctl_model::InstanceName, facet, from, to| Turned {
        at: ago(hours),
        instance: instance.clone(),
        facet,
        from,
        to,
    };
    view.turned = Arc::new(vec![
        turned(1, &desk, FacetId::Ingress, None, off()),
        turned(6, &kiosk, FacetId::Tls, off(), None),
        turned(48, &kiosk, FacetId::Tls, None, off()),
        turned(48, &desk, FacetId::Nla, None, off()),
    ]);
    view
}

fn page(view: &View, address: &str, change: impl Fn(&mut Request)) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut request = Request::plain(path, query);
    change(&mut request);
    body(&respond(view, &request, &More::Nothing)).to_owned()
}

#[test]
fn beside_the_fleet_stands_what_turned_since_the_reader_was_here_last() {
    let view = view();
    let first = said(&page(&view, "/", |_| {}));
    // The evening before, by his own clock: what turned an hour and six hours ago.
    assert!(first.contains("Since yesterday evening"), "{first}");
    assert!(first.contains("1 instance with something that began to differ"), "{first}");
    assert!(first.contains("1 instance with something as declared again"), "{first}");
    let back = said(&page(&view, "/", |request| request.visit = Some(ago(3))));
    assert!(back.contains("Since your last visit"), "{back}");
    assert!(back.contains("1 instance with something that began to differ"), "{back}");
    assert!(!back.contains("as declared again"), "that was before: {back}");
    let just = said(&page(&view, "/", |request| request.visit = Some(now())));
    assert!(just.contains("Nothing turned."), "{just}");
    let korean = page(&view, "/", |request| {
        request.visit = Some(ago(3));
        request.language = Language::Korean;
    });
    assert!(said(&korean).contains("지난 방문 이후"), "{korean}");
}

#[test]
fn over_the_drift_of_days_it_is_put_together_as_it_is_asked() {
    let view = view();
    let first = said(&page(&view, "/drift", |_| {}));
    assert!(first.contains("yesterday evening") && !first.contains("your last visit"), "{first}");
    let back = said(&page(&view, "/drift", |request| request.visit = Some(ago(3))));
    assert!(back.contains("your last visit"), "{back}");
    let json = |query: &str| -> serde_json::Value {
        let page = page(&view, &format!("/drift.json?{query}"), |_| {});
        serde_json::from_str(&page).unwrap()
    };
    let all = json("since=7d");
    let of = |page: &serde_json::Value, name: &str| {
        let groups = page["turned"]["groups"].as_array().unwrap().clone();
        groups.into_iter().find(|group| group["name"] == name)
    };
    assert_eq!(of(&all, "ingress").unwrap()["began"], 1, "{all}");
    assert_eq!(of(&all, "tls").unwrap()["passed"], 1, "it came and went: {all}");
    let day = json("since=24h");
    assert_eq!(of(&day, "tls").unwrap()["over"], 1, "{day}");
    assert!(of(&day, "nla").is_none(), "{day}");
    let fleets = json("since=7d&group-by=fleet");
    assert_eq!(of(&fleets, "desks").unwrap()["began"], 1, "{fleets}");
    assert_eq!(json("since=2026-11-26&group-by=instance")["turned"]["extent"]["of"], 0);
    // What is asked stays in the address, and what nobody knows is named.
    let html = page(&view, "/drift?since=3d&group-by=fleet&colour=red", |_| {});
    assert!(html.contains("Not known and ignored: colour=red"), "{html}");
    assert!(html.contains("href=\"?since=3d&amp;group-by=fleet&amp;lang=ko\""), "{html}");
    assert!(html.contains("<option value=\"3d\" selected>"), "{html}");
    let html = page(&view, "/held?since=3d&group-by=fleet", |_| {});
    assert!(html.contains("Not known and ignored: group-by=fleet, since=3d"), "{html}");
}

#[test]
fn groups_of_the_fleet_are_filtered_by_since_when_they_stand() {
    let mut view = view();
    view.causes[0].since = Some(ago(2));
    let json = |query: &str| -> serde_json::Value {
        serde_json::from_str(&page(&view, &format!("/fleet.json?{query}"), |_| {})).unwrap()
    };
    assert_eq!(json("since=24h")["extent"]["of"], 1);
    assert_eq!(json("since=1h")["extent"]["of"], 0);
    assert_eq!(json("view=matrix&since=24h")["extent"]["of"], view.causes[0].instances);
}

#[test]
fn what_was_done_on_a_day_stands_beside_it() {
    let mut view = view();
    let order = |hours, what| Order {
        at: ago(hours),
        by: "ana".to_owned(),
        target: "web-01".to_owned(),
        what,
        reason: None,
    };
    let orders = [
        order(30, Command::Pause { until: None }),
        order(30, Command::Resume),
        order(1, Command::Refuse { digest: "4f".to_owned() }),
    ];
    view.notes = Notes::by_day(&[], 200, &orders);
    let day = |day: &str, differ| Day { day: day.parse().unwrap(), differ, unknown: 0 };
    view.history.days = vec![day("2026-11-24", 1), day("2026-11-25", 2), day("2026-11-26", 3)];
    let heard = said(&page(&view, "/drift", |_| {}));
    assert!(heard.contains("2026-11-24 paused 1 time"), "{heard}");
    assert!(heard.contains("2026-11-25 1 no to what was held"), "{heard}");
    let json: serde_json::Value =
        serde_json::from_str(&page(&view, "/drift.json", |_| {})).unwrap();
    assert_eq!(json["notes"]["2026-11-24"]["paused"], 1, "{json}");
    assert!(json["notes"]["2026-11-26"].is_null(), "{json}");
}

#[test]
fn a_window_is_told_in_the_readers_zone_too_where_that_is_another() {
    let mut world = World::usual();
    world.differs[1].held = Some(rdpctl_model::plan::Held::Window {
        opens: "2026-11-28T02:00:00+09:00[Asia/Seoul]".to_owned(),
    });
    let view = world.view();
    let held = format!("/held/{}", view.held[0].id);
    for address in ["/", "/held", &held] {
        let there = said(&page(&view, address, |_| {}));
        let says = "Window opens Sat 28 Nov 02:00 KST; that is Fri 27 Nov 17:00 UTC here";
        assert!(there.contains(says), "{address}: {there}");
        let seoul = said(&page(&view, address, |request| {
            request.zone = TimeZone::get("Asia/Seoul").unwrap();
        }));
        assert!(seoul.contains("Window opens Sat 28 Nov 02:00 KST"), "{address}: {seoul}");
        assert!(!seoul.contains("that is"), "{address}: {seoul}");
    }
    let json: serde_json::Value = serde_json::from_str(body(&get(&view, "/held.json"))).unwrap();
    assert_eq!(json["held"][0]["waits"]["at"], "2026-11-27T17:00:00Z", "{json}");
}
