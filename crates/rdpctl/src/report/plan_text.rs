//! A plan for a terminal: reads like a diff, grouped by instances that differ in the same way.

use std::collections::BTreeMap;
use std::fmt::Write;

use rdpctl_model::action::traits::Restarts;
use rdpctl_model::plan::{Group, Plan, StepId};
use rdpctl_model::step::Action;
use rdpctl_model::{FacetId, Verdict};

use super::summary::{Summary, budget, first_causes, security};
use super::{gaps, words};
use crate::out::safe;

/// Groups beyond so many are only counted: nobody reads more, and JSON has them all.
pub(crate) const GROUPS_SHOWN: usize = 50;

/// Groups that would make more lines are only counted, too.
const LINES: usize = 150;

/// Renders a plan. `commands` gives a step's calls or native commands where they are to be shown.
pub(crate) fn render(plan: &Plan, commands: &BTreeMap<StepId, Vec<String>>) -> String {
    let mut text = String::new();
    let mut shown = 0;
    for group in plan.groups.iter().take(GROUPS_SHOWN) {
        let before = text.len();
        one_group(&mut text, plan, group, commands);
        text.push('\n');
        // The first is shown whole, however long it is.
        if shown > 0 && text.lines().count() > LINES {
            text.truncate(before);
            break;
        }
        shown += 1;
    }
    if plan.groups.len() > shown {
        let _ = writeln!(
            text,
            "and {} more groups; --format json has them all. All by their first cause:",
            words::grouped(plan.groups.len() - shown)
        );
        for (what, instances, groups) in first_causes(plan) {
            let _ = writeln!(
                text,
                "  {:>7}  {}  ({})",
                words::grouped(instances),
                safe(&what),
                words::count(groups, "group")
            );
        }
        text.push('\n');
    }
    for line in gaps::basis(plan) {
        let _ = writeln!(text, "{}", safe(&line));
    }
    for line in [security(plan), budget(plan)].into_iter().flatten() {
        let _ = writeln!(text, "{}", safe(&line));
    }
    let _ = writeln!(text, "{}", Summary::of(plan).line());
    text
}

fn one_group(
    text: &mut String,
    plan: &Plan,
    group: &Group,
    commands: &BTreeMap<StepId, Vec<String>>,
) {
    let ids = match group.members.as_slice() {
        [only] if only.id.as_str() != only.name.as_str() => format!("{}, ", only.id.short()),
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "{}  ({ids}provider {}, profile {})",
        safe(&words::members(group)),
        group.provider,
        group.profile
    );
    let hidden = gaps::hidden(group);
    let width = group
        .facets
        .iter()
        .filter(|finding| !matches!(finding.verdict, Verdict::Unknown { .. }))
        .map(|finding| finding.facet.name().len())
        .chain(hidden.iter().map(|gap| gap.what().len()))
        .max()
        .unwrap_or(0);
    let mut left = group.steps.as_slice();
    let mut named: Vec<FacetId> = Vec::new();
    for finding in &group.facets {
        if let Some(gap) = hidden.iter().find(|gap| std::ptr::eq(gap.findings[0], finding)) {
            let _ = writeln!(
                text,
                "  ? {:width$}  {}{}",
                gap.what(),
                safe(&gap.words(group, &plan.basis)),
                because(gap.follows),
            );
        }
        if matches!(finding.verdict, Verdict::Unknown { .. }) {
            continue;
        }
        let because = because(finding.blocked_by);
        let _ = writeln!(
            text,
            "  {} {:width$}  {}{because}",
            words::mark(&finding.verdict),
            finding.facet,
            safe(&words::verdict(&finding.verdict)),
        );
        if let Verdict::Blocked { advice, .. } = &finding.verdict {
            let _ = writeln!(text, "    {:width$}  what you can do: {}", "", safe(advice));
        }
        named.push(finding.facet);
        // Steps stand in the order in which they are done; beneath a finding stand its own, as far as that allows.
        while let [next, rest @ ..] = left
            && plan.step(*next).is_some_and(|step| {
                named.contains(&step.step.facet) && !belongs_to_all(&step.step.action)
            })
        {
            one_step(text, plan, *next, Some(finding.facet), commands);
            left = rest;
        }
    }
    for id in left {
        one_step(text, plan, *id, None, commands);
    }
}

fn because(cause: Option<FacetId>) -> String {
    cause.map_or_else(String::new, |cause| format!("   (follows from {cause})"))
}

/// Whether a step is for all that stands before it, whichever facet it is counted to.
fn belongs_to_all(action: &Action) -> bool {
    let traits = action.traits();
    traits.restarts != Restarts::Nothing || !traits.through.changes()
}

/// One step, with its facet's name where it does not stand beneath that facet's finding.
fn one_step(
    text: &mut String,
    plan: &Plan,
    id: StepId,
    beneath: Option<FacetId>,
    commands: &BTreeMap<StepId, Vec<String>>,
) {
    let Some(planned) = plan.step(id) else { return };
    let step = &planned.step;
    let facet = match beneath {
        Some(facet) if facet == step.facet => String::new(),
        Some(_) | None if belongs_to_all(&step.action) => String::new(),
        Some(_) | None => format!("{}: ", step.facet),
    };
    let mut notes: Vec<String> = Vec::new();
    let needs = words::needs(plan, planned);
    if !needs.is_empty() {
        notes.push(needs);
    }
    if !step.seed.is_empty() {
        notes.push(format!("[{}]", step.seed));
    }
    if let Some(held) = &planned.held {
        notes.push(words::held(plan, held));
    }
    let notes = if notes.is_empty() { String::new() } else { format!("   {}", notes.join("  ")) };
    let _ = writeln!(
        text,
        "      {:>2}. {facet}{}{}",
        planned.number,
        safe(&words::on_members(step, plan.groups.get(planned.group))),
        safe(&notes)
    );
    for command in commands.get(&id).into_iter().flatten() {
        let _ = writeln!(text, "            $ {}", safe(command));
    }
}
