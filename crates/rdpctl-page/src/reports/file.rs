//! A report's file: its head, its marks, and as much of the style sheet as it uses.

use crate::html::{Html, el};
use crate::id::Id;
use crate::marks::sprite;
use crate::sheet::Sheet;
use crate::words::Words;

/// A report may load nothing and run nothing.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The whole file.
pub(super) fn file(words: &Words, title: &str, main: impl Into<Html>, foot: Vec<Html>) -> String {
    let body = el("body")
        .class("report")
        .c(sprite())
        .c(el("main").id(&Id::fixed("main")).c(main))
        .c(el("footer").class("foot").each(foot.into_iter().map(|one| el("span").c(one))));
    let body = Html::from(body);
    let sheet = Sheet::used_by(body.as_str());
    let meta = |name: &'static str, content: &'static str| {
        el("meta").a("name", name).a("content", content)
    };
    let head = el("head")
        .c(el("meta").a("charset", "utf-8"))
        .c(meta("viewport", "width=device-width, initial-scale=1"))
        .c(meta("color-scheme", "light dark"))
        .c(el("meta").a("http-equiv", "Content-Security-Policy").a("content", POLICY))
        .c(meta("referrer", "no-referrer"))
        .c(el("title").c(title))
        .c(Html::style(&sheet));
    let html = el("html").a("lang", words.language().code()).c(head).c(body);
    Html::from(html).document().into_string()
}

/// What stands at the foot of every report.
pub(super) fn foot(words: &Words, tool: &str) -> Vec<Html> {
    let made = words.fill(tool, &[("version", env!("CARGO_PKG_VERSION"))]);
    vec![made.into(), words.get("report.nothing-loaded").into()]
}
