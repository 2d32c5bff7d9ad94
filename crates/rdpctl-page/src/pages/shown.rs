//! A page in both of its forms, made of one value.

use serde::Serialize;

use super::select::safe_json;
use crate::html::Html;
use crate::parts::frame::Frame;

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

/// Puts both forms of a page together.
pub(super) fn shown<T: Serialize>(
    frame: &Frame<'_>,
    page: &'static str,
    data: &T,
    html: Html,
) -> Shown {
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
    let mut json = rdpctl_words::json::to_string(&envelope).unwrap_or_default();
    json.push('\n');
    Shown { html, json: safe_json(json) }
}
