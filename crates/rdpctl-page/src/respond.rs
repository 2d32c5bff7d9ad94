//! A snapshot and a request in, a status, headers and bytes out.

use rdpctl_term::escape::is_unsafe;

use crate::assets;
use crate::html::{Html, el};
use crate::pages::{self, Moved};
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::head;
use crate::request::{Form, Page, Request};
use crate::session::Welcome;
use crate::view::{More, View};
use crate::words::words;

/// What goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a page may load and do: its own sheet, script and pictures, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Answers a request.
#[must_use]
pub fn respond(view: &View, request: &Request, more: &More) -> Response {
    if let Some(file) = file(request) {
        return file;
    }
    let (page, form) = Page::of(&request.path);
    let tag = tag(view, request, more);
    if request.has.as_deref() == Some(tag.as_str()) {
        return Response { status: 304, headers: headers(HTML, Some(tag)), body: Vec::new() };
    }
    if let (Some(place), Page::Instance(_)) = (request.asked().tag, &page) {
        return whole_tag(request, more, place);
    }
    let frame = Frame::new(view, request);
    match (pages::page(&frame, &page, more), form) {
        (Some(shown), Form::Html) => Response {
            status: 200,
            headers: headers(HTML, Some(tag)),
            body: shown.html.into_string().into_bytes(),
        },
        (Some(shown), Form::Json) => Response {
            status: 200,
            headers: headers(JSON, Some(tag)),
            body: shown.json.into_bytes(),
        },
        (None, form) => match more {
            More::Failed(why) => {
                let why = frame.words.say(why);
                trouble(request, form, &Trouble::CannotRead(&why))
            }
            More::Nothing | More::Instance(_) | More::Run(_) | More::Held(_) => {
                missing(&frame, form)
            }
        },
    }
}

/// A tag as plain text, whole: what could steer whatever shows it stands in escapes.
fn whole_tag(request: &Request, more: &More, place: usize) -> Response {
    let tag = match more {
        More::Instance(detail) => detail.tags.get(place - 1),
        More::Nothing | More::Failed(_) | More::Run(_) | More::Held(_) => None,
    };
    let Some((key, value)) = tag else {
        return trouble(request, Form::Html, &Trouble::NoSuchPage);
    };
    let mut text = String::with_capacity(key.len() + value.len() + 2);
    for c in key.chars().chain(['=']).chain(value.chars()).chain(['\n']) {
        if is_unsafe(c) && c != '\n' {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    Response { status: 200, headers: headers(TEXT, None), body: text.into_bytes() }
}

/// By what an answer is known again: the snapshot, what was asked and how it is worded. What was read beside the
/// snapshot has no number.
fn tag(view: &View, request: &Request, more: &More) -> String {
    let zone = request.zone.iana_name().unwrap_or("fixed").to_owned();
    let cold = match more {
        More::Nothing => String::new(),
        More::Failed(_) => "failed".to_owned(),
        // A run's end and an instance's evidence change with the snapshot or show with the next one.
        More::Instance(_) | More::Run(_) => "cold".to_owned(),
        More::Held(now) => format!("{now:?}"),
    };
    let visit = request.visit.map_or_else(String::new, |visit| visit.to_string());
    let what = format!(
        "{} {} {} {} {} {} {visit} {cold}",
        request.path,
        request.query,
        request.language.code(),
        request.theme.name(),
        request.keys.name(),
        zone
    );
    // Whoever is signed in sees forms that are his own.
    let what = match &request.visitor {
        None => what,
        Some(visitor) => format!("{what} {} {:?}", visitor.form, visitor.may),
    };
    format!("\"{}-{:016x}\"", view.serial, crate::digest::digest(what.as_bytes()))
}

fn headers(kind: &'static str, tag: Option<String>) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("content-type", kind.to_owned()),
        ("content-security-policy", POLICY.to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        // To ourselves, so that a browser says of a form of ours where it comes from; to nobody else.
        ("referrer-policy", "same-origin".to_owned()),
        ("cross-origin-opener-policy", "same-origin".to_owned()),
        ("cross-origin-resource-policy", "same-origin".to_owned()),
        ("cache-control", "private, no-cache".to_owned()),
        ("vary", "accept-language, cookie".to_owned()),
    ];
    if let Some(tag) = tag {
        headers.push(("etag", tag));
    }
    headers
}

/// A file beside the pages, where one is asked for; whatever there is to show.
#[must_use]
pub fn file(request: &Request) -> Option<Response> {
    let Page::Asset(name) = Page::of(&request.path).0 else { return None };
    let Some(asset) = assets::find(&name) else {
        return Some(trouble(request, Form::Html, &Trouble::NoSuchPage));
    };
    let mut headers = headers(asset.kind, None);
    for (key, value) in &mut headers {
        if *key == "cache-control" {
            "public, max-age=31536000, immutable".clone_into(value);
        }
    }
    Some(Response { status: 200, headers, body: asset.text.clone().into_bytes() })
}

/// No page of that name: the nearest instances, by what stands in the address.
fn missing(frame: &Frame<'_>, form: Form) -> Response {
    const SHOWN: usize = 5;
    if form == Form::Json {
        return trouble(frame.request, form, &Trouble::NoSuchPage);
    }
    let words = frame.words;
    let wanted = frame.request.path.rsplit('/').next().unwrap_or_default();
    let wanted = crate::address::decode(wanted, crate::address::Plus::IsPlus).to_lowercase();
    let head_of_it: String = wanted.chars().take(4).collect();
    let near = frame
        .view
        .rows
        .iter()
        .filter(|_| !head_of_it.is_empty())
        .filter(|row| row.name.as_str().to_lowercase().contains(&head_of_it))
        .take(SHOWN)
        .map(|row| {
            el("li")
                .c(crate::html::link(&crate::address::Href::instance(&row.name), row.name.as_str()))
        });
    let near: Vec<_> = near.collect();
    let nearest = (!near.is_empty())
        .then(|| el("p").c(words.get("error.nearest")).c(el("ul").class("list").each(near)));
    let main = Html::from(head(words.get("error.missing"), Vec::new())).and(nearest).and(
        el("p").c(crate::html::link(&crate::address::Href::path(&[]), words.get("nav.fleet"))),
    );
    let about = About { title: words.get("error.missing").to_owned(), icon: frame.icon() };
    let body = frame.document(&about, main).into_string().into_bytes();
    Response { status: 404, headers: headers(HTML, None), body }
}

/// The answer to a yes or a no that is about what is not so any more: what was seen beside what is now.
#[must_use]
pub fn stale(view: &View, request: &Request, moved: &Moved<'_>) -> Response {
    let frame = Frame::new(view, request);
    let body = pages::moved(&frame, moved).into_string().into_bytes();
    Response { status: 409, headers: headers(HTML, None), body }
}

/// What stands in the way of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble<'a> {
    /// There is no such page.
    NoSuchPage,
    /// The method is none of ours.
    NotAllowed,
    /// The name under which we were asked is none of ours.
    WrongHost,
    /// A form that was sent is none of ours, or says nothing that we know.
    BadForm,
    /// It came from a page of somebody else.
    Foreign,
    /// It was sent by somebody who may not do that; says what for.
    NoLeave(&'a str),
    /// It is larger than any form of ours.
    TooLarge,
    /// The loop does not do that; says why.
    NotDone(&'a str),
    /// Too much was asked; says after how many seconds again.
    TooMuch(u32),
    /// Nothing was looked at yet, or too many are served; says after how many seconds again.
    NotYet(u32),
    /// What lies cold could not be read; says why.
    CannotRead(&'a str),
}

/// A small page that says so.
#[must_use]
pub fn trouble(request: &Request, form: Form, trouble: &Trouble<'_>) -> Response {
    let words = words(request.language);
    let (status, key, after, why) = match trouble {
        Trouble::NoSuchPage => (404, "error.missing", None, ""),
        Trouble::NotAllowed => (405, "error.not-allowed", None, ""),
        Trouble::WrongHost => (421, "error.wrong-host", None, ""),
        Trouble::BadForm => (400, "error.bad-form", None, ""),
        Trouble::Foreign => (403, "error.foreign", None, ""),
        Trouble::NoLeave(what) => (403, "error.no-leave", None, *what),
        Trouble::TooLarge => (413, "error.too-large", None, ""),
        Trouble::NotDone(why) => (409, "error.not-done", None, *why),
        Trouble::TooMuch(after) => (429, "error.too-much", Some(*after), ""),
        Trouble::NotYet(after) => (503, "error.not-yet", Some(*after), ""),
        Trouble::CannotRead(why) => (503, "error.cannot-read", Some(10), *why),
    };
    let says = words.fill(key, &[("why", why)]);
    let (kind, body) = match form {
        Form::Json => {
            let value = serde_json::json!({ "format": pages::FORMAT, "error": says });
            (JSON, format!("{value}\n"))
        }
        Form::Html => (HTML, crate::session::small(request, &says, Html::empty()).into_string()),
    };
    let mut headers = headers(kind, None);
    if let Some(after) = after {
        headers.push(("retry-after", after.to_string()));
    }
    Response { status, headers, body: body.into_bytes() }
}

/// The page by which somebody signs in and out; who may not read without is answered by it, too.
#[must_use]
pub fn session(request: &Request, form: Form, welcome: Welcome) -> Response {
    let status = match welcome {
        Welcome::Comes => 200,
        Welcome::Needed => 401,
        Welcome::Unknown => 403,
    };
    let (kind, body) = match form {
        Form::Html => (HTML, crate::session::page(request, welcome).into_string()),
        Form::Json => {
            let says = words(request.language).get("session.needed");
            let value = serde_json::json!({ "format": pages::FORMAT, "error": says });
            (JSON, format!("{value}\n"))
        }
    };
    let mut headers = headers(kind, None);
    if status == 401 {
        headers.push(("www-authenticate", "Bearer realm=\"rdpctl\"".to_owned()));
    }
    Response { status, headers, body: body.into_bytes() }
}
