//! The fleet at a glance: how many are not reachable, where it breaks, and equal differences in one line each.

use rdpctl_model::FacetId;
use rdpctl_model::Said;
use serde::Serialize;

use super::numbers::{self, Totals};
use super::select::{Extent, causes, choice, looks, nothing, pager, part};
use super::shown::{Shown, shown};
use super::turned;
use crate::address::Href;
use crate::html::{Element, Html, el, link};
use crate::id::Id;
use crate::marks::Mark;
use crate::parts::frame::{About, Frame};
use crate::parts::pieces::{command, facets, facts, head, panel};
use crate::parts::shares::{self, Leads};
use crate::parts::{breaks, causes as lines, say};
use crate::standing::Standing;
use crate::view::{Cause, Nobody, Waits};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Fleet<'a> {
    #[serde(flatten)]
    totals: Totals,
    causes: &'a [&'a Cause],
    extent: Extent,
    unseen: &'a [(String, Said)],
    nobody: &'a [Nobody],
}

/// The page.
pub(super) fn show(frame: &Frame<'_>) -> Shown {
    let view = frame.view;
    let all = causes(view, &frame.query);
    let (some, extent) = part(&all, &frame.query);
    let fleet = Fleet {
        totals: numbers::totals(view),
        causes: some,
        extent,
        unseen: &view.unseen,
        nobody: &view.nobody,
    };
    let title = format!("{} · {}", numbers::title(frame), frame.words.get("nav.fleet"));
    let about = About { title, icon: frame.icon() };
    let main = if view.is_nothing_declared() { nobody(frame) } else { main(frame, &fleet, &all) };
    shown(frame, "fleet", &fleet, frame.document(&about, main))
}

fn main(frame: &Frame<'_>, fleet: &Fleet<'_>, all: &[&Cause]) -> Html {
    let words = frame.words;
    let mut html = Html::from(head(numbers::sentence(frame), numbers::about(frame)))
        .and(first_look(frame))
        .and(shares::tally(words, &fleet.totals.numbers, &Leads::ToFilter))
        .and(breaks::breaks(words, &frame.view.breaks));
    let list = el("section")
        .class("stack")
        .a("aria-labelledby", "groups")
        .c(el("div")
            .class("row")
            .c(el("h2").id(&Id::fixed("groups")).c(words.count("count.differences", all.len())))
            .c(filter(frame))
            .c(looks(frame)))
        .c(groups(frame, fleet))
        .c((fleet.extent.of > fleet.extent.last || frame.query.page > 1)
            .then(|| pager(frame, fleet.extent)));
    html.push(el("div").class("cols").c(list).c(aside(frame)));
    html
}

/// While the first look goes on, all that was not seen is unknown.
fn first_look(frame: &Frame<'_>) -> Option<Element> {
    let (seen, of) = frame.view.health.first_look?;
    let numbers = [("n", crate::words::grouped(seen)), ("of", crate::words::grouped(of))];
    let numbers: Vec<(&str, &str)> = numbers.iter().map(|(key, n)| (*key, n.as_str())).collect();
    Some(el("p").c(frame.words.fill("fleet.first-look", &numbers)))
}

fn groups(frame: &Frame<'_>, fleet: &Fleet<'_>) -> Element {
    let (words, list) = (frame.words, frame.query.as_list());
    let mut panel = el("div").class("panel tight");
    for standing in Standing::ALL {
        let causes: Vec<&Cause> =
            fleet.causes.iter().copied().filter(|cause| cause.section == standing).collect();
        if causes.is_empty() {
            continue;
        }
        panel =
            panel
                .c(lines::section(&frame.clock, standing, &fleet.totals.numbers, &causes, "h3")
                    .id(&shares::section(standing)))
                .c(el("ol").class("groups").each(causes.iter().map(|cause| {
                    lines::row(&frame.clock, cause, lines::Where::Page(Some(&list)))
                })));
    }
    for (name, why) in fleet.unseen {
        let says = words.fill("fleet.unseen-fleet", &[("fleet", name), ("why", &words.say(why))]);
        panel = panel.c(el("p").class("item pad").c(Mark::Dim.small()).c(el("span").c(says)));
    }
    for one in fleet.nobody {
        let wants = one.wants.join(", ");
        let values = [("fleet", one.fleet.as_str()), ("wants", wants.as_str())];
        let nearest = one.nearest.join(", ");
        let nearest = (!nearest.is_empty())
            .then(|| format!(" {}", words.fill("fleet.nearest", &[("nearest", &nearest)])));
        let says = el("span").c(words.fill("fleet.finds-nobody", &values)).c(nearest);
        panel = panel.c(el("p").class("item pad").c(Mark::Dim.small()).c(says));
    }
    if fleet.causes.is_empty() && fleet.unseen.is_empty() && fleet.nobody.is_empty() {
        panel = panel.c(el("p").class("pad").c(nothing(frame, &Href::path(&[]))));
    }
    panel
}

fn filter(frame: &Frame<'_>) -> Element {
    let (words, query) = (frame.words, &frame.query);
    let fleets = std::iter::once(("", words.get("filter.all-fleets").to_owned()))
        .chain(frame.view.fleets.keys().flatten().map(|name| (name.as_str(), name.clone())));
    let facets = std::iter::once(("", words.get("filter.any-facet").to_owned()))
        .chain(FacetId::ALL.into_iter().map(|facet| (facet.name(), words.facet(facet).to_owned())));
    el("form")
        .class("row")
        .a("method", "get")
        .a("aria-label", words.get("filter.label"))
        .c(choice(
            "f-fleet",
            "fleet",
            words.get("filter.fleet"),
            fleets,
            query.fleet.as_deref().unwrap_or_default(),
        ))
        .c(choice(
            "f-facet",
            "facet",
            words.get("filter.facet"),
            facets,
            query.facet.map_or("", FacetId::name),
        ))
        .c(el("button").c(words.get("filter.apply")))
}

fn aside(frame: &Frame<'_>) -> Element {
    const SHOWN: usize = 6;
    let (view, words) = (frame.view, frame.words);
    let asking = view.held.iter().filter(|line| matches!(line.waits, Waits::Asks { .. }));
    let items: Vec<Element> = asking
        .take(SHOWN)
        .map(|line| {
            let names: Vec<FacetId> = line.differences.iter().map(|one| one.facet).collect();
            let text = Html::from(el("b").c(facets(words, &names)))
                .and(" ")
                .and(words.count("count.instances", line.instances))
                .and(" ")
                .and(el("span").class("soft").c(say::waits(&frame.clock, &line.waits).1));
            el("li")
                .class("item")
                .c(Mark::Wait.small())
                .c(link(&Href::path(&["held", &line.id]), text))
        })
        .collect();
    let waiting = if items.is_empty() {
        panel(words.get("aside.waiting")).c(el("p").class("soft").c(words.get("aside.nothing")))
    } else {
        panel(words.get("aside.waiting")).c(el("ul").class("list").each(items))
    };
    let running: Vec<Element> = view
        .runs
        .iter()
        .filter(|run| run.record.ended.is_none())
        .map(|run| {
            let id = run.record.id.as_str();
            let to = link(&Href::path(&["runs", id]), words.fill("aside.run", &[("run", id)]));
            let began = frame.clock.moment(run.record.began);
            el("p").class("item").c(Mark::Run.small()).c(el("span").c(to).c(" ").c(began))
        })
        .collect();
    let now = (!running.is_empty()).then(|| panel(words.get("aside.now")).each(running));
    let next = view.health.next_look.map(|at| {
        panel(words.get("aside.next"))
            .c(facts([(words.get("aside.look").to_owned(), frame.clock.moment(at).into())]))
    });
    let days = (view.history.days.len() > 1).then(|| {
        let today = view.numbers.all() - view.numbers.as_declared - view.numbers.accepted;
        let label = words.fill("drift.plot", &[("n", &crate::words::grouped(today))]);
        panel(words.get("aside.days")).c(shares::days("plot low", &label, &view.history.days))
    });
    el("aside")
        .class("stack")
        .a("aria-label", words.get("aside.label"))
        .c(waiting)
        .c(now)
        .c(next)
        .c(days)
        .c(turned::since_last_visit(frame))
}

/// Nothing is declared: what is watched, and three ways to start.
fn nobody(frame: &Frame<'_>) -> Html {
    let words = frame.words;
    let watched =
        frame.view.health.files.as_ref().map(|files| files.watched.join(", ")).unwrap_or_default();
    let one = |title: &'static str, about: &'static str, text: &str| {
        panel(words.get(title)).c(el("p").c(words.get(about))).c(command(text))
    };
    Html::from(head(words.get("fleet.nobody"), Vec::new()))
        .and(el("p").c(words.fill("empty.watched", &[("folders", &watched)])))
        .and(
            el("div")
                .class("what2 gap")
                .c(one("empty.have", "empty.have-how", "rdpctl import --provider tencent \\\n  --region ap-guangzhou > fleet.toml"))
                .c(one("empty.start", "empty.start-how", "[provider.gz]\nkind   = \"tencent\"\nregion = \"ap-guangzhou\"\n\n[fleet.kiosks]\nprovider = \"gz\"\nselect   = { tags = { role = \"kiosk\" } }\nprofile  = \"standard\""))
                .c(one("empty.look", "empty.look-how", "rdpctl run --sim world.toml examples/quickstart")),
        )
}
