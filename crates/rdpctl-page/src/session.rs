//! The page by which somebody signs in and out. It shows nothing of the fleet, since anybody may see it.

use crate::address::Href;
use crate::assets::{self, Which};
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::parts::acts::{button, form};
use crate::request::{Request, Theme};
use crate::words::words;

/// What came of it so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Welcome {
    /// Somebody came to sign in or out.
    Comes,
    /// Somebody wants what only those may who are signed in.
    Needed,
    /// The token is none that is known.
    Unknown,
}

/// The page's markup.
pub(crate) fn page(request: &Request, welcome: Welcome) -> Html {
    let words = words(request.language);
    let to = Href::path(&["session"]);
    let says = match (&request.visitor, welcome) {
        (_, Welcome::Unknown) => words.get("session.unknown").to_owned(),
        (Some(visitor), _) => words.fill("session.in", &[("who", &visitor.known_as())]),
        (None, Welcome::Needed) => words.get("session.needed").to_owned(),
        (None, Welcome::Comes) => words.get("session.head").to_owned(),
    };
    let field = Id::fixed("token");
    let inside: Element = match &request.visitor {
        Some(visitor) if welcome != Welcome::Unknown => {
            let may: Vec<&str> = visitor.may.iter().map(|scope| scope.name()).collect();
            el("div")
                .class("lines")
                .c(el("p").c(words.fill("session.may", &[("scopes", &may.join(", "))])))
                .c(form(&to, &visitor.form).c(button("out", "1", words.get("session.out"))))
        }
        Some(_) | None => form(&to, "")
            .c(el("label").of(&field).c(words.get("session.token")))
            .c(el("input")
                .id(&field)
                .a("type", "password")
                .a("name", "token")
                .a("autocomplete", "off")
                .has("required")
                .has("autofocus"))
            .c(el("button").class("go").c(words.get("session.enter")))
            .c(el("p").class("soft").c(words.get("session.how")))
            .c(el("pre").n("tabindex", 0).c("rdpctl trust token NAME --may read,reboot")),
    };
    small(request, &says, el("section").class("panel lines").c(inside))
}

/// A page of its own, with nothing around it.
pub(crate) fn small(request: &Request, says: &str, inside: impl Into<Html>) -> Html {
    let words = words(request.language);
    let html = el("html").a("lang", words.language().code());
    let html = match request.theme {
        Theme::System => html,
        Theme::Light | Theme::Dark => html.a("data-theme", request.theme.name()),
    };
    let html = html
        .c(el("head")
            .c(el("meta").a("charset", "utf-8"))
            .c(el("meta").a("name", "viewport").a("content", "width=device-width, initial-scale=1"))
            .c(el("meta").a("name", "color-scheme").a("content", "light dark"))
            .c(el("title").c(format!("{says} · rdpctl")))
            .c(el("link")
                .a("rel", "icon")
                .a("type", "image/svg+xml")
                .href(&assets::href(Which::IconGood)))
            .c(el("link").a("rel", "stylesheet").href(&assets::href(Which::Sheet))))
        .c(el("body").c(el("main")
            .class("stack")
            .c(el("h1").c(says))
            .c(inside.into())
            .c(el("p").c(link(&Href::path(&[]), words.get("nav.fleet"))))));
    Html::from(html).document()
}
