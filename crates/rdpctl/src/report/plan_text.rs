//! A plan for a terminal: reads like a diff, grouped by instances that differ in the same way.

use std::collections::BTreeMap;
use std::fmt::Write;

use rdpctl_model::plan::{Group, Plan, StepId, Subject};
use rdpctl_model::step::{Action, GuestAction};
use rdpctl_model::{FacetId, Verdict};

use super::summary::{Summary, budget, security};
use super::words;
use crate::out::safe;

/// Groups beyond so many are only counted: nobody reads more, and JSON has them all.
const GROUPS_SHOWN: usize = 50;

/// Renders a plan. `commands` gives a step's calls or native commands where they are to be shown.
pub(crate) fn render(plan: &Plan, commands: &BTreeMap<StepId, Vec<String>>) -> String {
    let mut text = String::new();
    for group in plan.groups.iter().take(GROUPS_SHOWN) {
        one_group(&mut text, plan, group, commands);
        text.push('\n');
    }
    if plan.groups.len() > GROUPS_SHOWN {
        let _ = writeln!(
            text,
            "and {} more groups; --format json has them all\n",
            plan.groups.len() - GROUPS_SHOWN
        );
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
        [only] if only.id.as_str() != only.name.as_str() => format!("{}, ", only.id),
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "{}  ({ids}provider {}, profile {})",
        safe(&words::members(group)),
        group.provider,
        group.profile
    );
    let width = group.facets.iter().map(|finding| finding.facet.name().len()).max().unwrap_or(0);
    let mut left = group.steps.as_slice();
    let mut named: Vec<FacetId> = Vec::new();
    for finding in &group.facets {
        let because = match finding.blocked_by {
            Some(cause) => format!("   (follows from {cause})"),
            None => String::new(),
        };
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

/// Whether a step is for all that stands before it, whichever facet it is counted to.
const fn belongs_to_all(action: &Action) -> bool {
    match action {
        Action::Observe { .. } | Action::Prove { .. } => true,
        Action::Guest(action) => {
            matches!(action, GuestAction::RestartRdp { .. } | GuestAction::Reboot)
        }
        Action::Cloud(_) => false,
    }
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
    if let Subject::Shared { groups, .. } = &planned.on
        && groups.len() > 1
    {
        notes.push(format!("once for {} groups", groups.len()));
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
        safe(&words::action(&step.action)),
        safe(&notes)
    );
    for command in commands.get(&id).into_iter().flatten() {
        let _ = writeln!(text, "            $ {}", safe(command));
    }
}
