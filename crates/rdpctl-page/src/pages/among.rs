//! Where one is in the list that he came from: who stands before, and who comes next.

use crate::address::Href;
use crate::html::{Element, el, link};
use crate::pages::select::{causes, rows};
use crate::parts::frame::Frame;
use crate::request::Query;
use crate::view::{Cause, Row};
use crate::words::grouped;

/// How a list of those who share one difference is named.
const GROUP: &str = "group=";

/// The list of those who share a difference.
pub(super) fn of_group(key: &str) -> String {
    format!("{GROUP}{key}")
}

/// An instance's neighbours, where one came from a list in which it stands.
pub(super) fn instance(frame: &Frame<'_>, row: &Row) -> Option<Element> {
    let view = frame.view;
    let list = frame.query.from.as_deref()?;
    let all: Vec<&Row> = match list.strip_prefix(GROUP) {
        Some(key) => {
            let place = view.causes.iter().position(|one| one.key == key)?;
            let shares = |row: &&Row| row.causes.iter().any(|one| *one as usize == place);
            view.rows.iter().filter(shares).collect()
        }
        None => rows(view, &read(frame, list)),
    };
    let at = all.iter().position(|one| one.name == row.name)?;
    neighbours(frame, list, at, all.len(), |place| {
        let one = all.get(place)?;
        Some((Href::instance(&one.name), one.name.to_string()))
    })
}

/// A difference's neighbours.
pub(super) fn group(frame: &Frame<'_>, cause: &Cause) -> Option<Element> {
    let list = frame.query.from.as_deref()?;
    let all = causes(frame.view, &read(frame, list));
    let at = all.iter().position(|one| one.key == cause.key)?;
    neighbours(frame, list, at, all.len(), |place| {
        let one = all.get(place)?;
        let says = crate::parts::pieces::facets(frame.words, &one.facets);
        Some((Href::path(&["groups", &one.key]), says))
    })
}

/// The list as its own query, for this reader.
fn read(frame: &Frame<'_>, list: &str) -> Query {
    Query::read(list).at(frame.view.at, &frame.request.zone)
}

fn neighbours(
    frame: &Frame<'_>,
    list: &str,
    at: usize,
    of: usize,
    one: impl Fn(usize) -> Option<(Href, String)>,
) -> Option<Element> {
    let words = frame.words;
    let leads = |place: Option<usize>, rel: &'static str, key: &'static str| {
        let (to, says) = one(place?)?;
        let says = words.fill(key, &[("name", &says)]);
        Some(link(&to.with("in", list), says).a("rel", rel))
    };
    let (before, next) = (
        leads(at.checked_sub(1), "prev", "among.before"),
        leads(at.checked_add(1), "next", "among.next"),
    );
    let values = [("n", grouped(at + 1)), ("of", grouped(of))];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let place = el("span").class("soft").c(words.fill("among.place", &values));
    (of > 1).then(|| {
        el("nav").class("row").a("aria-label", words.get("among.label")).c(before).c(place).c(next)
    })
}
