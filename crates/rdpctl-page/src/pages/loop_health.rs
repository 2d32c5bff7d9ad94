//! Whether the loop itself is well. What is not known of it is not shown, and not called well.

use serde::Serialize;

use super::shown::{Shown, shown};
use crate::html::{Element, Html, el};
use crate::marks::Mark;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{command, facts, head, panel, said};
use crate::view::{Banner, Breaker, Files, Health, Holder, Orphan, Pause, Provider, Role};
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
    let open = health.providers.iter().filter(|one| one.breaker == Breaker::Open).count();
    let sentence = match (view.banners.first(), open, health.role) {
        (Some(banner), _, _) => words.say(&banner.says),
        (None, 0, Some(Role::Active)) => words.get("loop.active").to_owned(),
        (None, 0, Some(Role::Standby)) => words.get("loop.standby").to_owned(),
        (None, 0, None) => words.get("loop.well").to_owned(),
        (None, open, _) => words.count("loop.breakers", open),
    };
    let mut about_it = Vec::new();
    if let Some(holder) = &health.holder {
        about_it.push(words.fill("loop.leads", &[("who", holder)]).into());
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
            .c((!view.answered.is_empty()).then(|| looked_at(frame)))
            .c((!health.paused.is_empty()).then(|| paused(frame, &health.paused)))
            .c((!health.orphaned.is_empty()).then(|| orphaned(frame, &health.orphaned)))
            .c(itself(frame, health))
            .c(tokens(frame, &health.tokens)),
    );
    shown(frame, "loop", &page, frame.document(&about, main))
}

fn declarations(frame: &Frame<'_>, files: &Files) -> Element {
    let words = frame.words;
    let mut rows = vec![
        (words.get("loop.watched").to_owned(), files.watched.join(", ").into()),
        (words.get("loop.sources").to_owned(), grouped(files.sources).into()),
        (words.get("loop.read").to_owned(), frame.clock.moment(files.at).into()),
    ];
    if let Some(commit) = &files.commit {
        rows.push((words.get("loop.commit").to_owned(), el("code").c(commit).into()));
    }
    if let Some(at) = files.pulled {
        rows.push((words.get("loop.pulled").to_owned(), frame.clock.moment(at).into()));
    }
    if let Some(at) = files.refused {
        rows.push((words.get("loop.refused").to_owned(), frame.clock.moment(at).into()));
    }
    panel(words.get("loop.declarations")).c(facts(rows))
}

fn providers(frame: &Frame<'_>, providers: &[Provider]) -> Element {
    let words = frame.words;
    let rows = providers.iter().map(|one| {
        let (mark, says) = match one.breaker {
            Breaker::Closed => (Mark::Good, words.get("loop.closed")),
            Breaker::Open => (Mark::Stop, words.get("loop.open")),
        };
        let every = one.every.map(|every| {
            let seconds = usize::try_from(every).unwrap_or(usize::MAX);
            let every = frame.clock.span("age.plain", seconds);
            let values = [("n", grouped(one.machines)), ("every", every)];
            let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
            el("small").c(words.fill("loop.every", &values))
        });
        let quota = match one.of_quota {
            Some(share) => format!("{:.1} %", share * 100.0),
            None => words.get("loop.not-counted").to_owned(),
        };
        el("tr")
            .c(el("th").a("scope", "row").c(&one.name))
            .c(el("td")
                .c(el("span").class("item").c(mark.small()).c(el("span").c(says)))
                .c(one.error.as_ref().map(|error| said(words, "small", error)))
                .c(every))
            .c(el("td").class("r").c(match one.answered {
                Some(at) => frame.clock.ago(at),
                None => words.get("loop.never").to_owned(),
            }))
            .c(el("td").class("r").c(quota))
    });
    panel(words.get("loop.clouds")).c(el("table")
        .class("plain fit")
        .c(el("thead").c(el("tr")
            .c(el("th").a("scope", "col").c(words.get("loop.provider")))
            .c(el("th").a("scope", "col").c(words.get("loop.breaker")))
            .c(el("th").a("scope", "col").class("r").c(words.get("loop.answered")))
            .c(el("th").a("scope", "col").class("r").c(words.get("loop.quota")))))
        .c(el("tbody").each(rows)))
}

/// On how old a look the pages stand, by world.
fn looked_at(frame: &Frame<'_>) -> Element {
    let words = frame.words;
    let rows = frame.view.answered.iter().map(|(world, span)| {
        let (from, to) = (frame.clock.moment(span.oldest), frame.clock.moment(span.newest));
        let says = if span.oldest == span.newest {
            Html::from(to)
        } else {
            Html::from(from).and(" – ").and(to)
        };
        (words.world(*world).to_owned(), says)
    });
    panel(words.get("loop.looked-at")).c(facts(rows))
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
            .c(words.say(&one.reason))
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
    if let Some(bytes) = health.memory {
        let mib = grouped(usize::try_from(bytes >> 20).unwrap_or(usize::MAX));
        rows.push((words.get("loop.memory").to_owned(), format!("{mib} MiB").into()));
    }
    if let (Some(seconds), Some(since)) = (health.processor, health.up_since) {
        let up = frame.view.at.duration_since(since).as_secs_f64().max(1.0);
        let values = [
            ("share", format!("{:.1} %", seconds / up * 100.0)),
            ("seconds", format!("{seconds:.1}")),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let says = words.fill("loop.processor-share", &values);
        rows.push((words.get("loop.processor").to_owned(), says.into()));
    }
    for hook in &health.webhooks {
        let waiting = words.fill("loop.waiting", &[("n", &grouped(hook.waiting))]);
        let says = Html::from(&hook.host).and(" · ").and(waiting);
        rows.push((words.get("loop.webhook").to_owned(), says));
    }
    panel(words.get("loop.itself")).c(facts(rows))
}

/// What each token may do: names and scopes, and nothing by which one could be found out.
fn tokens(frame: &Frame<'_>, tokens: &[Holder]) -> Element {
    let words = frame.words;
    let panel = panel(words.get("loop.tokens"));
    if tokens.is_empty() {
        return panel.c(el("p").class("soft").c(words.get("loop.no-tokens")));
    }
    panel.c(facts(tokens.iter().map(|one| (one.name.clone(), one.may.join(", ").into()))))
}
