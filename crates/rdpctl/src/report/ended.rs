//! What came of a run, for people: the sentence that a colleague would say, what failed and how it stands, what was done
//! with what it opened and cost, and what to do next.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_engine::RunReport;
use rdpctl_engine::run::{Ends, Failed, Skipped};
use rdpctl_model::action::traits::Through;
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::plan::{Plan, PlannedStep, StepId};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{InstanceName, StepNumber};
use rdpctl_term::{Ink, Mark, Page, Words, grid};

use super::called::Called;
use super::next::{self, Next};
use super::plan::{first_sentence, price, security};
use super::summary::Summary;
use super::table::short;
use super::when;
use super::words::{self, count, duration, grouped};
use rdpctl_words::english;

/// Rows shown of each kind; the state has them all.
const SHOWN: usize = 20;
/// The longest name of a field below a failure.
const FIELDS: usize = "not done".len();

/// Towards what a run went: what the new look is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Towards<'a> {
    /// What is declared: the new look agrees or does not.
    Declared,
    /// What was there before a run, which nobody declared: who of those that were put back answers from outside.
    Before(&'a [(InstanceName, Answers)]),
}

/// What came of a run, and what the new look after it says.
pub(crate) fn page(report: &RunReport, after: &Plan, towards: Towards<'_>) -> Page {
    let mut page = Page::new();
    page.push(grid::plain(sentence(report, after, towards)));
    page.blank();
    let called = &Called::of(&report.plan.groups);
    failures(&mut page, report, called);
    left_out(&mut page, report, called);
    standing(&mut page, report, called);
    page.blank();
    bill(&mut page, report, after, towards);
    page
}

fn sentence(report: &RunReport, after: &Plan, towards: Towards<'_>) -> Words {
    let mut first = match report.end {
        RunEnd::Interrupted => {
            "Stopped before its end; the state holds what came of it. ".to_owned()
        }
        RunEnd::Done | RunEnd::Partial => String::new(),
    };
    match (report.machines_failed, after.instances) {
        (0, _) => {}
        (1, 1) => first.push_str("It failed. "),
        (failed, all) if failed <= all => {
            first.push_str(&format!("{} of {} failed. ", grouped(failed), count(all, "instance")));
        }
        (failed, _) => first.push_str(&format!("{} failed. ", count(failed, "instance"))),
    }
    let words = Words::new().ink(Ink::Strong, first);
    match towards {
        Towards::Before(_) => words
            .own("What was there before is put back as far as said below. Against what is declared: ")
            .and(first_sentence(after)),
        Towards::Declared if after.is_quiet() => words.ink(Ink::Strong, agreed(after)),
        Towards::Declared => words.and(first_sentence(after)),
    }
}

fn agreed(after: &Plan) -> String {
    let but = if Summary::of(after).accepted > 0 { ", but for what was accepted" } else { "" };
    match after.instances {
        1 => format!("No changes are left: a new look finds the instance as declared{but}."),
        all => {
            format!(
                "No changes are left: a new look finds all {} instances as declared{but}.",
                grouped(all)
            )
        }
    }
}

/// Each failure with what was seen, what the user can do, and what was not done because of it.
fn failures(page: &mut Page, report: &RunReport, called: &Called) {
    for failed in report.failed.iter().take(SHOWN) {
        let Failed { step, subject, why, advice } = failed;
        let planned = report.plan.step(*step);
        let what = planned.map_or_else(String::new, |planned| words::action(&planned.step.action));
        let text = Words::new()
            .said_in(Ink::Strong, called.name(subject.as_str()))
            .own(format!("  step {}, ", report.plan.number(*step)))
            .said(&what)
            .own(": ")
            .said(&english(why));
        page.push(grid::marked(Mark::Shut, text));
        let not_done = after_it(report, subject);
        if !not_done.is_empty() {
            page.push(grid::field(4, "not done", FIELDS, Words::new().own(not_done.join(", "))));
        }
        if !advice.is_nothing() {
            page.push(grid::field(4, "do", FIELDS, Words::new().said(&english(advice))));
        }
    }
    if report.failed.len() > SHOWN {
        let more =
            format!("and {} more, by `rdpctl show RUN`", grouped(report.failed.len() - SHOWN));
        page.push(grid::plain(Words::new().own(more)));
    }
}

/// The numbers of what was not tried on a machine.
fn after_it(report: &RunReport, subject: &InstanceName) -> Vec<String> {
    let skipped = report.skipped.iter().filter(|skipped| skipped.subject == *subject);
    let numbers: BTreeSet<StepNumber> =
        skipped.map(|skipped| report.plan.number(skipped.step)).collect();
    numbers.iter().map(ToString::to_string).collect()
}

/// What was not tried on machines that did not fail themselves, by its reason; and what is held.
fn left_out(page: &mut Page, report: &RunReport, called: &Called) {
    let failed: BTreeSet<&InstanceName> = report.failed.iter().map(|it| &it.subject).collect();
    let mut by_reason: BTreeMap<String, (BTreeSet<&InstanceName>, usize)> = BTreeMap::new();
    for Skipped { subject, why, .. } in &report.skipped {
        if !failed.contains(subject) {
            let (who, steps) = by_reason.entry(english(why)).or_default();
            who.insert(subject);
            *steps += 1;
        }
    }
    for (why, (who, steps)) in by_reason {
        let text = Words::new()
            .said_in(Ink::Strong, &named(&who, called))
            .own(format!("  {} not tried: ", count(steps, "step")))
            .said(&why);
        page.push(grid::marked(Mark::Nothing, text));
    }
    for (step, width) in report.held.iter().take(SHOWN) {
        let Some(planned) = report.plan.step(*step) else { continue };
        let held = planned.held.as_ref();
        let why = held.map_or_else(String::new, |held| words::held(&report.plan, held));
        let text = Words::new()
            .own(format!("step {}, ", planned.number))
            .said(&words::action(&planned.step.action))
            .own(format!(" (on {}): ", count(*width, "instance")))
            .said(&why);
        page.push(grid::marked(Mark::Held, text));
    }
    if report.held.len() > SHOWN {
        let more = format!("and {} more held steps", grouped(report.held.len() - SHOWN));
        page.push(grid::plain(Words::new().own(more)));
    }
}

/// What was done whole and stands.
fn standing(page: &mut Page, report: &RunReport, called: &Called) {
    for tried in report.standing.iter().take(SHOWN) {
        let text = Words::new()
            .said_in(Ink::Strong, called.name(tried.instance.as_str()))
            .own(format!(
                "  {}: all that is to be done about it was done, and it stands; it is not done again by itself",
                tried.facet
            ));
        page.push(grid::marked(Mark::Stopped, text));
    }
    if report.standing.len() > SHOWN {
        let more = format!("and {} more that stand", grouped(report.standing.len() - SHOWN));
        page.push(grid::plain(Words::new().own(more)));
    }
}

fn named(who: &BTreeSet<&InstanceName>, called: &Called) -> String {
    const NAMED: usize = 3;
    let mut names: Vec<&str> =
        who.iter().take(NAMED).map(|name| called.name(name.as_str())).collect();
    let more = format!("{} more", grouped(who.len().saturating_sub(NAMED)));
    if who.len() > NAMED {
        names.push(&more);
    }
    names.join(", ")
}

fn bill(page: &mut Page, report: &RunReport, after: &Plan, towards: Towards<'_>) {
    let tried: usize = report.ends.values().map(|ends| ends.done + ends.left).sum();
    let done = if tried == report.done {
        count(report.done, "step")
    } else {
        format!("{} of {}", grouped(report.done), count(tried, "step"))
    };
    page.push(grid::label("Done", Words::new().own(done)));
    proved(page, report, after, towards);
    if let Towards::Before(answers) = towards {
        outside(page, answers, &Called::of(&after.groups));
    }
    if !report.held.is_empty() {
        page.push(grid::label("Held", Words::new().own(count(report.held.len(), "step"))));
    }
    let whole = steps(report, |ends| ends.left == 0);
    let partly = steps(report, |ends| ends.left > 0);
    let changed = |steps: &[&PlannedStep]| {
        security("", &rdpctl_plan::security_of(&report.plan, steps.iter().copied()))
    };
    let not_on_all = |line: Words| line.own("; not on all that it was planned for");
    let lines = changed(&whole).into_iter().chain(changed(&partly).into_iter().map(not_on_all));
    for (place, line) in lines.enumerate() {
        page.push(if place == 0 { grid::label("Security", line) } else { grid::under_label(line) });
    }
    cost(page, report, &whole, &partly);
    let mut run = short(report.run.as_str());
    if let (Some(began), Some(ended)) = (report.plan.basis.at, after.basis.at) {
        run.push_str(&format!(", {} to {}", when::second(began), when::clock(ended)));
    }
    page.push(grid::label("Run", Words::new().own(run)));
}

/// Who answered a handshake from outside in this run.
fn proved(page: &mut Page, report: &RunReport, after: &Plan, towards: Towards<'_>) {
    let proofs = report.plan.numbered().filter(|(_, planned)| {
        planned.held.is_none() && planned.step.action.traits().through == Through::Proof
    });
    // Of several proofs of a machine the last one counts.
    let mut by_group = BTreeMap::new();
    for (id, planned) in proofs {
        by_group.insert(planned.group, report.ends.get(&id).map_or(0, |ends| ends.done));
    }
    let answered: usize = by_group.values().sum();
    if answered == 0 {
        return;
    }
    let agrees = match towards {
        Towards::Declared if after.is_quiet() => "; a new look agrees",
        Towards::Declared | Towards::Before(_) => "",
    };
    let text = format!("{} by RDP handshake{agrees}", count(answered, "instance"));
    page.push(grid::label("Proved", Words::new().own(text)));
}

/// Who answers from outside once it was put back, and of whom that is not known.
fn outside(page: &mut Page, answers: &[(InstanceName, Answers)], called: &Called) {
    let those = |wanted: Answers| -> BTreeSet<&InstanceName> {
        answers.iter().filter(|(_, it)| *it == wanted).map(|(name, _)| name).collect()
    };
    let (answering, shut, unseen) =
        (those(Answers::Yes), those(Answers::No), those(Answers::NotSeen));
    let mut parts = Vec::new();
    if !answering.is_empty() {
        parts.push(format!(
            "{} an RDP handshake",
            named_verb(&answering, called, "answers", "answer")
        ));
    }
    if !shut.is_empty() {
        parts.push(format!("{} none", named_verb(&shut, called, "answers", "answer")));
    }
    if !unseen.is_empty() {
        parts.push(format!("of {} nothing was seen", named(&unseen, called)));
    }
    if !parts.is_empty() {
        page.push(grid::label("Outside", Words::new().said(&parts.join("; "))));
    }
}

/// Names with the verb for one or several.
fn named_verb(names: &BTreeSet<&InstanceName>, called: &Called, one: &str, many: &str) -> String {
    format!("{} {}", named(names, called), if names.len() == 1 { one } else { many })
}

/// Steps that change something and were done on somebody, by how they ended.
fn steps(report: &RunReport, is_meant: impl Fn(&Ends) -> bool) -> Vec<&PlannedStep> {
    let was_done = |(id, planned): (StepId, _)| {
        let ends = report.ends.get(&id)?;
        (ends.done > 0 && is_meant(ends)).then_some(planned)
    };
    let changing = report
        .plan
        .numbered()
        .filter(|(_, planned)| planned.step.action.traits().through.changes());
    changing.filter_map(was_done).collect()
}

fn cost(page: &mut Page, report: &RunReport, whole: &[&PlannedStep], partly: &[&PlannedStep]) {
    let (cost, said) = (&report.cost, &report.plan.budget);
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mut text = format!("{} API calls", grouped(number(cost.api_calls)));
    if said.api_calls > 0 {
        text.push_str(&format!(" (said {})", grouped(number(said.api_calls))));
    }
    text.push_str(&format!(", {}", count(number(cost.guest_round_trips), "guest round trip")));
    if said.guest_round_trips > 0 {
        text.push_str(&format!(" (said {})", grouped(number(said.guest_round_trips))));
    }
    text.push_str(&format!(", {} (said {})", duration(cost.seconds), duration(said.seconds)));
    page.push(grid::label("Cost", Words::new().own(text)));
    for (some, steps) in [("costs money: ", whole), ("costs money, at the most: ", partly)] {
        for (what, pieces) in rdpctl_plan::money_of(&report.plan, steps.iter().copied()) {
            let price = price(&report.plan, &what, pieces);
            page.push(grid::under_label(Words::new().own(some).and(price)));
        }
    }
}

/// What to type after a run.
pub(crate) fn next(report: &RunReport, after: &Plan, mut next: Next) -> Next {
    if let Some(failed) = report.failed.first() {
        let called = Called::of(&report.plan.groups);
        let name = next::word(called.name(failed.subject.as_str()));
        next.push(&format!("doctor {name}"), "why, with evidence");
    }
    let summary = Summary::of(after);
    // What a stopped run had not looked at yet is no change of the new plan.
    if summary.changes + summary.held > 0 || report.end == RunEnd::Interrupted {
        next.push("apply", "goes on; nothing is done twice");
    }
    let undone = after_all(report);
    if undone > 0 && (!report.failed.is_empty() || !after.is_quiet()) {
        let run = short(report.run.as_str());
        next.push(&format!("undo {run}"), "plans the way back");
    }
    next
}

/// How many steps of a run have changed something.
fn after_all(report: &RunReport) -> usize {
    steps(report, |_| true).len()
}
