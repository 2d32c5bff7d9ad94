//! What turned since a moment: in a few words beside the fleet, and put together over the drift of days.

use jiff::Timestamp;
use rdpctl_model::{FacetId, InstanceName};
use serde::Serialize;

use super::select::{Extent, choice, pager, part};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::parts::frame::Frame;
use crate::parts::pieces::panel;
use crate::request::GroupBy;
use crate::since::{Since, yesterday_evening};
use crate::view::Turnings;
use crate::words::grouped;

/// Since when: as it is asked, since the reader's last visit, or since the evening before.
fn since(frame: &Frame<'_>) -> Timestamp {
    let evening = || yesterday_evening(frame.view.at, &frame.request.zone);
    frame.query.after.or(frame.request.visit).unwrap_or_else(evening)
}

/// Since the reader was here last, for the aside of the fleet.
pub(super) fn since_last_visit(frame: &Frame<'_>) -> Element {
    let (view, words) = (frame.view, frame.words);
    let (key, since) = match frame.request.visit {
        Some(visit) => ("since.visit", visit),
        None => ("since.yesterday", yesterday_evening(view.at, &frame.request.zone)),
    };
    let all = Turnings::of(&view.turned, since, |_, _| ()).remove(&()).unwrap_or_default();
    let runs = view.runs.iter().filter(|run| run.record.began > since).count();
    let lines: Vec<Element> = [
        ("since.began", all.began),
        ("since.over", all.over),
        ("since.unknown", all.unknown),
        ("since.passed", all.passed),
        ("since.runs", runs),
    ]
    .into_iter()
    .filter(|(_, number)| *number > 0)
    .map(|(key, number)| el("li").c(words.count(key, number)))
    .collect();
    let nothing = lines.is_empty();
    let to = Href::path(&["drift"]);
    panel(words.get(key))
        .c(el("p").class("soft").c(frame.clock.moment(since)))
        .c((!nothing).then(|| el("ul").class("list").each(lines)))
        .c(nothing.then(|| el("p").class("soft").c(words.get("since.nothing"))))
        .c((!nothing).then(|| el("p").c(link(&to, words.get("since.more")))))
}

/// What turned, put together.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Turned {
    since: Timestamp,
    group_by: GroupBy,
    groups: Vec<Group>,
    extent: Extent,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Group {
    name: String,
    #[serde(flatten)]
    turnings: Turnings,
}

/// By whatever is asked.
pub(super) fn turned(frame: &Frame<'_>) -> Turned {
    let (view, by, since) = (frame.view, frame.query.group_by, since(frame));
    let name = |name: &InstanceName, facet: FacetId| match by {
        GroupBy::Facet => facet.name().to_owned(),
        GroupBy::Fleet => name.fleet().unwrap_or(name.as_str()).to_owned(),
        GroupBy::Instance => name.to_string(),
    };
    let mut groups: Vec<Group> = Turnings::of(&view.turned, since, name)
        .into_iter()
        .map(|(name, turnings)| Group { name, turnings })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.turnings.all()));
    let (some, extent) = part(&groups, &frame.query);
    Turned { since, group_by: by, groups: some.to_vec(), extent }
}

/// The same for people.
pub(super) fn section(frame: &Frame<'_>, turned: &Turned) -> Element {
    let words = frame.words;
    let heading =
        Html::text(words.get("turned.heading")).and(" ").and(frame.clock.moment(turned.since));
    let names = ["turned.began", "turned.over", "turned.unknown", "turned.passed"];
    let head = names.map(|key| el("th").a("scope", "col").class("r").c(words.get(key)));
    let rows = turned.groups.iter().map(|group| {
        let of = &group.turnings;
        el("tr").c(el("th").a("scope", "row").c(named(frame, turned.group_by, &group.name))).each(
            [of.began, of.over, of.unknown, of.passed]
                .map(|number| el("td").class("r").c(grouped(number))),
        )
    });
    let table = el("div").class("scroll").n("tabindex", 0).c(el("table")
        .class("plain fit")
        .c(el("thead").c(el("tr")
            .c(el("th").a("scope", "col").c(words.get(turned.group_by.key())))
            .each(head)))
        .c(el("tbody").each(rows)));
    let nothing = turned.groups.is_empty();
    let is_part = turned.extent.of > turned.extent.last || frame.query.page > 1;
    panel(heading)
        .c(form(frame))
        .c((!nothing).then_some(table))
        .c(nothing.then(|| el("p").class("soft").c(words.get("since.nothing"))))
        .c(is_part.then(|| pager(frame, turned.extent)))
}

/// A name, and where it leads.
fn named(frame: &Frame<'_>, by: GroupBy, name: &str) -> Html {
    let matrix = |key: &str, says: &str| {
        link(&Href::path(&[]).with("view", "matrix").with(key, name), says).into()
    };
    match by {
        GroupBy::Facet => {
            let says = FacetId::from_name(name).map_or(name, |facet| frame.words.facet(facet));
            matrix("facet", says)
        }
        GroupBy::Fleet if frame.view.fleets.contains_key(&Some(name.to_owned())) => {
            matrix("fleet", name)
        }
        GroupBy::Fleet | GroupBy::Instance => {
            link(&Href::instance(&InstanceName::new(name)), name).into()
        }
    }
}

fn form(frame: &Frame<'_>) -> Element {
    let (words, query) = (frame.words, &frame.query);
    let chosen = query.since.as_ref().map(Since::name).unwrap_or_default();
    let unasked =
        if frame.request.visit.is_some() { "turned.last-visit" } else { "turned.yesterday" };
    let usual =
        [("", unasked), ("24h", "turned.day"), ("7d", "turned.week"), ("14d", "turned.fortnight")];
    let other = usual.iter().all(|(value, _)| *value != chosen);
    let spans = usual
        .map(|(value, key)| (value, words.get(key).to_owned()))
        .into_iter()
        .chain(other.then(|| (chosen.as_str(), chosen.clone())));
    let by = GroupBy::ALL.map(|by| (by.name(), words.get(by.key()).to_owned()));
    el("form")
        .class("row")
        .a("method", "get")
        .a("aria-label", words.get("turned.form"))
        .c(choice("f-since", "since", words.get("turned.since"), spans, &chosen))
        .c(choice("f-by", "group-by", words.get("turned.by"), by, query.group_by.name()))
        .c(el("button").c(words.get("filter.apply")))
}
