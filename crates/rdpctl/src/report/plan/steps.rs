//! Steps: their number, what they do, what that disturbs, and what holds them back.

use std::collections::BTreeSet;

use rdpctl_model::FacetId;
use rdpctl_model::action::traits::{Barrier, Money, Restarts, Security};
use rdpctl_model::plan::{Group, Held, Plan, PlannedStep, StepId, opening};
use rdpctl_model::step::{Action, Guarded, Step};
use rdpctl_term::{Ink, Mark, Page, Words, grid};
use rdpctl_words::english;

use super::Commands;
use crate::report::{gaps, words};

/// Where a step stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Style {
    /// In the story of one instance, perhaps beneath a facet's finding.
    Alone(Option<FacetId>),
    /// In a group with a letter.
    InLetters,
}

/// Whether a step belongs beneath the findings that were named.
pub(super) fn is_of(plan: &Plan, id: StepId, named: &[FacetId]) -> bool {
    plan.step(id).is_some_and(|planned| {
        named.contains(&planned.step.facet) && !belongs_to_all(&planned.step.action)
    })
}

/// Whether a step is for all that stands before it, whichever facet it is counted to.
fn belongs_to_all(action: &Action) -> bool {
    let traits = action.traits();
    traits.restarts != Restarts::Nothing || !traits.through.changes()
}

/// Steps one below the other. What holds back several in a row is said once, beneath the last of them.
pub(super) fn all(page: &mut Page, plan: &Plan, ids: &[StepId], style: Style, commands: &Commands) {
    let gate = |id: &StepId| plan.step(*id).and_then(|planned| planned.held.as_ref());
    let shows_commands = |id: &StepId| commands.get(id).is_some_and(|shown| !shown.is_empty());
    let alike = ids.chunk_by(|above, below| {
        gate(above).is_some() && gate(above) == gate(below) && !shows_commands(above)
    });
    for row in alike {
        for (place, id) in row.iter().enumerate() {
            one(page, plan, *id, style);
            if place + 1 == row.len() {
                held(page, plan, row, style);
            }
            for command in commands.get(id).into_iter().flatten() {
                let command = Words::new().ink(Ink::Faint, "$ ").said(command);
                page.push(match style {
                    Style::Alone(_) => grid::command(command),
                    Style::InLetters => grid::group_command(command),
                });
            }
        }
    }
}

/// What holds back steps in a row, which it names where they are several.
fn held(page: &mut Page, plan: &Plan, ids: &[StepId], style: Style) {
    let Some(held) = ids.first().and_then(|id| plan.step(*id)?.held.as_ref()) else { return };
    let (mark, why) = held_back(plan, held);
    let numbers: Vec<String> = ids.iter().map(|id| plan.number(*id).to_string()).collect();
    let is_row = ids.windows(2).all(|two| two[0].0 + 1 == two[1].0);
    let said = match numbers.as_slice() {
        [_] => why,
        [first, _, .., last] if is_row => why.own(format!(" ({first} to {last})")),
        several => why.own(format!(" ({})", several.join(", "))),
    };
    page.push(match style {
        Style::Alone(_) => grid::beneath(mark, said),
        Style::InLetters => grid::beneath_group(mark, said),
    });
}

/// One step, with its facet's name where it does not stand beneath that facet's finding.
fn one(page: &mut Page, plan: &Plan, id: StepId, style: Style) {
    let Some(planned) = plan.step(id) else { return };
    let step = &planned.step;
    let is_beneath = match style {
        Style::Alone(beneath) => beneath == Some(step.facet),
        Style::InLetters => plan.groups.get(planned.group).is_some_and(|group| {
            group.first_cause().is_some_and(|finding| finding.facet == step.facet)
        }),
    };
    let mut text = Words::new();
    if !is_beneath && !belongs_to_all(&step.action) {
        text = text.own(format!("{}: ", step.facet));
    }
    let group = plan.groups.get(planned.group);
    text = match group.and_then(|group| decides_what_is_hidden(step, group)) {
        Some(facets) => text.own(format!("look into the guest; decides these {facets} facets")),
        None => text.said(&words::on_members(step, group)),
    };
    if let Some(after) = after(plan, id, planned) {
        text = text.own(format!(", {after}"));
    }
    let number = planned.number.to_string();
    page.push(match style {
        Style::Alone(_) => grid::step(&number, text).rail(disturbs(step)),
        Style::InLetters => grid::group_step(&number, text).rail(disturbs(step)),
    });
}

/// How many facets a look decides, where they are those that a gap above has named: nobody reads a list twice.
fn decides_what_is_hidden(step: &Step, group: &Group) -> Option<usize> {
    let facets = step.action.decides()?;
    let is_gap = |gap: &gaps::Hidden<'_>| {
        gap.findings.len() > 1
            && gap.findings.len() == facets.len()
            && gap.findings.iter().all(|it| facets.contains(&it.facet))
    };
    gaps::hidden(group).iter().any(is_gap).then_some(facets.len())
}

/// After which steps, where it is not plain that it comes after the one above. Of two of which one waits for the other,
/// the later is enough.
fn after(plan: &Plan, id: StepId, planned: &PlannedStep) -> Option<String> {
    let implied = |need: &StepId| {
        planned.needs.iter().any(|other| other != need && waits_for(plan, *other, *need))
    };
    let needs: Vec<StepId> = planned.needs.iter().copied().filter(|need| !implied(need)).collect();
    let above = id.0.checked_sub(1).map(StepId);
    let is_plain = match needs.as_slice() {
        [] => true,
        [one] => Some(*one) == above && plan.step(*one).is_some_and(|it| it.group == planned.group),
        _ => false,
    };
    if is_plain {
        return None;
    }
    let numbers: Vec<String> = needs.iter().map(|need| plan.number(*need).to_string()).collect();
    Some(format!("after {}", numbers.join(", ")))
}

/// Whether a step waits for another, directly or not. Steps need only those that stand before them.
fn waits_for(plan: &Plan, step: StepId, other: StepId) -> bool {
    let mut seen = BTreeSet::from([step]);
    // From the last to the first: whatever waits is looked at before what it waits for.
    while let Some(last) = seen.pop_last() {
        let Some(planned) = plan.step(last) else { continue };
        if planned.needs.contains(&other) {
            return true;
        }
        seen.extend(planned.needs.iter().filter(|need| **need > other));
    }
    false
}

/// What holds a step back.
pub(crate) fn held_back(plan: &Plan, held: &Held) -> (Mark, Words) {
    match held {
        Held::Asks { guards } => {
            let names: Vec<String> =
                guards.iter().map(|guard| format!("`{}`", guard.name())).collect();
            let asks = match names.as_slice() {
                [one] => format!(": the guard {one} asks"),
                many => format!(": the guards {} ask", many.join(", ")),
            };
            (Mark::Held, Words::new().ink(Ink::Caution, "held").own(asks))
        }
        Held::Denied { guard } => {
            let name = guard.name();
            (Mark::Stopped, Words::new().own(format!("denied: the guard `{name}` says no")))
        }
        Held::Window { opens } => {
            let text = Words::new()
                .ink(Ink::Caution, "waits")
                .own(" until the maintenance window opens, ");
            (Mark::Later, text.said(&opening(opens)))
        }
        Held::LockOut { why } => (Mark::Stopped, Words::new().own("held: ").said(&english(why))),
        Held::Behind { step } => {
            let behind = format!(": behind {}", plan.number(*step));
            let (mark, word) = match root(plan, held) {
                Held::Window { .. } => (Mark::Later, "waits"),
                Held::Denied { .. } | Held::LockOut { .. } => (Mark::Stopped, "held"),
                Held::Asks { .. } | Held::Behind { .. } => (Mark::Held, "held"),
            };
            (mark, Words::new().ink(Ink::Caution, word).own(behind))
        }
    }
}

/// What holds back in the end: of what stands behind another step, what holds back that one.
pub(super) fn root<'p>(plan: &'p Plan, held: &'p Held) -> &'p Held {
    let mut held = held;
    // Steps stand behind earlier ones only, so that there is an end.
    while let Held::Behind { step } = held
        && let Some(before) = plan.step(*step).and_then(|planned| planned.held.as_ref())
    {
        held = before;
    }
    held
}

/// What a step disturbs, the worst first; of two things each is said.
pub(crate) fn disturbs(step: &Step) -> Words {
    let traits = step.action.traits();
    let mut said: Vec<(Ink, String)> = Vec::new();
    match traits.restarts {
        Restarts::Windows => said.push((Ink::Bad, "reboots".to_owned())),
        Restarts::Rdp { .. } => said.push((Ink::Bad, "drops sessions".to_owned())),
        Restarts::Nothing => {}
    }
    if step.guards.contains(&Guarded::StopService) {
        said.push((Ink::Bad, "stops it".to_owned()));
    }
    if traits.money != Money::Nothing && step.guards.contains(&Guarded::Spend) {
        said.push((Ink::Caution, "costs money".to_owned()));
    }
    if step.guards.contains(&Guarded::Weaken) {
        said.push((Ink::Caution, "weakens".to_owned()));
    }
    match traits.security {
        Security::Opens(Barrier::CloudPort { port, .. } | Barrier::FirewallPort { port }) => {
            said.push((Ink::Caution, format!("opens {port}")));
        }
        Security::Opens(Barrier::PublicAddress | Barrier::Winrm { .. }) => {
            said.push((Ink::Caution, "opens a way in".to_owned()));
        }
        Security::Opens(
            Barrier::RemoteConnections | Barrier::Firewall | Barrier::FirewallRdp | Barrier::RdpKey,
        )
        | Security::Neutral
        | Security::Closes(_)
        | Security::AsDeclared => {}
    }
    said.into_iter().enumerate().fold(Words::new(), |words, (place, (ink, text))| {
        if place == 0 { words.ink(ink, text) } else { words.own(", ").ink(ink, text) }
    })
}
