//! One difference and who shares it.

use serde::Serialize;

use super::matrix::{Line, line, table};
use super::numbers;
use super::select::{Extent, pager, part};
use super::shown::{Shown, shown};
use crate::address::Href;
use crate::html::{Html, el, link};
use crate::parts::causes as lines;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::facets;
use crate::view::{Cause, Row};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Group<'a> {
    #[serde(flatten)]
    cause: &'a Cause,
    extent: Extent,
    rows: Vec<Line<'a>>,
}

/// The page.
pub(super) fn show(frame: &Frame<'_>, key: &str) -> Option<Shown> {
    let view = frame.view;
    let cause = view.cause(key)?;
    let place = view.causes.iter().position(|one| one.key == cause.key)?;
    let all: Vec<&Row> = view
        .rows
        .iter()
        .filter(|row| row.causes.iter().any(|one| *one as usize == place))
        .collect();
    let (some, extent) = part(&all, &frame.query);
    let group = Group { cause, extent, rows: some.iter().map(|row| line(view, row)).collect() };
    let words = frame.words;
    let title = format!(
        "{}: {}",
        facets(words, &cause.facets),
        words.count("count.instances", cause.instances)
    );
    let about = About { title: title.clone(), icon: frame.icon() };
    let main = Html::from(
        el("p")
            .class("meta crumbs")
            .c(link(&Href::path(&[]), words.get("nav.fleet")))
            .c(el("span").a("aria-hidden", "true").c("/"))
            .c(el("span").class("id").c(&cause.key)),
    )
    .and(super::among::group(frame, cause))
    .and(crate::parts::pieces::head(title, numbers::about(frame)))
    .and(
        el("div")
            .class("panel tight")
            .c(crate::parts::pieces::unseen_heading(words.get("look.groups")))
            .c(el("ol").class("groups").c(lines::row(
                &frame.clock,
                cause,
                lines::Where::Page(frame.query.from.as_deref()),
            ))),
    )
    .and(el("div").class("gap").c(table(frame, &group.rows, &super::among::of_group(&cause.key))))
    .and(pager(frame, extent));
    Some(shown(frame, "group", &group, frame.document(&about, main)))
}
