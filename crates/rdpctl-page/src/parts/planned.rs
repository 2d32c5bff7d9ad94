//! What a plan would do for one machine: its steps and the repair of its disk, as a graph and as a list.

use rdpctl_model::mending::Hold;
use rdpctl_model::plan::{Budget, Sighted};
use rdpctl_model::repair::{PlannedRepair, SecondWay};
use rdpctl_model::step::Disruption;

use super::frame::Frame;
use super::graph::{Node, graph};
use super::pieces::{command, facts, panel, said};
use super::price::{says_price, thing};
use super::{say, security};
use crate::html::{Element, Html, el};
use crate::marks::Mark;
use crate::view::{Detail, StepLine};
use crate::words::{Words, grouped};

/// It; nothing where nothing would be done.
pub(crate) fn would(frame: &Frame<'_>, detail: &Detail) -> Option<Element> {
    let words = frame.words;
    let (steps, repair) = (&detail.steps, detail.repair.as_ref());
    if steps.is_empty() && repair.is_none() {
        return None;
    }
    let mut nodes: Vec<Node> = steps.iter().map(|step| node(frame, step)).collect();
    nodes.extend(repair.into_iter().flat_map(|repair| chain(words, repair)));
    let drawn = el("div")
        .class("scroll")
        .n("tabindex", 0)
        .a("role", "region")
        .a("aria-label", words.get("instance.plan"))
        .c(graph(&nodes));
    let list = (!steps.is_empty())
        .then(|| el("ol").class("steps").each(steps.iter().map(|step| line(frame, step))));
    let about = (!steps.is_empty()).then(|| {
        Html::all(security::lines(words, &detail.security))
            .and(el("p").class("soft").c(budget(words, detail)))
    });
    Some(
        panel(words.get("instance.plan"))
            .c(drawn)
            .c(list)
            .c(about)
            .c(repair.map(|repair| of_disk(words, repair))),
    )
}

/// What the steps interrupt and cost, in one line.
fn budget(words: &Words, detail: &Detail) -> String {
    let those = |what: Disruption| detail.steps.iter().filter(|it| it.disruption == what).count();
    let (reboots, restarts) = (those(Disruption::Reboots), those(Disruption::RestartsRdp));
    let counted = [("budget.reboots", reboots), ("budget.restarts", restarts)];
    let counted = counted.into_iter().filter(|(_, number)| *number > 0);
    let charged = detail.money.iter().map(|(what, count)| {
        let count = grouped(usize::try_from(*count).unwrap_or(usize::MAX));
        format!("{count} × {}", thing(words, what))
    });
    let all: Vec<String> =
        counted.map(|(key, number)| words.count(key, number)).chain(charged).collect();
    if all.is_empty() { words.get("budget.nothing").to_owned() } else { all.join(" · ") }
}

fn line(frame: &Frame<'_>, step: &StepLine) -> Element {
    let words = frame.words;
    let (mark, about) = waits(frame, step);
    el("li")
        .c(mark.small())
        .c(el("div")
            .c(format!("{}. ", step.number))
            .c(el("span").c(words.say(&step.words.does)))
            .c(said(words, "p", &step.why)))
        .c(el("span").class("soft").c(about))
}

fn waits(frame: &Frame<'_>, step: &StepLine) -> (Mark, String) {
    match &step.held {
        Some(held) => say::waits(&frame.clock, held),
        None => (Mark::Open, String::new()),
    }
}

fn node(frame: &Frame<'_>, step: &StepLine) -> Node {
    let words = frame.words;
    let (mark, about) = waits(frame, step);
    Node {
        number: step.number.clone(),
        does: words.say(&step.words.does),
        about: if about.is_empty() { words.facet(step.facet).to_owned() } else { about },
        mark,
        needs: step.needs.clone(),
    }
}

/// The stages of a repair, each after the one before it.
fn chain<'a>(words: &'a Words, repair: &'a PlannedRepair) -> impl Iterator<Item = Node> + 'a {
    let before = std::iter::once(None).chain(repair.steps.iter().map(|step| Some(&step.number)));
    repair.steps.iter().zip(before).map(|(step, before)| Node {
        number: step.number.clone(),
        does: words.say(&repair.says(step)),
        about: words.get("repair.disk").to_owned(),
        mark: Mark::Wait,
        needs: before.into_iter().cloned().collect(),
    })
}

/// The repair of the disk: why, what is done, for how long nobody can use the machine, what it costs and who is asked.
fn of_disk(words: &Words, repair: &PlannedRepair) -> Html {
    let why = words.say(&repair.because.said());
    let list = el("ol").class("steps").each(repair.steps.iter().map(|step| {
        el("li").c(Mark::Wait.small()).c(el("div")
            .c(format!("{}. ", step.number))
            .c(el("span").c(words.say(&repair.says(step)))))
    }));
    let minutes = usize::try_from(repair.stopped_seconds.div_ceil(60)).unwrap_or(usize::MAX);
    let takes = match repair.hold {
        Hold::GoOn => words.count("repair.stopped", minutes),
        Hold::Stop => words.count("repair.held", minutes),
    };
    let guards: Vec<&str> = repair.guards.iter().map(|guard| guard.name()).collect();
    let mut rows = vec![
        (words.get("repair.takes").to_owned(), takes.into()),
        (words.get("cost.heading").to_owned(), costs(words, &repair.budget).into()),
        (words.get("repair.guards").to_owned(), guards.join(", ").into()),
    ];
    if let Some(way) = &repair.second {
        rows.insert(1, (words.get("repair.second").to_owned(), second(words, way).into()));
    }
    let typed = format!("rdpctl apply --target {} --allow {}", repair.instance, guards.join(","));
    Html::from(el("h3").c(words.get("repair.heading")))
        .and(el("p").c(words.fill("repair.why", &[("why", &why)])))
        .and(list)
        .and(facts(rows))
        .and(command(&typed))
}

/// What is added where no link to the disk is given, and the sum of the program that is sent then.
fn second(words: &Words, way: &SecondWay) -> String {
    let why = way.at_once.map(|at_once| words.say(&at_once.why.said()));
    let sum = match (&way.sha256, &why) {
        (Some(sum), Some(why)) => {
            return words.fill("repair.second-at-once", &[("why", why), ("sum", sum)]);
        }
        (None, Some(why)) => return words.fill("repair.second-nothing", &[("why", why)]),
        (None, None) => return words.get("repair.second-missing").to_owned(),
        (Some(sum), None) => sum,
    };
    let number = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    let (calls, minutes) = (number(way.api_calls), number(way.seconds.div_ceil(60)));
    let places = [("sum", sum.as_str()), ("calls", &calls), ("minutes", &minutes)];
    words.fill("repair.second-sent", &places)
}

/// One price for the whole of it.
fn costs(words: &Words, budget: &Budget) -> String {
    let quote = budget.quotes.iter().find(|quote| quote.what == PlannedRepair::BILLED);
    let calls = grouped(usize::try_from(budget.api_calls).unwrap_or(usize::MAX));
    let price = match quote.map(|quote| &quote.price) {
        Some(Sighted::Seen(price)) => says_price(words, price),
        Some(Sighted::NotSeen) | None => words.get("price.not-quoted").to_owned(),
    };
    words.fill("repair.cost", &[("price", &price), ("calls", &calls)])
}

#[cfg(test)]
mod tests {
    use rdpctl_model::repair::{AtOnce, NoLink};

    use super::*;
    use crate::words::{Language, words};

    #[test]
    fn what_becomes_of_a_repair_without_a_link_is_said_by_what_is_known_of_links_and_program() {
        let known = AtOnce { why: NoLink::Policy, asked: None };
        for (at_once, program, says) in [
            (None, Some("5e1f"), "rdpctl-rescue (SHA-256 5e1f) is sent"),
            (None, None, "everything is put back"),
            (Some(known), Some("5e1f"), "no link is asked for (a policy"),
            (Some(known), None, "and nothing is begun: no rdpctl-rescue"),
        ] {
            let sha256 = program.map(str::to_owned);
            let way = SecondWay { sha256, at_once, ..SecondWay::default() };
            let said = second(words(Language::English), &way);
            assert!(said.contains(says), "{said}");
        }
    }
}
