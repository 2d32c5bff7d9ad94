//! A plan for a terminal: reads like a diff, grouped by instances that differ in the same way.

use std::collections::BTreeMap;
use std::fmt::Write;

use rdpctl_model::FacetId;
use rdpctl_model::Verdict;
use rdpctl_model::plan::{Group, Plan, StepId};

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
    let mut shown: Vec<StepId> = Vec::new();
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
        steps_of(text, plan, group, Some(finding.facet), commands, &mut shown);
    }
    steps_of(text, plan, group, None, commands, &mut shown);
}

/// The steps of one facet, or those that no finding has shown.
fn steps_of(
    text: &mut String,
    plan: &Plan,
    group: &Group,
    facet: Option<FacetId>,
    commands: &BTreeMap<StepId, Vec<String>>,
    shown: &mut Vec<StepId>,
) {
    for id in &group.steps {
        let Some(step) = plan.step(*id) else { continue };
        let ends = matches!(
            step.step.action,
            rdpctl_model::Action::Guest(
                rdpctl_model::GuestAction::RestartRdp { .. } | rdpctl_model::GuestAction::Reboot
            ) | rdpctl_model::Action::Observe { .. }
                | rdpctl_model::Action::Prove { .. }
        );
        let here = match facet {
            Some(facet) => step.step.facet == facet && !ends,
            None => !shown.contains(id),
        };
        if !here || shown.contains(id) {
            continue;
        }
        shown.push(*id);
        let mut notes: Vec<String> = Vec::new();
        let needs = words::needs(plan, step);
        if !needs.is_empty() {
            notes.push(needs);
        }
        if let rdpctl_model::plan::Subject::Shared { groups, .. } = &step.on
            && groups.len() > 1
        {
            notes.push(format!("once for {} groups", groups.len()));
        }
        if !step.step.seed.is_empty() {
            notes.push(format!("[{}]", step.step.seed));
        }
        if let Some(held) = &step.held {
            notes.push(words::held(held));
        }
        let notes =
            if notes.is_empty() { String::new() } else { format!("   {}", notes.join("  ")) };
        let _ = writeln!(
            text,
            "      {:>2}. {}{}",
            id.0 + 1,
            safe(&words::action(&step.step.action)),
            safe(&notes)
        );
        for command in commands.get(id).into_iter().flatten() {
            let _ = writeln!(text, "            $ {}", safe(command));
        }
    }
}
