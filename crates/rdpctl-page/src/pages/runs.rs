//! The runs, newest first.

use rdpctl_model::outcome::{Purpose, RunEnd, RunRecord};
use serde::Serialize;

use super::numbers;
use super::select::{Extent, pager, part};
use super::shown::{Shown, shown};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{head, unseen_heading};
use crate::view::RunLine;
use crate::words::Words;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Runs<'a> {
    extent: Extent,
    runs: &'a [RunLine],
}

/// The page.
pub(super) fn show(frame: &Frame<'_>) -> Shown {
    let (view, words) = (frame.view, frame.words);
    let (some, extent) = part(&view.runs, &frame.query);
    let runs = Runs { extent, runs: some };
    let sentence = match (view.runs.is_empty(), view.running()) {
        (true, _) => words.get("runs.none").to_owned(),
        (false, 0) => words.count("runs.head", view.runs.len()),
        (false, running) => words.count("runs.head-running", running),
    };
    let about = About { title: sentence.clone(), icon: frame.icon() };
    let list = el("section")
        .class("panel")
        .id(&Id::fixed("runs"))
        .c(unseen_heading(words.get("nav.runs")))
        .c(el("ol").class("steps").each(some.iter().map(|run| line(frame, &run.record))));
    let about_it = if view.runs.is_empty() { numbers::next_look(frame) } else { Vec::new() };
    let main = Html::from(head(sentence, about_it))
        .and((!some.is_empty()).then_some(list))
        .and((extent.of > extent.last || frame.query.page > 1).then(|| pager(frame, extent)));
    shown(frame, "runs", &runs, frame.document(&about, main))
}

fn line(frame: &Frame<'_>, record: &RunRecord) -> Element {
    let words = frame.words;
    let (mark, ended) = end(frame, record);
    el("li")
        .has("data-item")
        .c(mark.small())
        .c(el("div")
            .c(el("h3").c(link(&Href::path(&["runs", record.id.as_str()]), purpose(words, record))))
            .c(el("p").c(ended).c(" · ").c(&record.holder)))
        .c(el("span").class("soft").c(frame.clock.moment(record.began)))
}

/// What a run is for.
pub(super) fn purpose(words: &Words, record: &RunRecord) -> String {
    match &record.purpose {
        Purpose::Apply => words.get("run.apply").to_owned(),
        Purpose::Undo(run) => words.fill("run.undo", &[("run", run.as_str())]),
        Purpose::RepairDisk(name) => words.fill("run.repair-disk", &[("name", name.as_str())]),
        Purpose::Console(name) => words.fill("run.console", &[("name", name.as_str())]),
    }
}

/// How a run ended, or that it goes on.
pub(super) fn end(frame: &Frame<'_>, record: &RunRecord) -> (Mark, String) {
    let words = frame.words;
    match (record.end, record.ended) {
        (_, None) => (Mark::Run, words.get("run.goes-on").to_owned()),
        (Some(RunEnd::Done), Some(_)) => (Mark::Good, words.get("run.done").to_owned()),
        (Some(RunEnd::Partial), Some(_)) => (Mark::Bad, words.get("run.partial").to_owned()),
        (Some(RunEnd::Interrupted), Some(_)) => {
            (Mark::Stop, words.get("run.interrupted").to_owned())
        }
        (None, Some(_)) => (Mark::Dim, words.get("run.unknown").to_owned()),
    }
}
