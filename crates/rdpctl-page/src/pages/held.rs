//! What is held: what asks a person, what waits for a window, what a guard forbids; and one of them in full.

use rdpctl_model::anew::Anew;
use rdpctl_model::step::{Disruption, Guarded};
use serde::Serialize;

use super::bill::{self, clients, money, people};
use super::numbers;
use super::select::{Extent, pager, part};
use super::shown::{Shown, shown};
use crate::address::Href;
use crate::deed::Says;
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::acts::{button, form, hidden, text};
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{change, command, head, panel, said, unseen_heading};
use crate::parts::{say, security};
use crate::view::{Answered, HeldLine, Mode, More, StepLine, Waits};
use crate::words::grouped;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Listed<'a> {
    asks: usize,
    extent: Extent,
    held: &'a [HeldLine],
}

/// The list.
pub(super) fn list(frame: &Frame<'_>) -> Shown {
    let (view, words) = (frame.view, frame.words);
    let (some, extent) = part(&view.held, &frame.query);
    let listed = Listed { asks: view.asking(), extent, held: some };
    let sentence = if view.held.is_empty() {
        words.get("held.none").to_owned()
    } else if listed.asks > 0 {
        words.count("held.head", listed.asks)
    } else {
        words.count("held.head-waits", view.held.len())
    };
    let about = About { title: sentence.clone(), icon: frame.icon() };
    let lines = some.iter().map(|line| {
        let (mark, says) = match &line.answered {
            None => say::waits(&frame.clock, &line.waits),
            Some(Answered { says: Says::Yes, by, .. }) => {
                (Mark::Later, words.fill("held.said-yes", &[("by", by)]))
            }
            Some(Answered { says: Says::No, by, .. }) => {
                (Mark::Stop, words.fill("held.said-no", &[("by", by)]))
            }
        };
        el("li")
            .has("data-item")
            .c(mark.small())
            .c(el("div")
                .c(el("h3").c(link(&Href::path(&["held", &line.id]), question(frame, line))))
                .c(el("p").c(says)))
            .c(el("span").class("soft").c(line.profile.as_str()))
    });
    let list = el("section")
        .class("panel")
        .id(&Id::fixed("held"))
        .c(unseen_heading(words.get("nav.held")))
        .c(el("ol").class("steps").each(lines));
    let about_it = if view.held.is_empty() { numbers::next_look(frame) } else { Vec::new() };
    let main = Html::from(head(sentence, about_it))
        .and((!some.is_empty()).then_some(list))
        .and((extent.of > extent.last || frame.query.page > 1).then(|| pager(frame, extent)));
    shown(frame, "held", &listed, frame.document(&about, main))
}

/// What is asked, in one sentence.
pub(super) fn question(frame: &Frame<'_>, line: &HeldLine) -> String {
    let words = frame.words;
    let who = words.count("count.instances", line.instances);
    let names: Vec<&str> = line.differences.iter().map(|one| words.facet(one.facet)).collect();
    let values = [("who", who.as_str()), ("facets", &names.join(", "))];
    match &line.waits {
        Waits::Asks { guards } => {
            let guards: Vec<&str> = guards.iter().map(|guard| guard.name()).collect();
            words.fill(
                "held.asks",
                &[values[0], (values[1].0, values[1].1), ("guards", &guards.join(", "))],
            )
        }
        Waits::Window { .. } => words.fill("held.waits", &values),
        Waits::Denied { .. } => words.fill("held.denied", &values),
        Waits::LockOut { .. } => words.fill("held.lock-out", &values),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct One<'a> {
    #[serde(flatten)]
    line: &'a HeldLine,
    now: &'a Anew,
}

/// One of them.
pub(super) fn one(frame: &Frame<'_>, id: &str, more: &More) -> Option<Shown> {
    let words = frame.words;
    let line = frame.view.held.iter().find(|line| line.id == id)?;
    let nothing = Anew::default();
    let now = match more {
        More::Held(now) => now,
        More::Nothing | More::Failed(_) | More::Instance(_) | More::Run(_) => &nothing,
    };
    let question = question(frame, line);
    let about = About { title: question.clone(), icon: frame.icon() };
    let crumbs = el("p")
        .class("meta crumbs")
        .c(link(&Href::path(&["held"]), words.get("nav.held")))
        .c(el("span").a("aria-hidden", "true").c("/"))
        .c(el("span").class("id").c(&line.id));
    let because = say::waits(&frame.clock, &line.waits).1;
    let mut about_it = vec![
        because.into(),
        words.fill("held.profile", &[("profile", line.profile.as_str())]).into(),
    ];
    about_it.extend(bill::declared(frame, line).into_iter().map(Html::from));
    let main = Html::from(crumbs).and(head(question, about_it)).and(
        el("div")
            .class("cols")
            .c(el("div")
                .class("stack")
                .c(differences(frame, line))
                .c(steps(frame, line))
                .c(members(frame, line)))
            .c(aside(frame, line, now)),
    );
    let one = One { line, now };
    Some(shown(frame, "held-one", &one, frame.document(&about, main)))
}

pub(super) fn differences(frame: &Frame<'_>, line: &HeldLine) -> Element {
    let words = frame.words;
    let lines = line.differences.iter().filter_map(|one| match &one.verdict {
        rdpctl_model::Verdict::Drifted { from, to } => Some(
            el("p")
                .c(el("span").class("facet").c(words.facet(one.facet)))
                .c(" ")
                .c(change(words, from, to)),
        ),
        rdpctl_model::Verdict::Healthy { .. }
        | rdpctl_model::Verdict::Unknown { .. }
        | rdpctl_model::Verdict::Blocked { .. }
        | rdpctl_model::Verdict::NotApplicable { .. } => None,
    });
    panel(words.count("held.change", line.instances)).each(lines)
}

pub(super) fn steps(frame: &Frame<'_>, line: &HeldLine) -> Element {
    let words = frame.words;
    let list = el("ol").class("steps").each(line.steps.iter().map(|step| one_step(frame, step)));
    let spelled: Vec<Html> = line
        .steps
        .iter()
        .filter(|step| !step.words.exactly.is_empty())
        .map(|step| {
            let said = format!("{}. {}", step.number, words.say(&step.words.does));
            let text = el("pre").n("tabindex", 0).a("lang", "en");
            Html::from(el("p").c(said)).and(text.c(step.words.exactly.join("\n")))
        })
        .collect();
    let of_first = (line.instances > 1)
        .then(|| line.members.first())
        .flatten()
        .map(|first| el("p").c(words.fill("held.of-first", &[("name", first.as_str())])));
    let commands = (!spelled.is_empty()).then(|| {
        el("details").c(el("summary").c(words.get("held.exactly"))).c(of_first).each(spelled)
    });
    panel(words.get("held.order")).c(list).c(commands)
}

fn one_step(frame: &Frame<'_>, step: &StepLine) -> Element {
    let words = frame.words;
    let (mark, held) = match &step.held {
        Some(waits) => say::waits(&frame.clock, waits),
        None => (Mark::Later, String::new()),
    };
    let risk = match step.disruption {
        Disruption::None => "",
        Disruption::RestartsRdp => words.get("risk.restarts"),
        Disruption::Reboots => words.get("risk.reboots"),
    };
    let way_back = if step.reversible { "" } else { words.get("risk.no-way-back") };
    let about: Vec<&str> =
        [held.as_str(), risk, way_back].into_iter().filter(|text| !text.is_empty()).collect();
    el("li")
        .c(mark.small())
        .c(el("div")
            .c(format!("{}. ", step.number))
            .c(el("span").c(words.say(&step.words.does)))
            .c(said(words, "p", &step.why)))
        .c(el("span").class("soft").c(about.join(" · ")))
}

fn members(frame: &Frame<'_>, line: &HeldLine) -> Element {
    const SHOWN: usize = 200;
    let words = frame.words;
    let names =
        line.members.iter().take(SHOWN).map(|name| link(&Href::instance(name), name.as_str()));
    let more = line.members.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| words.fill("report.more", &[("n", &grouped(more))]));
    el("section").class("panel").c(el("details")
        .c(el("summary").c(words.count("count.instances", line.instances)))
        .c(el("p").class("ids").c(Html::joined(names, ", ")).c(" ").c(more)))
}

fn aside(frame: &Frame<'_>, line: &HeldLine, now: &Anew) -> Element {
    let words = frame.words;
    let says = match &line.waits {
        Waits::Asks { .. } => words.get("held.decide").to_owned(),
        Waits::Window { .. } => words.get("next.nothing-to-do").to_owned(),
        Waits::Denied { .. } => words.get("held.change-guard").to_owned(),
        Waits::LockOut { why } => words.say(why),
    };
    let typed = match (&line.waits, line.members.as_slice()) {
        (Waits::Asks { guards }, members) => {
            let guards: Vec<&str> = guards.iter().map(|guard| guard.name()).collect();
            let target = match members {
                [only] => format!(" --target {only}"),
                _ => String::new(),
            };
            Some(format!("rdpctl apply{target} \\\n  --allow {}", guards.join(",")))
        }
        (Waits::Window { .. } | Waits::Denied { .. } | Waits::LockOut { .. }, _) => None,
    };
    let decide = el("section")
        .class("panel lines wait-edge")
        .c(el("h2").c(words.get("held.heading")))
        .c(decision(frame, line, now).unwrap_or_else(|| el("p").c(says).into()));
    let terminal = typed.map(|text| {
        panel(words.get("held.terminal"))
            .c(command(&text))
            .c(el("p").class("soft").c(words.get("held.terminal-about")))
    });
    let digest = panel(words.get("held.digest"))
        .c(el("p").class("ids").c(el("code").c(&line.digest)))
        .c(el("p").class("soft").c(words.get("held.digest-about")))
        .c(el("p").class("ids").c(el("code").c(&frame.view.digest)))
        .c(el("p").class("soft").c(words.get("held.plan-about")));
    el("aside")
        .class("stack")
        .a("aria-label", words.get("held.heading"))
        .c(decide)
        .c(security::panel_of(words, &line.security))
        .c(people(frame, line, now))
        .c(clients(frame, line))
        .c(money(frame, line, now))
        .c(terminal)
        .c(digest)
}

/// What was answered, or the form by which somebody answers who may; nothing where nobody is signed in.
fn decision(frame: &Frame<'_>, line: &HeldLine, now: &Anew) -> Option<Html> {
    let words = frame.words;
    let Waits::Asks { guards } = &line.waits else { return None };
    if let Some(answered) = &line.answered {
        let key = match answered.says {
            Says::Yes => "held.said-yes",
            Says::No => "held.said-no",
        };
        let until = answered.until.map(|until| {
            el("p").class("soft").c(words.get("held.until")).c(" ").c(frame.clock.moment(until))
        });
        let note = (!answered.note.is_empty()).then(|| el("p").c(&answered.note));
        let said = el("p")
            .c(words.fill(key, &[("by", &answered.by)]))
            .c(" ")
            .c(frame.clock.moment(answered.at));
        let again = match answered.says {
            Says::Yes => None,
            Says::No => form_of(frame, line, guards, now),
        };
        return Some(Html::from(said).and(note).and(until).and(again));
    }
    let allowed = (line.allowed > 0).then(|| {
        let values = [("n", grouped(line.allowed)), ("of", grouped(line.instances))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        el("p").c(words.fill("held.part", &values))
    });
    let form = form_of(frame, line, guards, now)?;
    Some(Html::from(allowed).and(form))
}

fn form_of(frame: &Frame<'_>, line: &HeldLine, guards: &[Guarded], now: &Anew) -> Option<Html> {
    let words = frame.words;
    let visitor = frame.request.visitor.as_ref()?;
    let names =
        |guards: &[Guarded]| guards.iter().map(|guard| guard.name()).collect::<Vec<_>>().join(", ");
    let lacks = visitor.may_not(guards);
    if !lacks.is_empty() {
        return Some(el("p").c(words.fill("held.lacks", &[("guards", &names(&lacks))])).into());
    }
    if frame.view.mode == Mode::Detect {
        return Some(el("p").c(words.get("held.only-looks")).into());
    }
    let label = words.fill(
        "held.approve",
        &[("guards", &names(guards)), ("who", &words.count("count.instances", line.instances))],
    );
    let form = form(&Href::path(&["held", &line.id]), &visitor.form)
        .c(hidden("digest", &line.digest))
        .c(hidden("shown", &serde_json::to_string(now).unwrap_or_default()))
        .each(text("note", words.get("held.note")))
        .c(el("p").class("row").c(button("says", "yes", &label).class("go")).c(button(
            "says",
            "no",
            words.get("held.refuse"),
        )));
    Some(Html::from(form).and(el("p").class("soft").c(words.get("held.once"))))
}
