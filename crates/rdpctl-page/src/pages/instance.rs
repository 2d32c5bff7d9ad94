//! One machine to the bottom: one sentence, the way of a connection, verdicts with evidence, the plan, the documents.

use std::collections::BTreeMap;

use rdpctl_model::{Assessment, FacetId, InstanceName, Verdict};
use serde::Serialize;

use super::shown::{Shown, shown};
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::causes::title as cause_title;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{chip, command, facet_facts, facts, head, panel, verdict};
use crate::parts::stations::{Known, way};
use crate::parts::timeline::timeline;
use crate::parts::{picture, planned, say, trees};
use crate::standing::Standing;
use crate::view::{Cause, Detail, More, Row};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Instance<'a> {
    name: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    display: &'a str,
    provider: &'a str,
    profile: &'a str,
    standing: Standing,
    facets: BTreeMap<FacetId, &'a Assessment>,
    causes: Vec<&'a Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cannot_read: Option<String>,
}

/// The page.
pub(super) fn show(frame: &Frame<'_>, name: &InstanceName, more: &More) -> Option<Shown> {
    let view = frame.view;
    let row = view.row(name.as_str())?;
    let (detail, cannot_read) = match more {
        More::Instance(detail) => (Some(detail.as_ref()), None),
        More::Failed(why) => (None, Some(frame.words.say(why))),
        More::Nothing | More::Run(_) | More::Held(_) => (None, None),
    };
    let facets = row.facets.iter().filter_map(|(facet, one)| Some((facet, one.as_deref()?)));
    let instance = Instance {
        name: row.name.as_str(),
        id: row.id.as_str(),
        display: &row.display,
        provider: row.provider.as_str(),
        profile: row.profile.as_str(),
        standing: row.standing,
        facets: facets.collect(),
        causes: row.causes.iter().filter_map(|at| view.causes.get(*at as usize)).collect(),
        detail,
        cannot_read,
    };
    let words = frame.words;
    let title = format!("{} · {}", row.name, say::standing(words, row.standing).to_lowercase());
    let about = About { title, icon: frame.icon() };
    let html = frame.document(&about, main(frame, row, &instance));
    Some(shown(frame, "instance", &instance, html))
}

fn main(frame: &Frame<'_>, row: &Row, instance: &Instance<'_>) -> Html {
    let words = frame.words;
    let mut crumbs = el("p")
        .class("meta crumbs")
        .c(link(&Href::path(&[]), words.get("nav.fleet")))
        .c(el("span").a("aria-hidden", "true").c("/"));
    if let Some(fleet) = row.fleet() {
        crumbs = crumbs
            .c(link(&Href::path(&[]).with("view", "matrix").with("fleet", fleet), fleet))
            .c(el("span").a("aria-hidden", "true").c("/"));
    }
    crumbs = crumbs.c(el("span").c(row.id.as_str()));
    let columns = el("div")
        .class("cols")
        .c(el("div")
            .class("stack")
            .c(verdicts(frame, instance))
            .c(timeline(frame, instance.detail, instance.facets.len()))
            .c(instance.detail.and_then(|detail| planned::would(frame, detail)))
            .c(documents(frame, instance)))
        .c(aside(frame, row, instance));
    Html::from(crumbs)
        .and(super::among::instance(frame, row))
        .and(head(sentence(frame, instance), ages(frame, instance)))
        .and(instance.cannot_read.as_ref().map(|why| {
            el("p").c(chip(Mark::Dim, words.fill("instance.cannot-read", &[("why", why)])))
        }))
        .and(drawn(frame, instance))
        .and(columns)
}

/// Name and first cause in one sentence: the doctor's, where he was asked.
fn sentence(frame: &Frame<'_>, instance: &Instance<'_>) -> Html {
    let diagnosis = instance.detail.and_then(|detail| detail.diagnosis.as_ref());
    let first = diagnosis.and_then(|one| one.first_cause.as_ref()).filter(|one| one.managed);
    let says: Html = match (first, instance.causes.first()) {
        (Some(first), _) => (&first.says).into(),
        (None, Some(cause)) => cause_title(&frame.clock, cause),
        (None, None) => frame.words.get("instance.as-declared").into(),
    };
    Html::text(instance.name).and(": ").and(says)
}

fn ages(frame: &Frame<'_>, instance: &Instance<'_>) -> Vec<Html> {
    let answered = instance.detail.map(|detail| &detail.answered);
    answered
        .into_iter()
        .flatten()
        .map(|(world, at)| {
            let age = frame.clock.ago(*at);
            let values = [("world", frame.words.world(*world)), ("ago", &age)];
            frame.words.fill("instance.looked", &values).into()
        })
        .collect()
}

fn drawn(frame: &Frame<'_>, instance: &Instance<'_>) -> Html {
    let known: BTreeMap<FacetId, Known<'_>> = instance
        .facets
        .iter()
        .map(|(facet, one)| {
            let shuts = instance.causes.iter().any(|cause| {
                cause.section == Standing::NotReachable && cause.facets.contains(facet)
            });
            let follows = one.blocked_by.is_some() && !shuts;
            (*facet, Known { verdict: &one.verdict, follows, shuts })
        })
        .collect();
    let diagnosis = instance.detail.and_then(|detail| detail.diagnosis.as_ref());
    let first = diagnosis
        .and_then(|one| one.first_cause.as_ref())
        .map(|one| one.facet)
        .or_else(|| instance.causes.first().and_then(|cause| cause.facets.first().copied()))
        .filter(|facet| known.get(facet).is_some_and(|one| !one.verdict.is_quiet()));
    let from = instance.detail.map_or("", |detail| detail.from.as_str());
    let place =
        format!("{}: {}", frame.words.world(rdpctl_model::facet::World::Cloud), instance.provider);
    picture::picture(frame.words, &way(frame.words, &known, first), from, &place)
}

/// First causes, what is blocked, consequences, what is unknown; what is healthy is folded.
fn verdicts(frame: &Frame<'_>, instance: &Instance<'_>) -> Element {
    let words = frame.words;
    let mut lines: Vec<(u8, FacetId, &Assessment)> = Vec::new();
    let (mut quiet, mut firsts, mut follow, mut unknown) = (Vec::new(), 0, 0, 0);
    for (facet, one) in &instance.facets {
        let rank = match (&one.verdict, one.blocked_by) {
            (Verdict::Healthy { .. } | Verdict::NotApplicable { .. }, _) => {
                quiet.push((*facet, *one));
                continue;
            }
            (Verdict::Unknown { .. }, _) => {
                unknown += 1;
                3
            }
            (Verdict::Drifted { .. } | Verdict::Blocked { .. }, Some(_)) => {
                follow += 1;
                2
            }
            (Verdict::Drifted { .. }, None) => {
                firsts += 1;
                0
            }
            (Verdict::Blocked { .. }, None) => {
                firsts += 1;
                1
            }
        };
        lines.push((rank, *facet, one));
    }
    lines.sort_by_key(|(rank, facet, _)| (*rank, *facet));
    let heading = words.fill(
        "instance.verdicts",
        &[
            ("firsts", &words.count("count.firsts", firsts)),
            ("follow", &words.count("count.consequences", follow)),
            ("unknown", &words.count("count.unknown", unknown)),
        ],
    );
    let quiet_ones = quiet.len();
    let unmanaged = FacetId::ALL.into_iter().filter(|facet| !instance.facets.contains_key(facet));
    let rows = quiet
        .into_iter()
        .map(|(facet, one)| (facet, verdict(words, &one.verdict)))
        .chain(unmanaged.map(|facet| (facet, Html::text(words.get("cell.unmanaged")))));
    let folded = el("details")
        .class("pad")
        .c(el("summary").c(words.count("count.declared", quiet_ones)))
        .c(facet_facts(words, rows, &[]));
    let list = (!lines.is_empty()).then(|| {
        el("ol")
            .class("verdicts")
            .id(&Id::fixed("verdicts"))
            .a("data-live", "rows")
            .each(lines.iter().map(|(_, facet, one)| line(frame, instance, *facet, one)))
    });
    el("section")
        .a("aria-labelledby", "v")
        .c(el("h2").id(&Id::fixed("v")).c(heading))
        .c(el("div").class("panel tight mt").c(list).c(folded))
}

fn line(frame: &Frame<'_>, instance: &Instance<'_>, facet: FacetId, one: &Assessment) -> Element {
    let words = frame.words;
    let cause = instance.causes.iter().find(|cause| cause.facets.contains(&facet));
    let shuts = cause.is_some_and(|cause| cause.section == Standing::NotReachable);
    let (mark, word) = match (&one.verdict, one.blocked_by) {
        (Verdict::Unknown { .. }, _) => (Mark::Dim, "cell.unknown"),
        (Verdict::Drifted { .. } | Verdict::Blocked { .. }, _) if shuts => {
            (Mark::Shut, "cell.shuts")
        }
        (Verdict::Drifted { .. } | Verdict::Blocked { .. }, Some(_)) => {
            (Mark::Follows, "cell.follows")
        }
        (Verdict::Blocked { .. }, None) => (Mark::Stop, "cell.blocked"),
        (Verdict::Drifted { .. }, None) => (Mark::Bad, "cell.differs"),
        (Verdict::Healthy { .. } | Verdict::NotApplicable { .. }, _) => {
            (Mark::Good, "cell.healthy")
        }
    };
    let mut say = el("div").class("say").c(el("p").c(verdict(words, &one.verdict)));
    if let Some(from) = one.blocked_by {
        let cause = link(&Href::anchor(&Id::fixed(from.name())), words.facet(from));
        say = say.c(el("p").class("soft").c(words.get("instance.follows")).c(" ").c(cause));
    }
    match &one.verdict {
        Verdict::Unknown { gap } => {
            let how = say::to_know_more(words, gap);
            say = say.c(el("p").class("soft").c(words.fill("fleet.know-more", &[("how", &how)])));
        }
        Verdict::Blocked { advice, .. } => {
            say = say.c(el("p")
                .class("soft")
                .c(words.fill("next.you-can", &[("advice", &words.say(advice))])));
        }
        Verdict::Drifted { .. } | Verdict::Healthy { .. } | Verdict::NotApplicable { .. } => {}
    }
    if let Some(cause) = cause.filter(|_| one.blocked_by.is_none()) {
        let (mark, says) = say::next(&frame.clock, &cause.next);
        let seed = (!cause.seed.is_empty())
            .then(|| el("span").class("soft").a("lang", "en").c(cause.seed.join("; ")));
        let others = (cause.instances > 1).then(|| {
            link(
                &Href::path(&["groups", &cause.key]),
                words.count("count.like-this", cause.instances - 1),
            )
        });
        say = say.c(el("p").class("row").c(chip(mark, says)).c(seed).c(others));
    }
    say = say.c(spoken(frame, instance, facet));
    let id = Id::fixed(facet.name());
    el("li")
        .id(&id)
        .has("data-item")
        .c(mark.large_said(words.get(word)))
        .c(el("h3").c(link(&Href::anchor(&id), words.facet(facet)).class("plainlink")))
        .c(say)
}

/// What the doctor says of a facet, with what speaks for it.
fn spoken(frame: &Frame<'_>, instance: &Instance<'_>, facet: FacetId) -> Html {
    let Some(diagnosis) = instance.detail.and_then(|detail| detail.diagnosis.as_ref()) else {
        return Html::empty();
    };
    let finding = diagnosis
        .first_cause
        .iter()
        .chain(&diagnosis.other_causes)
        .chain(&diagnosis.consequences)
        .chain(&diagnosis.remarks)
        .find(|one| one.facet == facet);
    let Some(finding) = finding else { return Html::empty() };
    Html::from(el("p").c(&finding.says)).and(trees::quotes(frame.words, &finding.evidence))
}

fn documents(frame: &Frame<'_>, instance: &Instance<'_>) -> Option<Element> {
    let diagnosis = instance.detail?.diagnosis.as_ref()?;
    let words = frame.words;
    let (wrong, unknown, all) = trees::wrong(&diagnosis.walks);
    let numbers = [wrong, unknown, all].map(crate::words::grouped);
    let about = words.fill(
        "instance.answers",
        &[("wrong", &numbers[0]), ("unknown", &numbers[1]), ("all", &numbers[2])],
    );
    Some(
        el("section").class("panel tight").c(el("details")
            .c(el("summary").c(el("b").c(words.get("instance.documents"))).c(" · ").c(about))
            .c(el("div").class("pad").each(
                diagnosis
                    .walks
                    .iter()
                    .map(|walk| Html::from(el("h3").c(&walk.title)).and(trees::tree(words, walk))),
            ))),
    )
}

fn aside(frame: &Frame<'_>, row: &Row, instance: &Instance<'_>) -> Element {
    const TAG: usize = 120;
    let words = frame.words;
    let mut rows: Vec<(String, Html)> = vec![(
        words.get("instance.id").to_owned(),
        el("span").class("id").c(row.id.as_str()).into(),
    )];
    if !row.display.is_empty() {
        rows.push((words.get("instance.name").to_owned(), Html::cut(&row.display, TAG)));
    }
    if let Some(fleet) = row.fleet() {
        let to = Href::path(&[]).with("view", "matrix").with("fleet", fleet);
        rows.push((words.get("filter.fleet").to_owned(), link(&to, fleet).into()));
    }
    rows.push((words.get("instance.provider").to_owned(), row.provider.as_str().into()));
    rows.push((words.get("instance.profile").to_owned(), row.profile.as_str().into()));
    if let Some(detail) = instance.detail {
        if let Some(address) = &detail.address {
            rows.push((words.get("instance.address").to_owned(), address.into()));
        }
        if !detail.tags.is_empty() {
            let tags = detail.tags.iter().zip(1_usize..).map(|((key, value), place)| {
                let tag = format!("{key}={value}");
                let to = Href::instance(&row.name).with("tag", &place.to_string());
                let whole = tag.chars().nth(TAG).is_some();
                let whole = whole.then(|| link(&to, words.get("instance.tag-whole")));
                el("div").c(el("code").c(Html::cut(&tag, TAG))).c(" ").c(whole)
            });
            rows.push((
                words.get("instance.tags").to_owned(),
                Html::from(el("div").class("lines").each(tags)),
            ));
        }
    }
    let name = row.name.as_str();
    let typed = format!("rdpctl doctor {name}\nrdpctl plan --target {name}");
    el("aside")
        .class("stack")
        .a("aria-label", words.get("instance.about"))
        .c(panel(words.get("instance.heading")).c(facts(rows)))
        .c(crate::parts::acts::steer(frame, name))
        .c(panel(words.get("instance.terminal")).c(command(&typed)))
        .c(history(frame, instance))
}

/// What steps did to it lately.
fn history(frame: &Frame<'_>, instance: &Instance<'_>) -> Option<Element> {
    use rdpctl_model::outcome::StepEvent;
    const SHOWN: usize = 20;
    let history = &instance.detail?.history;
    if history.is_empty() {
        return None;
    }
    let words = frame.words;
    let lines = history.iter().take(SHOWN).map(|(run, entry)| {
        let (mark, says) = match &entry.event {
            StepEvent::Intent { .. } => (Mark::Run, words.get("event.begun").to_owned()),
            StepEvent::Done { receipt } => (Mark::Good, words.say(&receipt.note)),
            StepEvent::Failed { why, .. } => (Mark::Bad, words.say(why)),
            StepEvent::Skipped { why } => (Mark::Stop, words.say(why)),
        };
        let to = Href::path(&["runs", run.as_str()]);
        el("li")
            .c(mark.small())
            .c(el("span")
                .c(link(&to, words.fill("event.step", &[("number", &entry.step.to_string())])))
                .c(" ")
                .c(says))
            .c(el("span").class("soft").c(frame.clock.moment(entry.at)))
    });
    Some(panel(words.get("instance.history")).c(el("ol").class("steps").each(lines)))
}
