//! The pages: each is one value, shown for people or for machines.

mod accepted;
mod drift;
mod fleet;
mod fleets;
mod group;
mod held;
mod instance;
mod loop_health;
mod matrix;
mod numbers;
mod run;
mod runs;
mod select;

use serde::Serialize;

use crate::html::Html;
use crate::parts::frame::Frame;
use crate::request::{Look, Page};
use crate::view::More;

/// The version of the schema of the pages' JSON.
pub(crate) const FORMAT: u32 = 1;

/// A page in both forms, or why there is none.
pub(crate) struct Shown {
    /// For people.
    pub(crate) html: Html,
    /// For machines.
    pub(crate) json: String,
}

/// What every page's JSON begins with.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope<'a, T> {
    format: u32,
    page: &'static str,
    serial: u64,
    at: jiff::Timestamp,
    mode: crate::view::Mode,
    plan: &'a str,
    #[serde(flatten)]
    data: &'a T,
}

fn shown<T: Serialize>(frame: &Frame<'_>, page: &'static str, data: &T, html: Html) -> Shown {
    let view = frame.view;
    let envelope = Envelope {
        format: FORMAT,
        page,
        serial: view.serial,
        at: view.at,
        mode: view.mode,
        plan: &view.digest,
        data,
    };
    // What is serialized are texts, numbers and lists with texts as keys; nothing of that can fail.
    let mut json = serde_json::to_string(&envelope).unwrap_or_default();
    json.push('\n');
    Shown { html, json: crate::pages::select::safe_json(json) }
}

/// The page, unless there is none of that name.
pub(crate) fn page(frame: &Frame<'_>, page: &Page, more: &More) -> Option<Shown> {
    match page {
        Page::Fleet => Some(match frame.query.look {
            Look::Groups => fleet::show(frame),
            Look::Matrix => matrix::show(frame),
            Look::Fleets => fleets::show(frame),
        }),
        Page::Group(key) => group::show(frame, key),
        Page::Instance(name) => instance::show(frame, name, more),
        Page::Runs => Some(runs::show(frame)),
        Page::Run(id) => run::show(frame, id, more),
        Page::Held => Some(held::list(frame)),
        Page::HeldOne(id) => held::one(frame, id),
        Page::Drift => Some(drift::show(frame)),
        Page::Accepted => Some(accepted::show(frame)),
        Page::Loop => Some(loop_health::show(frame)),
        Page::Asset(_) | Page::Unknown => None,
    }
}
