//! Whether the loop itself is well. What is not known of it is not shown, and not called well.

use serde::Serialize;

use super::shown::{Shown, shown};
use crate::html::{Element, Html, el};
use crate::marks::Mark;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{command, facts, head, panel};
use crate::view::{Banner, Breaker, Files, Health, Orphan, Pause, Provider};
use crate::words::grouped;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Loop<'a> {
    health: &'a Health,
    banners: &'a [Banner],
}

/// The page.
pub(super) fn show(frame: &Frame<'_>) -> Shown {
    let (view, words) = (frame.view, frame.words);
    let health = &view.health;
    let page = Loop { health, banners: &view.banners };
    let open = health.providers.iter().filter(|one| one.breaker != Breaker::Closed).count();
    let sentence = match (view.banners.first(), open) {
        (Some(banner), _) => words.say(&banner.says),
        (None, 0) => words.get("loop.well").to_owned(),
        (None, open) => words.count("loop.breakers", open),
    };
    let mut about_it = Vec::new();
    if let Some(holder) = &health.holder {
        about_it.push(holder.into());
    }
    if let Some(at) = health.renewed {
        about_it.push(words.fill("loop.renewed", &[("ago", &frame.clock.ago(at))]).into());
    }
    if let Some(at) = health.up_since {
        about_it.push(words.fill("loop.up", &[("age", &frame.clock.age(at))]).into());
    }
    let about = About { title: words.get("nav.loop").to_owned(), icon: frame.icon() };
    let main = Html::from(head(sentence, about_it)).and(
        el("div")
            .class("what2 broad")
            .c(health.files.as_ref().map(|files| declarations(frame, files)))
            .c((!health.providers.is_empty()).then(|| providers(frame, &health.providers)))
            .c((!health.paused.is_empty()).then(|| paused(frame, &health.paused)))
            .c((!health.orphaned.is_empty()).then(|| orphaned(frame, &health.orphaned)))
            .c(itself(frame, health)),
    );
    shown(frame, "loop", &page, frame.document(&about, main))
}

fn declarations(frame: &Frame<'_>, files: &Files) -> Element {
    let words = frame.words;
    let mut rows = vec![
        (words.get("loop.watched").to_owned(), files.watched.join(", ").into()),
        (words.get("loop.files").to_owned(), grouped(files.read).into()),
    ];
    if let Some(at) = files.at {
        rows.push((words.get("loop.read").to_owned(), frame.clock.moment(at).into()));
    }
    if let Some(digest) = &files.digest {
        rows.push((words.get("loop.digest").to_owned(), el("code").c(digest).into()));
    }
    panel(words.get("loop.declarations")).c(facts(rows))
}

fn providers(frame: &Frame<'_>, providers: &[Provider]) -> Element {
    let words = frame.words;
    let rows = providers.iter().map(|one| {
        let (mark, says) = match one.breaker {
            Breaker::Closed => (Mark::Good, words.get("loop.closed")),
            Breaker::HalfOpen => (Mark::Wait, words.get("loop.half-open")),
            Breaker::Open => (Mark::Stop, words.get("loop.open")),
        };
        el("tr")
            .c(el("th").a("scope", "row").c(&one.name))
            .c(el("td")
                .c(el("span").class("item").c(mark.small()).c(el("span").c(says)))
                .c(one.error.as_ref().map(|error| el("small").c(error))))
            .c(el("td").class("r").c(match one.answered {
                Some(at) => frame.clock.ago(at),
                None => words.get("loop.never").to_owned(),
            }))
    });
    panel(words.get("loop.clouds")).c(el("table")
        .class("plain")
        .c(el("thead").c(el("tr")
            .c(el("th").a("scope", "col").c(words.get("loop.provider")))
            .c(el("th").a("scope", "col").c(words.get("loop.breaker")))
            .c(el("th").a("scope", "col").class("r").c(words.get("loop.answered")))))
        .c(el("tbody").each(rows)))
}

fn paused(frame: &Frame<'_>, pauses: &[Pause]) -> Element {
    let words = frame.words;
    let lines = pauses.iter().map(|one| {
        let until: Html = match one.until {
            Some(at) => Html::text(words.get("loop.until")).and(" ").and(frame.clock.moment(at)),
            None => words.get("accepted.no-end").into(),
        };
        el("li").class("item").c(Mark::Stop.small()).c(el("div").c(el("b").c(&one.what)).c(el("p")
            .class("soft")
            .c(&one.reason)
            .c(" · ")
            .c(&one.by)
            .c(" · ")
            .c(until)))
    });
    panel(words.get("loop.paused")).c(el("ul").class("list").each(lines))
}

fn orphaned(frame: &Frame<'_>, orphans: &[Orphan]) -> Element {
    let words = frame.words;
    let lines = orphans.iter().map(|one| {
        el("li").class("item").c(Mark::Wait.small()).c(el("div")
            .c(el("b").c(&one.id))
            .c(" · ")
            .c(one.kind.name())
            .c(el("p").class("soft").c(&one.made_for).c(" · ").c(frame.clock.moment(one.at))))
    });
    panel(words.get("loop.orphaned"))
        .c(el("p").c(words.get("loop.orphaned-about")))
        .c(el("ul").class("list").each(lines))
        .c(command("rdpctl state release ID"))
}

fn itself(frame: &Frame<'_>, health: &Health) -> Element {
    let words = frame.words;
    let mut rows: Vec<(String, Html)> = Vec::new();
    if let Some(store) = &health.store {
        rows.push((words.get("loop.store").to_owned(), store.into()));
    }
    if let Some(at) = health.next_look {
        rows.push((words.get("aside.look").to_owned(), frame.clock.moment(at).into()));
    }
    rows.push((words.get("loop.backing-off").to_owned(), grouped(health.backing_off).into()));
    for (name, value) in &health.figures {
        rows.push((name.clone(), value.into()));
    }
    panel(words.get("loop.itself")).c(facts(rows))
}
