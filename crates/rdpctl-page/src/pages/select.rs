//! Which instances and causes a query means, and pages of many.

use std::collections::BTreeSet;

use rdpctl_term::escape::is_unsafe;
use serde::Serialize;

use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::parts::frame::Frame;
use crate::parts::say;
use crate::request::{Look, Query, Sort};
use crate::since::Since;
use crate::standing::Standing;
use crate::view::{Cause, Row, View};
use crate::words::grouped;

/// The instances that a query means, in its order.
pub(crate) fn rows<'a>(view: &'a View, query: &Query) -> Vec<&'a Row> {
    let needle = query.text.as_ref().map(|text| text.to_lowercase());
    let mut rows: Vec<&Row> = view
        .rows
        .iter()
        .filter(|row| match query.verdict {
            Some(standing) => row.standing == standing,
            // Whoever looks for somebody by name finds him however he stands.
            None => row.standing != Standing::AsDeclared || query.is_filtered(),
        })
        .filter(|row| query.fleet.as_deref().is_none_or(|fleet| row.fleet() == Some(fleet)))
        .filter(|row| query.provider.as_deref().is_none_or(|name| row.provider.as_str() == name))
        .filter(|row| causes_match(view, row, query))
        .filter(|row| needle.as_deref().is_none_or(|needle| is_named(row, needle)))
        .collect();
    match query.sort {
        Sort::Worst => {}
        Sort::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    rows
}

fn causes_match(view: &View, row: &Row, query: &Query) -> bool {
    if query.facet.is_none() && query.next.is_none() && query.since.is_none() {
        return true;
    }
    row.causes.iter().filter_map(|place| view.causes.get(*place as usize)).any(|cause| {
        query.facet.is_none_or(|facet| cause.facets.contains(&facet))
            && query.next.as_deref().is_none_or(|next| cause.next.name() == next)
            && began_since(cause, query)
    })
}

/// Whether a cause began since then; of which nobody knows since when it stands did not.
fn began_since(cause: &Cause, query: &Query) -> bool {
    query.after.is_none_or(|after| cause.since.is_some_and(|began| began >= after))
}

fn is_named(row: &Row, needle: &str) -> bool {
    [row.name.as_str(), row.id.as_str(), &row.display]
        .into_iter()
        .any(|text| text.to_lowercase().contains(needle))
}

/// The causes that a query means: those of which one of the instances that it means has them.
pub(crate) fn causes<'a>(view: &'a View, query: &Query) -> Vec<&'a Cause> {
    let theirs = theirs(view, query);
    view.causes
        .iter()
        .zip(0_u32..)
        .filter(|(_, place)| theirs.as_ref().is_none_or(|theirs| theirs.contains(place)))
        .map(|(cause, _)| cause)
        .filter(|cause| query.verdict.is_none_or(|standing| cause.section == standing))
        .filter(|cause| query.facet.is_none_or(|facet| cause.facets.contains(&facet)))
        .filter(|cause| query.next.as_deref().is_none_or(|next| cause.next.name() == next))
        .filter(|cause| began_since(cause, query))
        .collect()
}

/// The causes of the instances that a query names, where it names any.
fn theirs(view: &View, query: &Query) -> Option<BTreeSet<u32>> {
    if query.fleet.is_none() && query.provider.is_none() && query.text.is_none() {
        return None;
    }
    let needle = query.text.as_ref().map(|text| text.to_lowercase());
    let meant = view
        .rows
        .iter()
        .filter(|row| query.fleet.as_deref().is_none_or(|fleet| row.fleet() == Some(fleet)))
        .filter(|row| query.provider.as_deref().is_none_or(|name| row.provider.as_str() == name))
        .filter(|row| needle.as_deref().is_none_or(|needle| is_named(row, needle)));
    Some(meant.flat_map(|row| row.causes.iter().copied()).collect())
}

/// That nothing is there, with the filter in words where there is one, and the way out of it.
pub(crate) fn nothing(frame: &Frame<'_>, without: &Href) -> Html {
    const SHOWN: usize = 160;
    let (words, query) = (frame.words, &frame.query);
    if !query.is_filtered() {
        return words.get("fleet.nothing-differs").into();
    }
    let since = query.since.as_ref().map(Since::name);
    let named = [
        ("filter.fleet", query.fleet.as_deref()),
        ("instance.provider", query.provider.as_deref()),
        ("filter.facet", query.facet.map(|facet| words.facet(facet))),
        ("filter.verdict", query.verdict.map(|one| say::standing(words, one))),
        ("matrix.next", query.next.as_deref()),
        ("turned.since", since.as_deref()),
        ("filter.text", query.text.as_deref()),
    ];
    let asked: Vec<String> = named
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{}: {}", words.get(key), value?)))
        .collect();
    let says = words.fill("fleet.no-match", &[("filter", &asked.join(" · "))]);
    Html::cut(&says, SHOWN).and(" ").and(link(without, words.get("fleet.clear")))
}

/// A part of many.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Extent {
    /// The first, from 1; 0 where there is none.
    pub(crate) first: usize,
    /// The last.
    pub(crate) last: usize,
    /// All.
    pub(crate) of: usize,
}

/// The part that a query asks for.
pub(crate) fn part<'a, T>(all: &'a [T], query: &Query) -> (&'a [T], Extent) {
    let from = (query.page - 1).saturating_mul(query.per).min(all.len());
    let to = from.saturating_add(query.per).min(all.len());
    let first = if from < to { from + 1 } else { 0 };
    (&all[from..to], Extent { first, last: to, of: all.len() })
}

/// The way to the parts before and behind.
pub(crate) fn pager(frame: &Frame<'_>, extent: Extent) -> Element {
    let (words, query) = (frame.words, &frame.query);
    let mut nav =
        el("nav").class("row gap").a("aria-label", words.get("pager.label")).c(el("span")
            .class("soft")
            .c(words.fill(
                "pager.extent",
                &[
                    ("first", &grouped(extent.first)),
                    ("last", &grouped(extent.last)),
                    ("of", &grouped(extent.of)),
                ],
            )));
    if query.page > 1 {
        nav = nav.c(link(&query.on(query.page - 1), words.get("pager.before"))
            .class("button")
            .a("rel", "prev"));
    }
    if extent.last < extent.of {
        nav = nav.c(link(&query.on(query.page + 1), words.get("pager.next"))
            .class("button")
            .a("rel", "next"));
    }
    if query.per != 200 && extent.of > query.per {
        let more = Query { per: 200, ..query.clone() };
        nav = nav.c(link(&more.on(1), words.get("pager.more")));
    }
    nav
}

/// How the fleet is looked at, to choose from.
pub(crate) fn looks(frame: &Frame<'_>) -> Element {
    let one = |look: Look, key: &'static str| {
        let to = Query { look, ..frame.query.clone() };
        let to = link(&to.on(1), frame.words.get(key));
        if frame.query.look == look { to.a("aria-current", "true") } else { to }
    };
    el("nav")
        .class("seg")
        .a("aria-label", frame.words.get("look.label"))
        .c(one(Look::Groups, "look.groups"))
        .c(one(Look::Matrix, "look.matrix"))
        .c(one(Look::Fleets, "look.fleets"))
}

/// A choice in a form.
pub(crate) fn choice<'a>(
    id: &'static str,
    name: &'static str,
    label: &str,
    options: impl IntoIterator<Item = (&'a str, String)>,
    chosen: &str,
) -> Html {
    let id = crate::id::Id::fixed(id);
    let options = options.into_iter().map(|(value, text)| {
        let option = el("option").a("value", value).c(text);
        if value == chosen { option.has("selected") } else { option }
    });
    Html::from(el("label").class("vh").of(&id).c(label))
        .and(el("select").id(&id).a("name", name).each(options))
}

/// JSON in which what could steer a terminal stands in JSON's own escapes.
pub(crate) fn safe_json(json: String) -> String {
    if !json.chars().any(|c| is_unsafe(c) && c != '\n') {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if is_unsafe(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    safe
}
