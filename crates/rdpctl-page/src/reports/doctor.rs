//! A diagnosis as one file: the answer and its remedy, the way of a connection, what else is wrong, what was not seen,
//! and the documents' trees.

use std::collections::BTreeMap;

use rdpctl_doctor::{Conclusion, Diagnosis, Finding};
use rdpctl_model::facet::World;
use rdpctl_model::{FacetId, Verdict};

use super::file::{file, foot};
use crate::address::Href;
use crate::html::{Element, Html, el};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::pieces::{chip, facet_facts, panel, quote, verdict};
use crate::parts::stations::{Known, WAY, way};
use crate::parts::{picture, trees};
use crate::words::{Language, Words, words};

/// What a report says beside the diagnosis.
#[derive(Debug)]
pub struct Doctor<'a> {
    /// What was found.
    pub diagnosis: &'a Diagnosis,
    /// Who may connect, as it is declared; empty where nobody said.
    pub from: &'a str,
}

/// The file.
#[must_use]
pub fn doctor(about: &Doctor<'_>) -> String {
    let diagnosis = about.diagnosis;
    let words = words(Language::from_code(diagnosis.language).unwrap_or_default());
    let mut main = Html::from(
        el("p")
            .class("meta crumbs")
            .c(el("b").c(words.get("report.why")))
            .c(el("span").c(&diagnosis.instance))
            .c(el("span").c(words.fill("held.profile", &[("profile", &diagnosis.profile)])))
            .c(el("span")
                .c(words.get("report.surveyed"))
                .c(" ")
                .c(el("time").c(diagnosis.taken_at.to_string()))),
    );
    main.push(complaint(words, diagnosis));
    main.push(answer(words, diagnosis));
    main.push(el("div").class("gap").c(drawn(words, about)));
    for (key, some) in
        [("report.other-causes", &diagnosis.other_causes), ("report.remarks", &diagnosis.remarks)]
    {
        if !some.is_empty() {
            let cards = some.iter().map(|one| {
                el("section")
                    .class("panel lines")
                    .id(&Id::fixed(one.facet.name()))
                    .c(finding(words, one))
            });
            main.push(
                el("section")
                    .class("gap")
                    .c(el("h2").c(words.get(key)))
                    .c(el("div").class("what2 mt").each(cards)),
            );
        }
    }
    main.push(lists(words, diagnosis));
    main.push(diagnosis.screen.as_ref().map(|screen| {
        // A file that is kept leads nowhere by itself: who wants to see the picture copies the link.
        el("section").class("gap").c(quote("retrieveBootDiagnosticsData", &screen.says))
    }));
    let walks = diagnosis.walks.iter().enumerate().map(|(place, walk)| {
        let details = el("details").class("panel mt");
        let details = if place == 0 { details.has("open") } else { details };
        details.c(el("summary").c(el("b").c(&walk.title))).c(trees::tree(words, walk))
    });
    main.push(el("section").class("gap").c(el("h2").c(words.get("report.trees"))).each(walks));
    main.push(all_facets(words, diagnosis));
    let title = format!("{} {}", diagnosis.instance, diagnosis.summary);
    file(words, &title, main, foot(words, "report.tool-doctor"))
}

fn complaint(words: &Words, diagnosis: &Diagnosis) -> Option<Element> {
    let complaint = diagnosis.complaint.as_ref()?;
    let nearest = (!complaint.nearest.is_empty()).then(|| {
        Html::from(el("p").c(words.get("report.nearest")).c(":"))
            .and(el("ul").class("list").each(complaint.nearest.iter().map(|one| el("li").c(one))))
    });
    Some(
        panel(words.get("report.you-saw"))
            .c(el("blockquote").class("quote").c(&complaint.text))
            .c(el("p").c(&complaint.meaning))
            .c(nearest),
    )
}

fn answer(words: &Words, diagnosis: &Diagnosis) -> Element {
    let (class, mark) = match diagnosis.conclusion {
        Conclusion::Healthy => ("answer good gap0", Mark::Good),
        Conclusion::Cause => ("answer bad gap0", Mark::Shut),
        Conclusion::Undecided => ("answer dim gap0", Mark::Dim),
    };
    let first = diagnosis.first_cause.as_ref().map(|first| {
        el("div").class("what2").c(el("div")
            .class("lines")
            .id(&Id::fixed(first.facet.name()))
            .c(el("h2").c(words.get("report.first-cause")).c(": ").c(words.facet(first.facet)))
            .c(finding(words, first)))
    });
    el("div")
        .class(class)
        .c(el("h1").class("titled").c(mark.large()).c(el("span").c(&diagnosis.summary)))
        .c(first)
}

fn finding(words: &Words, one: &Finding) -> Html {
    let mut html = Html::from(el("p").c(el("b").c(words.facet(one.facet))).c(": ").c(&one.says))
        .and(el("p").c(verdict(words, &one.verdict)));
    html.push(Html::all(one.also.iter().map(|also| el("p").c(also))));
    if let Verdict::Blocked { advice, .. } = &one.verdict {
        html.push(el("p").c(words.fill("next.you-can", &[("advice", &words.say(advice))])));
    }
    html.push(Html::all(one.evidence.iter().map(|it| quote(&it.source, &it.reply))));
    if let Some(remedy) = &one.remedy {
        html.push(el("p").c(el("b").c(words.get("report.remedy"))).c(": ").c(remedy));
    }
    if !one.managed {
        html.push(el("p").class("soft").c(words.get("report.plan-would-not")));
    } else if !one.repairs.is_empty() {
        let steps = one.repairs.iter().map(|repair| {
            let mark = if repair.held.is_some() { Mark::Wait } else { Mark::Later };
            el("li")
                .c(mark.small())
                .c(el("span").a("lang", "en").c(&repair.step))
                .c(el("span").class("soft").a("lang", "en").c(repair.held.as_ref()))
        });
        html.push(el("h3").c(words.get("report.plan-would")));
        html.push(el("ol").class("steps").each(steps));
    }
    if let Some(place) = &one.reference {
        let says = format!("{}, {}", place.title, place.step);
        let link: Html = match Href::vendor(&place.page) {
            Some(page) => trees::vendor(&page, &says).into(),
            None => says.into(),
        };
        html.push(el("p").class("soft").c(link));
    }
    html
}

fn drawn(words: &Words, about: &Doctor<'_>) -> Html {
    let diagnosis = about.diagnosis;
    let cause = |facet: FacetId| {
        diagnosis.first_cause.iter().chain(&diagnosis.other_causes).any(|one| one.facet == facet)
    };
    let answers = diagnosis.facets.iter().any(|one| {
        one.facet == FacetId::Reachable && matches!(one.verdict, Verdict::Healthy { .. })
    });
    let known: BTreeMap<FacetId, Known<'_>> = diagnosis
        .facets
        .iter()
        .map(|line| {
            let follows = diagnosis.consequences.iter().any(|one| one.facet == line.facet);
            let shuts = !answers && cause(line.facet) && WAY.contains(&line.facet);
            (line.facet, Known { verdict: &line.verdict, follows, shuts })
        })
        .collect();
    let first = diagnosis.first_cause.as_ref().map(|one| one.facet);
    picture::picture(words, &way(words, &known, first), about.from, words.world(World::Cloud))
}

fn lists(words: &Words, diagnosis: &Diagnosis) -> Option<Element> {
    let mut panels: Vec<Element> = Vec::new();
    if !diagnosis.consequences.is_empty() {
        let lines = diagnosis.consequences.iter().map(|one| {
            el("p").class("item").c(Mark::Follows.small()).c(el("span")
                .c(el("b").c(words.facet(one.facet)))
                .c(" ")
                .c(words.get("instance.follows"))
                .c(" ")
                .c(one.follows_from.map(|facet| words.facet(facet).to_owned())))
        });
        panels.push(panel(words.get("report.consequences")).each(lines));
    }
    if !diagnosis.unseen.is_empty() {
        let lines =
            diagnosis.unseen.iter().map(|one| {
                el("li").c(chip(Mark::Dim, format!("{}: {}", words.world(one.world), one.why))).c(
                    el("p").class("soft").c(words.fill("fleet.know-more", &[("how", &one.enable)])),
                )
            });
        panels.push(panel(words.get("report.not-seen")).c(el("ul").class("list").each(lines)));
    }
    if !diagnosis.guesses.is_empty() {
        let lines = diagnosis.guesses.iter().map(|one| {
            el("li").c(el("b").c(words.facet(one.facet))).c(": ").c(&one.says).c(el("p")
                .class("soft")
                .c(words.get("report.because"))
                .c(": ")
                .c(&one.because))
        });
        panels.push(panel(words.get("report.guesses")).c(el("ol").class("list").each(lines)));
    }
    if !diagnosis.unusual.is_empty() {
        let lines = diagnosis.unusual.iter().map(|one| {
            el("li").c(quote(&one.value.source, &one.value.reply)).c(el("p").c(&one.does))
        });
        panels.push(panel(words.get("report.unusual")).c(el("ul").class("list").each(lines)));
    }
    (!panels.is_empty()).then(|| el("div").class("what2 gap").each(panels))
}

fn all_facets(words: &Words, diagnosis: &Diagnosis) -> Element {
    let elsewhere: Vec<FacetId> = diagnosis
        .first_cause
        .iter()
        .chain(&diagnosis.other_causes)
        .chain(&diagnosis.remarks)
        .map(|one| one.facet)
        .collect();
    let rows = diagnosis.facets.iter().map(|one| {
        let managed = (!one.managed)
            .then(|| el("span").class("soft").c(format!(" ({})", words.get("report.not-managed"))));
        (one.facet, verdict(words, &one.verdict).and(managed))
    });
    el("section").class("gap").c(el("details")
        .class("panel")
        .c(el("summary").c(el("b").c(words.get("report.facets"))))
        .c(facet_facts(words, rows, &elsewhere)))
}
