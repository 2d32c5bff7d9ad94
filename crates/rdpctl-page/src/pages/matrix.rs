//! Instances by facets: a page of rows, the worst first.

use rdpctl_model::InstanceName;
use rdpctl_model::{FacetId, Verdict};
use serde::Serialize;

use super::numbers;
use super::select::{Extent, choice, looks, nothing, pager, part, rows};
use super::shown::{Shown, shown};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::head;
use crate::parts::say;
use crate::request::Sort;
use crate::standing::Standing;
use crate::view::{Cause, Row, View};
use crate::words::{Words, grouped};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Matrix<'a> {
    numbers: crate::Numbers,
    extent: Extent,
    rows: Vec<Line<'a>>,
}

/// An instance in a row.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Line<'a> {
    pub(super) name: &'a InstanceName,
    pub(super) id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) display: &'a str,
    pub(super) standing: Standing,
    pub(super) cells: Vec<Cell>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<&'a crate::view::Next>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<jiff::Timestamp>,
}

/// What a facet concludes, as a mark.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Cell {
    facet: FacetId,
    is: Is,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Is {
    Healthy,
    Shuts,
    Differs,
    Follows,
    Unknown,
    Blocked,
    NotApplicable,
    Unmanaged,
}

/// The page.
pub(super) fn show(frame: &Frame<'_>) -> Shown {
    let view = frame.view;
    let all = rows(view, &frame.query);
    let (some, extent) = part(&all, &frame.query);
    let matrix = Matrix {
        numbers: view.numbers,
        extent,
        rows: some.iter().map(|row| line(view, row)).collect(),
    };
    let words = frame.words;
    let title = format!("{} · {}", numbers::title(frame), words.get("look.matrix"));
    let about = About { title, icon: frame.icon() };
    let sentence = words.fill(
        if frame.query.is_filtered() { "matrix.head-filtered" } else { "matrix.head" },
        &[("n", &grouped(all.len())), ("all", &grouped(view.numbers.all()))],
    );
    let main = Html::from(head(sentence, numbers::about(frame)))
        .and(
            el("div").class("row gap").c(filter(frame)).c(el("span").class("grow")).c(looks(frame)),
        )
        .and(key(words))
        .and(table(frame, &matrix.rows, &frame.query.as_list()))
        .and(pager(frame, extent));
    shown(frame, "matrix", &matrix, frame.document(&about, main))
}

/// An instance as a row.
pub(super) fn line<'a>(view: &'a View, row: &'a Row) -> Line<'a> {
    let causes = || row.causes.iter().filter_map(|place| view.causes.get(*place as usize));
    let cells = row.facets.iter().map(|(facet, assessment)| {
        let shuts = || {
            causes().any(|cause| {
                cause.section == Standing::NotReachable && cause.facets.contains(&facet)
            })
        };
        let is = match assessment.as_ref().map(|one| (one, &one.verdict)) {
            None => Is::Unmanaged,
            Some((_, Verdict::Healthy { .. })) => Is::Healthy,
            Some((_, Verdict::NotApplicable { .. })) => Is::NotApplicable,
            Some((_, Verdict::Unknown { .. })) => Is::Unknown,
            Some((_, Verdict::Blocked { .. })) => Is::Blocked,
            Some((_, Verdict::Drifted { .. })) if shuts() => Is::Shuts,
            Some((one, Verdict::Drifted { .. })) if one.blocked_by.is_some() => Is::Follows,
            Some((_, Verdict::Drifted { .. })) => Is::Differs,
        };
        Cell { facet, is }
    });
    let first: Option<&Cause> = causes().min_by_key(|cause| cause.section);
    Line {
        name: &row.name,
        id: row.id.as_str(),
        display: &row.display,
        standing: row.standing,
        cells: cells.collect(),
        next: first.map(|cause| &cause.next),
        since: first.and_then(|cause| cause.since),
    }
}

fn filter(frame: &Frame<'_>) -> Element {
    let (words, query) = (frame.words, &frame.query);
    let text = Id::fixed("m-q");
    let standings = std::iter::once(("", words.get("filter.not-declared").to_owned())).chain(
        Standing::ALL.into_iter().map(|one| (one.name(), say::standing(words, one).to_owned())),
    );
    let facets = std::iter::once(("", words.get("filter.any-facet").to_owned()))
        .chain(FacetId::ALL.into_iter().map(|facet| (facet.name(), words.facet(facet).to_owned())));
    let fleets = std::iter::once(("", words.get("filter.all-fleets").to_owned()))
        .chain(frame.view.fleets.keys().flatten().map(|name| (name.as_str(), name.clone())));
    let sorts = [
        ("worst", words.get("filter.worst").to_owned()),
        ("name", words.get("filter.name").to_owned()),
    ];
    el("form")
        .class("row")
        .a("method", "get")
        .a("aria-label", words.get("filter.label"))
        .c(el("input").a("type", "hidden").a("name", "view").a("value", "matrix"))
        .c(el("label").class("vh").of(&text).c(words.get("filter.text")))
        .c(el("input")
            .id(&text)
            .a("name", "q")
            .a("type", "search")
            .a("placeholder", words.get("filter.text"))
            .a("value", query.text.as_deref().unwrap_or_default()))
        .c(choice(
            "m-v",
            "verdict",
            words.get("filter.verdict"),
            standings,
            query.verdict.map_or("", Standing::name),
        ))
        .c(choice(
            "m-fleet",
            "fleet",
            words.get("filter.fleet"),
            fleets,
            query.fleet.as_deref().unwrap_or_default(),
        ))
        .c(choice(
            "m-facet",
            "facet",
            words.get("filter.facet"),
            facets,
            query.facet.map_or("", FacetId::name),
        ))
        .c(choice(
            "m-s",
            "sort",
            words.get("filter.sort"),
            sorts,
            match query.sort {
                Sort::Worst => "worst",
                Sort::Name => "name",
            },
        ))
        .c(el("button").c(words.get("filter.apply")))
        .c(link(&Href::path(&[]).with("view", "matrix"), words.get("fleet.clear")))
}

/// So many first causes of an instance lead to what is said of them; its name leads to all. Two hundred rows of which
/// every cell leads somewhere would be half a megabyte.
const LED: usize = 2;

impl Is {
    const ALL: [Self; 8] = [
        Self::Healthy,
        Self::Shuts,
        Self::Differs,
        Self::Follows,
        Self::Unknown,
        Self::Blocked,
        Self::NotApplicable,
        Self::Unmanaged,
    ];

    const fn mark(self) -> Mark {
        match self {
            Self::Healthy => Mark::Tick,
            Self::Shuts => Mark::Shut,
            Self::Differs => Mark::Bad,
            Self::Follows => Mark::Follows,
            Self::Unknown => Mark::Dim,
            Self::Blocked => Mark::Stop,
            Self::NotApplicable | Self::Unmanaged => Mark::None,
        }
    }

    /// The class by which the sheet draws its mark: one letter, as there are thousands of cells.
    const fn class(self) -> &'static str {
        match self {
            Self::Healthy => "k",
            Self::Shuts => "x s",
            Self::Differs => "x d",
            Self::Follows => "x f",
            Self::Unknown => "x u",
            Self::Blocked => "x b",
            Self::NotApplicable | Self::Unmanaged => "q k",
        }
    }

    /// Its word in a cell, of which there may be thousands.
    fn short(self, words: &Words) -> &str {
        match self {
            Self::Follows => words.get("cell.follows-short"),
            Self::Healthy
            | Self::Shuts
            | Self::Differs
            | Self::Unknown
            | Self::Blocked
            | Self::NotApplicable
            | Self::Unmanaged => self.word(words),
        }
    }

    fn word(self, words: &Words) -> &str {
        match self {
            Self::Healthy => words.get("cell.healthy"),
            Self::Shuts => words.get("cell.shuts"),
            Self::Differs => words.get("cell.differs"),
            Self::Follows => words.get("cell.follows"),
            Self::Unknown => words.get("cell.unknown"),
            Self::Blocked => words.get("cell.blocked"),
            Self::NotApplicable => words.get("cell.not-applicable"),
            Self::Unmanaged => words.get("cell.unmanaged"),
        }
    }
}

/// What the marks mean.
fn key(words: &Words) -> Element {
    el("p").class("key gap0").each(
        Is::ALL
            .into_iter()
            .filter(|is| *is != Is::Unmanaged)
            .map(|is| el("span").c(is.mark().small()).c(is.word(words))),
    )
}

/// The rows.
pub(super) fn table(frame: &Frame<'_>, rows: &[Line<'_>], list: &str) -> Element {
    let words = frame.words;
    if rows.is_empty() {
        let without = Href::path(&[]).with("view", "matrix");
        return el("p").class("panel").c(nothing(frame, &without));
    }
    let heads = FacetId::ALL.into_iter().map(|facet| {
        let to = Href::path(&[]).with("view", "matrix").with("facet", facet.name());
        el("th").a("scope", "col").class("up").c(el("span").c(link(&to, words.facet(facet))))
    });
    let head = el("tr")
        .c(el("th").a("scope", "col").c(words.get("matrix.instance")))
        .each(heads)
        .c(el("th").a("scope", "col").class("l pl").c(words.get("matrix.next")))
        .c(el("th").a("scope", "col").class("l pl").c(words.get("matrix.since")));
    el("div")
        .class("panel tight scroll")
        .a("role", "region")
        .a("aria-label", words.get("matrix.caption"))
        .n("tabindex", 0)
        .c(el("table")
            .class("matrix")
            .id(&Id::fixed("rows"))
            .a("data-live", "rows")
            .c(el("caption").class("vh").c(words.get("matrix.caption")))
            .c(el("thead").c(head))
            .c(el("tbody").each(rows.iter().map(|row| tr(frame, row, list)))))
}

fn tr(frame: &Frame<'_>, row: &Line<'_>, list: &str) -> Element {
    let words = frame.words;
    let to = Href::instance(row.name);
    let mut led = 0;
    let cells: Vec<Element> = row
        .cells
        .iter()
        .map(|cell| {
            let word = el("i").c(cell.is.short(words));
            let is_first = matches!(cell.is, Is::Shuts | Is::Differs | Is::Blocked);
            if !is_first || led == LED {
                return el("td").class(cell.is.class()).c(word);
            }
            led += 1;
            let to = to.clone().at(&Id::fixed(cell.facet.name()));
            el("td").c(link(&to, word).class(cell.is.class()))
        })
        .collect();
    let next = row.next.map(|next| say::next(&frame.clock, next).1);
    let display = (!row.display.is_empty())
        .then(|| el("span").class("soft").c(" ").c(Html::cut(row.display, 40)));
    el("tr")
        .has("data-item")
        .c(el("th").a("scope", "row").c(link(&to.with("in", list), row.name.as_str())).c(display))
        .each(cells)
        .c(el("td").class("l").c(next))
        .c(el("td").class("l").c(row.since.map(|at| frame.clock.moment(at))))
}
