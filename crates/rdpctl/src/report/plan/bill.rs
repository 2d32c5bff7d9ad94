//! What a plan comes to: what will happen with what it opens and costs, and apart from it what is held, waits, is blocked
//! or unknown.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::Verdict;
use rdpctl_model::action::traits::Through;
use rdpctl_model::plan::{Direction, Held, Plan, PlannedStep, SecurityDelta};
use rdpctl_model::step::Guarded;
use rdpctl_term::{Page, Words, grid};
use rdpctl_words::english;

use super::groups;
use super::steps::root;
use crate::report::price::quoted;
use crate::report::sessions;
use crate::report::summary::{self, Summary};
use crate::report::words::{count, grouped};

/// Deltas and steps beyond so many are only counted; JSON has them all.
const SHOWN: usize = 8;

/// Adds the bill.
pub(super) fn all(page: &mut Page, plan: &Plan) {
    let summary = Summary::of(plan);
    if summary.healthy > 0 {
        let are = if summary.healthy == 1 { "is" } else { "are" };
        let text = format!("{} {are} as declared.", count(summary.healthy, "instance"));
        page.push(grid::plain(Words::new().own(text)));
        page.blank();
    }
    let letters = Letters(groups::letters(plan));
    will_happen(page, plan, &summary, &letters);
    let asked: Vec<&PlannedStep> = steps(plan, |held| match held {
        Held::Asks { .. } | Held::Behind { .. } => true,
        Held::Denied { .. } | Held::Window { .. } | Held::LockOut { .. } => false,
    });
    would(page, plan, "Held", &asked, &letters);
    let waiting = steps(plan, |held| match held {
        Held::Window { .. } => true,
        Held::Asks { .. } | Held::Behind { .. } | Held::Denied { .. } | Held::LockOut { .. } => {
            false
        }
    });
    would(page, plan, "Waits", &waiting, &letters);
    let denied = steps(plan, |held| match held {
        Held::Denied { .. } | Held::LockOut { .. } => true,
        Held::Asks { .. } | Held::Behind { .. } | Held::Window { .. } => false,
    });
    blocked(page, plan, &summary, &denied, &letters);
    if summary.unknown + summary.unseen > 0 {
        let mut parts = Vec::new();
        if summary.unknown > 0 {
            let is_unknown = |verdict: &Verdict| matches!(verdict, Verdict::Unknown { .. });
            let of = letters.of_findings(plan, is_unknown);
            parts.push(format!("{}{of}", count(summary.unknown, "facet")));
        }
        if summary.unseen > 0 {
            parts.push(format!("the members of {}", count(summary.unseen, "fleet")));
        }
        page.push(grid::label("Unknown", Words::new().own(parts.join(", "))));
    }
}

/// Guards that hold steps of a plan and could be allowed, by name.
pub(super) fn guards(plan: &Plan) -> Vec<&'static str> {
    let mut guards: Vec<Guarded> = plan
        .steps
        .iter()
        .filter_map(|planned| planned.held.as_ref())
        .flat_map(|held| match held {
            Held::Asks { guards } => guards.clone(),
            Held::Denied { .. }
            | Held::Window { .. }
            | Held::LockOut { .. }
            | Held::Behind { .. } => Vec::new(),
        })
        .collect();
    guards.sort_unstable();
    guards.dedup();
    guards.into_iter().map(Guarded::name).collect()
}

/// Letters of groups in the plan's order, where groups have any.
struct Letters(Vec<String>);

impl Letters {
    /// Those of some groups in their order, in brackets.
    fn of(&self, of: impl IntoIterator<Item = usize>) -> String {
        let named: BTreeSet<(usize, &str)> = of
            .into_iter()
            .filter_map(|group| self.0.get(group))
            .map(|letter| (letter.len(), letter.as_str()))
            .collect();
        if named.is_empty() {
            return String::new();
        }
        let mut list: Vec<String> =
            named.iter().take(SHOWN).map(|(_, letter)| (*letter).to_owned()).collect();
        if named.len() > SHOWN {
            list.push(format!("{} more", grouped(named.len() - SHOWN)));
        }
        format!(" ({})", list.join(", "))
    }

    fn of_steps(&self, steps: &[&PlannedStep]) -> String {
        self.of(steps.iter().map(|planned| planned.group))
    }

    fn of_findings(&self, plan: &Plan, is_meant: impl Fn(&Verdict) -> bool) -> String {
        let groups = plan.groups.iter().enumerate().filter(|(_, group)| {
            let mut open = group.facets.iter().filter(|finding| finding.accepted.is_none());
            open.any(|finding| is_meant(&finding.verdict))
        });
        self.of(groups.map(|(place, _)| place))
    }
}

/// Steps that are held back, by what holds them back in the end.
fn steps(plan: &Plan, is_meant: impl Fn(&Held) -> bool) -> Vec<&PlannedStep> {
    let is_meant =
        |planned: &&PlannedStep| planned.held.as_ref().is_some_and(|it| is_meant(root(plan, it)));
    plan.steps.iter().filter(is_meant).collect()
}

fn instances(plan: &Plan, steps: &[&PlannedStep]) -> usize {
    let mut groups: Vec<usize> = steps.iter().map(|planned| planned.group).collect();
    groups.sort_unstable();
    groups.dedup();
    groups.iter().filter_map(|group| plan.groups.get(*group)).map(|it| it.members.len()).sum()
}

/// What will happen, in all and in what it means.
fn will_happen(page: &mut Page, plan: &Plan, summary: &Summary, letters: &Letters) {
    let done: Vec<&PlannedStep> = plan.changes().map(|(_, planned)| planned).collect();
    if done.is_empty() {
        page.push(grid::label("Plan", "nothing can be done now".into()));
        return;
    }
    let looks: Vec<String> = done
        .iter()
        .filter(|planned| planned.step.action.traits().through == Through::Look)
        .map(|planned| planned.number.to_string())
        .collect();
    let changes = count(summary.changes, "change");
    let of = letters.of_steps(&done);
    let mut text = format!("{changes} on {}{of}", count(instances(plan, &done), "instance"));
    match looks.as_slice() {
        [] => {}
        [one] => text.push_str(&format!(", then what {one} finds")),
        many => text.push_str(&format!(", then what {} looks find", many.len())),
    }
    page.push(grid::label("Plan", Words::new().own(text)));
    for line in security("", &plan.security) {
        page.push(grid::under_label(line));
    }
    let budget = &plan.budget;
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mut quiet = Vec::new();
    let mut loud = Vec::new();
    match budget.reboots {
        0 => quiet.push("no reboot"),
        reboots => loud.push(count(number(reboots), "reboot")),
    }
    match budget.dropped_sessions {
        0 => quiet.push("no session ends"),
        on => loud.push(format!(
            "drops sessions on {}; {}",
            count(number(on), "instance"),
            sessions::line(&rdpctl_plan::dropped(plan, done.iter().copied()))
        )),
    }
    if budget.money.is_empty() {
        quiet.push("no money");
    }
    if let attempts @ 1.. = log_ons(plan, &done) {
        loud.push(format!("tries to log on, once, on {}", count(attempts, "instance")));
    }
    for line in loud {
        page.push(grid::under_label(Words::new().said(&line)));
    }
    for (what, pieces) in &budget.money {
        page.push(grid::under_label(
            Words::new().own("costs money: ").and(price(plan, what, *pieces)),
        ));
    }
    let mut calls = summary::effort(plan).unwrap_or_default();
    if !quiet.is_empty() {
        calls = format!("{}; {calls}", quiet.join(", "));
    }
    page.push(grid::under_label(Words::new().own(calls)));
}

/// How many log-ons are tried.
fn log_ons(plan: &Plan, steps: &[&PlannedStep]) -> usize {
    let members = |group: usize| plan.groups.get(group).map_or(0, |group| group.members.len());
    steps
        .iter()
        .filter(|planned| planned.step.action.traits().through == Through::LogOn)
        .map(|planned| members(planned.group))
        .sum()
}

/// What would happen if it were not held back.
fn would(
    page: &mut Page,
    plan: &Plan,
    label: &'static str,
    held: &[&PlannedStep],
    letters: &Letters,
) {
    if held.is_empty() {
        return;
    }
    let on = count(instances(plan, held), "instance");
    let which = which(held, letters);
    let text = format!("{} on {on}{which}", count(held.len(), "step"));
    page.push(grid::label(label, Words::new().own(text)));
    for (what, pieces) in rdpctl_plan::money_of(plan, held.iter().copied()) {
        page.push(grid::under_label(
            Words::new().own("would cost money: ").and(price(plan, &what, pieces)),
        ));
    }
    let dropped = rdpctl_plan::dropped(plan, held.iter().copied());
    if dropped.seen + dropped.unseen > 0 {
        let on = count(dropped.seen + dropped.unseen, "instance");
        let text = format!("would drop sessions on {on}; {}", sessions::line(&dropped));
        page.push(grid::under_label(Words::new().said(&text)));
    }
    for line in security("would ", &rdpctl_plan::security_of(plan, held.iter().copied())) {
        page.push(grid::under_label(line));
    }
}

/// Which steps: by the guards that ask and the groups that they ask for, where groups have letters, else by number.
fn which(held: &[&PlannedStep], letters: &Letters) -> String {
    if letters.0.is_empty() {
        let mut numbers: Vec<String> =
            held.iter().take(SHOWN).map(|planned| planned.number.to_string()).collect();
        if held.len() > SHOWN {
            numbers.push(format!("{} more", grouped(held.len() - SHOWN)));
        }
        return format!(": {}", numbers.join(", "));
    }
    let mut asked: BTreeMap<Guarded, Vec<&PlannedStep>> = BTreeMap::new();
    for planned in held {
        if let Some(Held::Asks { guards }) = &planned.held {
            for guard in guards {
                asked.entry(*guard).or_default().push(planned);
            }
        }
    }
    if asked.is_empty() {
        return letters.of_steps(held);
    }
    let by_guard: Vec<String> = asked
        .iter()
        .map(|(guard, steps)| format!("{}{}", guard.name(), letters.of_steps(steps)))
        .collect();
    format!(": {}", by_guard.join(", "))
}

fn blocked(
    page: &mut Page,
    plan: &Plan,
    summary: &Summary,
    denied: &[&PlannedStep],
    letters: &Letters,
) {
    let mut parts = Vec::new();
    if summary.blocked > 0 {
        let is_blocked = |verdict: &Verdict| matches!(verdict, Verdict::Blocked { .. });
        let of = letters.of_findings(plan, is_blocked);
        parts.push(format!("{} by what wins over us{of}", count(summary.blocked, "facet")));
    }
    if !denied.is_empty() {
        let on = count(instances(plan, denied), "instance");
        let of = letters.of_steps(denied);
        parts.push(format!("{} on {on}, denied{of}", count(denied.len(), "step")));
    }
    if !parts.is_empty() {
        page.push(grid::label("Blocked", Words::new().own(parts.join("; "))));
    }
}

/// What becomes weaker and stronger.
pub(crate) fn security(would: &'static str, deltas: &[SecurityDelta]) -> Vec<Words> {
    let one = |direction: Direction, verb: &str| {
        let alike: Vec<&SecurityDelta> =
            deltas.iter().filter(|delta| delta.direction == direction).collect();
        if alike.is_empty() {
            return None;
        }
        let said = |delta: &&&SecurityDelta| match delta.instances {
            0 | 1 => english(&delta.what),
            many => format!("{} (on {})", english(&delta.what), grouped(many)),
        };
        let mut list: Vec<String> = alike.iter().take(SHOWN).map(|it| said(&it)).collect();
        if alike.len() > SHOWN {
            list.push(format!("and {} more", grouped(alike.len() - SHOWN)));
        }
        Some(Words::new().own(format!("{would}{verb}: ")).said(&list.join("; ")))
    };
    let (opens, hardens) = if would.is_empty() { ("opens", "hardens") } else { ("open", "harden") };
    [one(Direction::Weaker, opens), one(Direction::Stronger, hardens)]
        .into_iter()
        .flatten()
        .collect()
}

/// What something costs, by the vendor's quote where it was asked and answered.
pub(crate) fn price(plan: &Plan, what: &str, pieces: u64) -> Words {
    let text = Words::new().own(format!("{pieces} x ")).said(what);
    match quoted(&plan.budget, what) {
        Some(price) => text.own(", ").said(&price),
        None => text.own("; the price is not quoted"),
    }
}
