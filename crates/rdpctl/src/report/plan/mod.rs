//! A plan for people: the sentence that a colleague would say, what differs with what would be done, and what it comes to.

mod bill;
mod groups;
mod sentence;
mod steps;

use std::collections::BTreeMap;

use rdpctl_model::plan::{Plan, StepId};
use rdpctl_term::{Ink, Page, Words, grid};

use super::next::Next;
use super::standing::Standing;
use super::summary::{Summary, first_causes};
use super::{gaps, repairs, words};
pub(crate) use bill::{price, security};
pub(crate) use sentence::first as first_sentence;
pub(crate) use steps::{disturbs, held_back};

/// Groups beyond so many are only counted: nobody reads more, and JSON has them all.
pub(crate) const GROUPS_SHOWN: usize = 50;

/// Groups that would make more lines are only counted, too.
const LINES: usize = 150;

/// How much of a plan is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Amount {
    /// What somebody reads.
    #[default]
    Readable,
    /// All.
    All,
}

/// Whether what somebody accepted is shown, or only counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// Counted.
    #[default]
    Counted,
    /// Shown.
    Shown,
}

/// Each step's calls or native commands, where they are to be shown.
pub(crate) type Commands = BTreeMap<StepId, Vec<String>>;

/// A plan as a page.
pub(crate) fn page(plan: &Plan, commands: &Commands, amount: Amount) -> Page {
    whole(plan, commands, amount, Accepted::Counted)
}

/// The same, with what was accepted or without.
pub(crate) fn whole(plan: &Plan, commands: &Commands, amount: Amount, accepted: Accepted) -> Page {
    let mut page = Page::new();
    page.push(grid::plain(sentence::first(plan)));
    for line in gaps::basis(plan) {
        page.push(grid::plain(Words::new().said(&line)));
    }
    let quiet = plan.is_quiet();
    if plan.groups.is_empty() && plan.repairs.is_empty() && quiet {
        return page;
    }
    page.blank();
    let (shown, of) = groups::all(&mut page, plan, commands, amount, accepted);
    if of > shown {
        rest(&mut page, plan, of - shown);
    }
    if accepted == Accepted::Counted && Summary::of(plan).accepted > 0 {
        let facets = words::count(Summary::of(plan).accepted, "accepted difference");
        let text = format!("{facets} not shown (--accepted)");
        page.push(grid::plain(Words::new().ink(Ink::Faint, text)));
        page.blank();
    }
    if !quiet {
        bill::all(&mut page, plan);
    }
    repairs::all(&mut page, plan);
    page
}

/// Groups for which there is no room, by their first cause.
fn rest(page: &mut Page, plan: &Plan, left: usize) {
    let more = words::count(left, "more group");
    let text = Words::new().own(format!("and {more}: --all shows them. All by their first cause:"));
    page.push(grid::plain(text));
    for (what, instances, groups) in first_causes(plan) {
        let text = Words::new()
            .said(&what)
            .ink(Ink::Faint, format!("  ({})", words::count(groups, "group")));
        page.push(grid::counted(&words::grouped(instances), text));
    }
    page.blank();
}

/// The members of a group, one a line: by its letter, or as `FLEET/FACET`. Nothing where there is no such group.
pub(crate) fn members(plan: &Plan, which: &str) -> Option<Page> {
    let group = groups::find(plan, which)?;
    let mut page = Page::new();
    for member in &group.members {
        page.push(grid::plain(Words::new().said(&member.called())));
    }
    Some(page)
}

/// What to type after a plan.
pub(crate) fn next(plan: &Plan, mut next: Next) -> Next {
    let summary = Summary::of(plan);
    if summary.changes + summary.held + summary.repairs > 0 {
        let mut asks = bill::guards(plan);
        let of_repairs = plan.repairs.iter().flat_map(|repair| &repair.guards);
        asks.extend(of_repairs.map(|guard| guard.name()));
        asks.sort_unstable();
        asks.dedup();
        let does = match (summary.changes, asks.as_slice()) {
            (_, []) => "does it, after a question".to_owned(),
            (0, guards) => format!("asks for {}", guards.join(", ")),
            (_, guards) => format!("does it, after a question; asks for {}", guards.join(", ")),
        };
        next.push("apply", &does);
        next.push("plan --out plan.json", "keeps it, to be approved");
        next.push("plan --show-commands", "every API call and guest command");
    } else if let Some(group) = plan.groups.iter().min_by_key(|group| Standing::of(group))
        && let Some(member) = group.members.first()
    {
        let name = super::next::word(&member.called());
        next.push(&format!("doctor {name}"), "why, with evidence");
    }
    next
}
