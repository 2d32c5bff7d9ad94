//! What is around every page: head, navigation, banners, foot.

use crate::address::Href;
use crate::assets::{Which, href};
use crate::clock::Clock;
use crate::html::{Element, Html, el, link, unseen};
use crate::id::Id;
use crate::marks::{Mark, sprite};
use crate::request::{Form, Keys, Page, Query, Request, Theme};
use crate::view::{Banner, Mode, View, Weight};
use crate::words::{Language, Words, grouped, words};

/// A page on its way: whose snapshot, who asks, in which words.
pub(crate) struct Frame<'a> {
    pub(crate) view: &'a View,
    pub(crate) request: &'a Request,
    pub(crate) query: Query,
    pub(crate) words: &'static Words,
    pub(crate) clock: Clock<'a>,
}

/// What a page says of itself.
pub(crate) struct About {
    /// Its title, without the tool's name.
    pub(crate) title: String,
    /// Its icon.
    pub(crate) icon: Which,
}

impl About {
    fn title(&self) -> String {
        format!("{} · rdpctl", self.title)
    }
}

/// Banners shown; beyond so many they are counted.
const BANNERS: usize = 3;

impl<'a> Frame<'a> {
    pub(crate) fn new(view: &'a View, request: &'a Request) -> Self {
        let words = words(request.language);
        let clock = Clock { now: view.at, zone: request.zone.clone(), words };
        let mut query = request.asked().at(view.at, &request.zone);
        query.names_what_means_nothing_on(&Page::of(&request.path).0);
        Self { view, request, query, words, clock }
    }

    /// The icon by the worst that is true.
    pub(crate) fn icon(&self) -> Which {
        Which::icon(self.view)
    }

    /// The whole document.
    pub(crate) fn document(&self, about: &About, main: impl Into<Html>) -> Html {
        let words = self.words;
        let main: Html = main.into();
        if let Some(parts) = &self.query.parts {
            return self.parts(about, parts, &main);
        }
        let title = about.title();
        let mut head = el("head")
            .c(el("meta").a("charset", "utf-8"))
            .c(meta("viewport", "width=device-width, initial-scale=1"))
            .c(meta("color-scheme", "light dark"))
            .c(el("title").c(title))
            .c(el("link").a("rel", "icon").a("type", "image/svg+xml").href(&href(about.icon)))
            .c(el("link").a("rel", "stylesheet").href(&href(Which::Sheet)))
            .c(el("link").a("rel", "alternate").a("type", "application/json").href(&self.as_json()))
            .c(el("script").src(&href(Which::Script)).has("defer"));
        if let Some(seconds) = self.query.refresh {
            head = head.c(el("meta").a("http-equiv", "refresh").n("content", seconds));
        }
        let mut html = el("html")
            .a("lang", words.language().code())
            .a("data-live", words.get("live.live"))
            .a("data-lost", words.get("live.lost"))
            .a("data-zone", self.request.zone.iana_name().unwrap_or_default())
            .a("data-news", words.get("live.news"));
        html = match self.request.theme {
            Theme::System => html,
            Theme::Light | Theme::Dark => html.a("data-theme", self.request.theme.name()),
        };
        if self.request.keys == Keys::Off {
            html = html.a("data-keys", Keys::Off.name());
        }
        let body = el("body")
            .c(sprite())
            .c(link(&Href::anchor(&Id::fixed("main")), words.get("nav.skip")).class("skip"))
            .c(self.top())
            .c(el("main")
                .id(&Id::fixed("main"))
                .n("tabindex", -1)
                .c(self.banners())
                .c(self.strange())
                .c(main))
            .c(self.foot())
            .c(el("p").id(&Id::fixed("say")).class("vh").a("role", "status"));
        Html::from(html.c(head).c(body)).document()
    }

    /// Some elements of the page by themselves, for a script that puts them in place of the former ones.
    fn parts(&self, about: &About, parts: &[String], main: &Html) -> Html {
        let around = Html::from(self.top()).and(self.banners()).and(main.clone());
        let wanted = parts.iter().filter_map(|id| around.part(&Id::named(id)?));
        let head = el("head").c(el("meta").a("charset", "utf-8")).c(el("title").c(about.title()));
        let html = el("html").a("lang", self.words.language().code()).c(head);
        Html::from(html.c(el("body").each(wanted))).document()
    }

    /// The address of the same page for machines.
    fn as_json(&self) -> Href {
        let (path, query) = (&self.request.path, self.query.filters(Href::query()));
        let path = match path.strip_suffix(".json").unwrap_or(path) {
            "/" => "/fleet",
            other => other,
        };
        let parts: Vec<String> = path
            .split('/')
            .skip(1)
            .map(|part| crate::address::decode(part, crate::address::Plus::IsPlus))
            .collect();
        let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let last = format!("{}.json", parts.pop().unwrap_or_default());
        parts.push(&last);
        Href::path(&parts).asking(&query)
    }

    fn top(&self) -> Element {
        let words = self.words;
        let here = Page::of(&self.request.path);
        let tab =
            |to: Href, key: &'static str, current: bool, badge: Option<(usize, &'static str)>| {
                let badge = badge.filter(|(number, _)| *number > 0).map(|(number, says)| {
                    el("span")
                        .class("badge")
                        .c(grouped(number))
                        .c(unseen(format!(" {}", words.get(says))))
                });
                let mut leads = link(&to, words.get(key)).c(badge);
                if current {
                    leads = leads.a("aria-current", "page");
                }
                el("li").c(leads)
            };
        let is = |pages: &[Page]| pages.contains(&here.0) && here.1 == Form::Html;
        let held = matches!(here.0, Page::Held | Page::HeldOne(_));
        let runs = matches!(here.0, Page::Runs | Page::Run(_));
        let tabs = el("ul")
            .c(tab(Href::path(&[]), "nav.fleet", is(&[Page::Fleet]), None))
            .c(tab(
                Href::path(&["held"]),
                "nav.held",
                held,
                Some((self.view.asking(), "nav.held-badge")),
            ))
            .c(tab(
                Href::path(&["runs"]),
                "nav.runs",
                runs,
                Some((self.view.running(), "nav.runs-badge")),
            ))
            .c(tab(Href::path(&["drift"]), "nav.drift", is(&[Page::Drift]), None))
            .c(tab(Href::path(&["accepted"]), "nav.accepted", is(&[Page::Accepted]), None))
            .c(tab(Href::path(&["loop"]), "nav.loop", is(&[Page::Loop]), None));
        let find = Id::fixed("find");
        el("header")
            .class("top")
            .c(link(&Href::path(&[]), brand()).class("brand").c("rdpctl"))
            .c(el("nav").id(&Id::fixed("nav")).a("aria-label", words.get("nav.main")).c(tabs))
            .c(el("form")
                .a("role", "search")
                .action(&Href::path(&[]))
                .c(el("input").a("type", "hidden").a("name", "view").a("value", "matrix"))
                .c(el("label").class("vh").of(&find).c(words.get("nav.find-label")))
                .c(el("input")
                    .id(&find)
                    .a("type", "search")
                    .a("name", "q")
                    .a("placeholder", words.get("nav.find"))
                    .n("size", 16)
                    .a("autocomplete", "off")))
            .c(el("span").class("live").c(el("a")
                .class("chip")
                .href(&Href::path(&["loop"]))
                .c(Mark::Loop.small())
                .c(el("span")
                    .c(words.get(match self.view.mode {
                        Mode::Detect => "live.detect",
                        Mode::Enforce => "live.enforce",
                    }))
                    .c(" · ")
                    .c(
                        el("span")
                            .id(&Id::fixed("live"))
                            .c(words
                                .fill("live.as-of", &[("time", &self.clock.hour(self.view.at))])),
                    ))))
    }

    fn foot(&self) -> Element {
        let words = self.words;
        let other = match words.language() {
            Language::English => Language::Korean,
            Language::Korean => Language::English,
        };
        let theme = match self.request.theme {
            Theme::System | Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Light,
        };
        let keys = [
            ("/", "keys.find"),
            ("j k", "keys.rows"),
            ("g f, g h, g r, g d, g a, g l", "keys.pages"),
            ("u", "keys.show"),
            (".", "keys.command"),
        ];
        let here = || self.query.filters(Href::query());
        let (turned, says) = match self.request.keys {
            Keys::On => (Keys::Off, "keys.turn-off"),
            Keys::Off => (Keys::On, "keys.turn-on"),
        };
        el("footer")
            .class("foot")
            .c(el("span").c(format!("rdpctl {}", self.view.version)))
            .c(el("span").c(words.fill("foot.zone", &[("zone", &self.clock.zone_name())])))
            .c(link(&self.as_json(), words.get("foot.json")))
            .c(match &self.request.visitor {
                Some(visitor) => link(
                    &Href::path(&["session"]),
                    words.fill("session.foot", &[("who", &visitor.known_as())]),
                ),
                None => link(&Href::path(&["session"]), words.get("session.enter")),
            })
            .c(link(&here().with("lang", other.code()), other.name())
                .a("lang", other.code())
                .a("hreflang", other.code()))
            .c(link(&here().with("theme", theme.name()), words.get("foot.theme")))
            .c(el("details")
                .id(&Id::fixed("keys"))
                .c(el("summary").c(words.get("foot.keys")).c(" ").c(el("kbd").c("?")))
                .c(el("dl").class("facts").each(keys.into_iter().map(|(key, does)| {
                    Html::from(el("dt").c(el("kbd").c(key))).and(el("dd").c(words.get(does)))
                })))
                .c(el("p").c(link(&here().with("keys", turned.name()), words.get(says)))))
    }

    fn banners(&self) -> Element {
        let mut html =
            Html::all(self.view.banners.iter().take(BANNERS).map(|one| self.banner(one)));
        let more = self.view.banners.len().saturating_sub(BANNERS);
        if more > 0 {
            html.push(
                el("p").c(link(&Href::path(&["loop"]), self.words.count("count.banners", more))),
            );
        }
        el("div").class("lines").id(&Id::fixed("banners")).c(html)
    }

    fn banner(&self, banner: &Banner) -> Element {
        let (class, mark) = match banner.weight {
            Weight::Bad => ("banner bad", Mark::Shut),
            Weight::Wait => ("banner wait", Mark::Wait),
            Weight::Unknown => ("banner dim", Mark::Dim),
        };
        let since = banner.since.map(|at| {
            Html::text(" ")
                .and(self.words.get("fleet.since"))
                .and(" ")
                .and(self.clock.moment(at))
                .and(".")
        });
        let quote = (!banner.quote.is_empty()).then(|| el("pre").n("tabindex", 0).c(&banner.quote));
        el("div").class(class).c(mark.large()).c(el("div")
            .c(el("p")
                .c(el("b").c(self.words.say(&banner.says)))
                .c(since)
                .c(" ")
                .c(self.words.say(&banner.means))
                .c(" ")
                .c(link(&Href::path(&["loop"]), self.words.get("nav.loop"))))
            .c(quote))
    }

    /// What the query asks and nobody knows.
    fn strange(&self) -> Option<Element> {
        let strange = &self.query.strange;
        (!strange.is_empty()).then(|| {
            el("p")
                .class("soft")
                .c(self.words.fill("fleet.strange", &[("what", &strange.join(", "))]))
        })
    }
}

fn meta(name: &'static str, content: &'static str) -> Element {
    el("meta").a("name", name).a("content", content)
}

fn brand() -> Element {
    el("svg")
        .n("width", 22)
        .n("height", 22)
        .a("viewBox", "0 0 22 22")
        .a("aria-hidden", "true")
        .c(el("rect")
            .n("x", 1)
            .n("y", 3)
            .n("width", 20)
            .n("height", 13)
            .a("rx", "2.5")
            .a("fill", "none")
            .a("stroke", "currentColor")
            .a("stroke-width", "1.8"))
        .c(el("path")
            .a("d", "M7 20h8M6.5 9.7l3 2.6 5.6-5.2")
            .a("fill", "none")
            .a("stroke", "currentColor")
            .a("stroke-width", "1.8")
            .a("stroke-linecap", "round"))
}
