//! What a plan comes to: one value, from which the words, the JSON and the exit code are made, so that they agree.

use rdpctl_model::cause::{FirstCause, Kind};
use rdpctl_model::plan::{Direction, Group, Plan, Reached, SecurityDelta};
use rdpctl_model::step::Action;
use rdpctl_model::{FacetId, Verdict};
use rdpctl_words::english;
use serde::Serialize;

use super::words::{count, duration, grouped, verdict};
use crate::exit::Exit;

/// Totals of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Summary {
    /// Instances managed.
    pub(crate) instances: usize,
    /// Instances as declared.
    pub(crate) healthy: usize,
    /// Steps that change something and may be done, counted on each subject.
    pub(crate) changes: usize,
    /// Steps that are held, counted on each subject.
    pub(crate) held: usize,
    /// Facets that differ and can be mended.
    pub(crate) drifted: usize,
    /// Facets that cannot be judged yet.
    pub(crate) unknown: usize,
    /// Those of them that no step of the plan will reveal.
    pub(crate) hidden: usize,
    /// Fleets of which not even the members are known.
    pub(crate) unseen: usize,
    /// Whether anything answered.
    pub(crate) reached: Reached,
    /// Facets that something else keeps as they are.
    pub(crate) blocked: usize,
    /// Facets that differ or are unknown, and that somebody accepted.
    pub(crate) accepted: usize,
    /// Instances with the same difference are one group; what was accepted as a whole is none.
    pub(crate) groups: usize,
    /// Disks that would be repaired.
    #[serde(skip_serializing_if = "is_none")]
    pub(crate) repairs: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_none(number: &usize) -> bool {
    *number == 0
}

impl Summary {
    /// Totals of a plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut summary = Self {
            instances: plan.instances,
            healthy: plan.healthy,
            changes: 0,
            held: 0,
            drifted: 0,
            unknown: 0,
            hidden: 0,
            unseen: plan.basis.unseen.len(),
            reached: plan.basis.reached,
            blocked: 0,
            accepted: 0,
            groups: plan.groups.iter().filter(|group| !group.is_accepted()).count(),
            repairs: plan.repairs.len(),
        };
        for step in &plan.steps {
            if !step.step.action.traits().through.changes() {
                continue;
            }
            let width = plan.width(step);
            if step.held.is_none() {
                summary.changes += width;
            } else {
                summary.held += width;
            }
        }
        for group in &plan.groups {
            let revealed = revealed(plan, group);
            for finding in &group.facets {
                let members = group.members.len();
                if finding.accepted.is_some() {
                    summary.accepted += members;
                    continue;
                }
                match finding.verdict {
                    Verdict::Drifted { .. } => summary.drifted += members,
                    Verdict::Unknown { .. } => {
                        summary.unknown += members;
                        if !revealed.contains(&finding.facet) {
                            summary.hidden += members;
                        }
                    }
                    Verdict::Blocked { .. } => summary.blocked += members,
                    Verdict::Healthy { .. } | Verdict::NotApplicable { .. } => {}
                }
            }
        }
        summary
    }

    /// Whether everything is as declared, and seen to be.
    pub(crate) const fn is_quiet(&self) -> bool {
        self.groups == 0 && self.unseen == 0 && self.repairs == 0
    }

    /// How `plan` ends: in a script that asks for it, what is pending is an end of its own.
    pub(crate) const fn plan_exit(&self, pending: Pending) -> Exit {
        if matches!(self.reached, Reached::Nothing) {
            return Exit::Error;
        }
        let differs = self.changes + self.held + self.drifted + self.blocked + self.repairs > 0;
        match pending {
            Pending::Tells if differs => Exit::Pending,
            Pending::Tells | Pending::Passes if self.hidden + self.unseen > 0 => Exit::Partial,
            Pending::Tells | Pending::Passes => Exit::Done,
        }
    }

    /// How `apply` ends where there was nothing to do.
    pub(crate) const fn idle_exit(&self) -> Exit {
        match self.reached {
            Reached::Nothing => Exit::Error,
            Reached::Something | Reached::NotTried if self.is_quiet() => Exit::Done,
            Reached::Something | Reached::NotTried => Exit::Partial,
        }
    }

    /// The one line under a plan.
    pub(crate) fn line(&self) -> String {
        if self.is_quiet() {
            let but = if self.accepted > 0 { ", but for what was accepted" } else { "" };
            return match self.instances {
                0 => "No instances. Nothing is declared, or no fleet has members.".to_owned(),
                1 => format!("No changes. The instance is as declared{but}."),
                all => format!("No changes. All {} instances are as declared{but}.", grouped(all)),
            };
        }
        if matches!(self.reached, Reached::Nothing) {
            return format!(
                "Nothing could be looked at: {} unknown on {}.",
                count(self.unknown, "facet"),
                count(self.instances, "instance")
            );
        }
        let differing = self.instances - self.healthy;
        let mut parts =
            vec![format!("{} on {}", count(self.changes, "change"), count(differing, "instance"))];
        if self.held > 0 {
            parts.push(format!("{} held", grouped(self.held)));
        }
        if self.repairs > 0 {
            parts.push(format!("{} to be repaired", count(self.repairs, "disk")));
        }
        if self.unknown > 0 {
            parts.push(format!("{} unknown", count(self.unknown, "facet")));
        }
        if self.unseen > 0 {
            parts.push(format!("{} unseen", count(self.unseen, "fleet")));
        }
        if self.blocked > 0 {
            parts.push(format!("{} blocked", count(self.blocked, "facet")));
        }
        if self.accepted > 0 {
            parts.push(format!("{} accepted", count(self.accepted, "facet")));
        }
        if self.healthy > 0 {
            parts.push(format!("{} as declared", count(self.healthy, "instance")));
        }
        format!("Plan: {}.", parts.join(", "))
    }
}

/// Whether pending changes have an exit code of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// `--detailed-exitcode`.
    Tells,
    /// Without.
    Passes,
}

/// What the steps of a group will reveal.
fn revealed(plan: &Plan, group: &Group) -> Vec<FacetId> {
    let mut facets = Vec::new();
    for step in group.steps.iter().filter_map(|id| plan.step(*id)) {
        match &step.step.action {
            Action::Observe { facets: announced } => facets.extend(announced),
            Action::Prove { .. } => facets.push(FacetId::Reachable),
            Action::Cloud(_) | Action::Guest(_) | Action::Own(_) | Action::LogOn { .. } => {}
        }
    }
    facets
}

/// Deltas beyond so many in either direction are only counted; JSON has them all.
const DELTAS_SHOWN: usize = 8;

/// What becomes weaker and stronger, in one line; nothing when nothing does.
pub(crate) fn security(plan: &Plan) -> Option<String> {
    if plan.security.is_empty() {
        return None;
    }
    let list = |direction: Direction| {
        let deltas: Vec<&SecurityDelta> =
            plan.security.iter().filter(|delta| delta.direction == direction).collect();
        let mut list: Vec<String> = deltas
            .iter()
            .take(DELTAS_SHOWN)
            .map(|delta| {
                if delta.instances > 1 {
                    format!("{} (on {})", english(&delta.what), grouped(delta.instances))
                } else {
                    english(&delta.what)
                }
            })
            .collect();
        if deltas.len() > DELTAS_SHOWN {
            list.push(format!("and {} more", grouped(deltas.len() - DELTAS_SHOWN)));
        }
        list.join("; ")
    };
    let (weaker, stronger) = (list(Direction::Weaker), list(Direction::Stronger));
    let mut parts = Vec::new();
    if !weaker.is_empty() {
        parts.push(format!("opens: {weaker}"));
    }
    if !stronger.is_empty() {
        parts.push(format!("hardens: {stronger}"));
    }
    Some(format!("Security: {}.", parts.join(". ")))
}

/// The calls and the time that it will take, in a few words; nothing when nothing is done.
pub(crate) fn effort(plan: &Plan) -> Option<String> {
    let budget = &plan.budget;
    plan.changes().next()?;
    Some(format!(
        "about {} API calls, {}, {}",
        grouped(usize::try_from(budget.api_calls).unwrap_or(usize::MAX)),
        count(usize::try_from(budget.guest_round_trips).unwrap_or(usize::MAX), "guest round trip"),
        duration(budget.seconds)
    ))
}

/// What it will cost, in one line; nothing when nothing is done.
pub(crate) fn budget(plan: &Plan) -> Option<String> {
    let budget = &plan.budget;
    plan.changes().next()?;
    let mut parts = vec![
        format!(
            "about {} API calls",
            grouped(usize::try_from(budget.api_calls).unwrap_or(usize::MAX))
        ),
        count(usize::try_from(budget.guest_round_trips).unwrap_or(usize::MAX), "guest round trip"),
        duration(budget.seconds),
    ];
    if budget.reboots > 0 {
        parts.push(count(usize::try_from(budget.reboots).unwrap_or(usize::MAX), "reboot"));
    }
    if budget.dropped_sessions > 0 {
        parts.push(format!(
            "drops sessions on {}",
            count(usize::try_from(budget.dropped_sessions).unwrap_or(usize::MAX), "instance")
        ));
    }
    for (what, number) in &budget.money {
        parts.push(format!("money: {number} {what}"));
    }
    Some(format!("Budget: {}.", parts.join(", ")))
}

/// First causes as rows of a table: what, on how many instances, in how many groups.
pub(crate) fn first_causes(plan: &Plan) -> Vec<(String, usize, usize)> {
    let row = |cause: FirstCause<'_>| {
        let what = match cause.kind {
            Kind::Differs => format!("{} differs", cause.facet),
            Kind::Blocked => format!("{} is blocked", cause.facet),
            Kind::Unknown => format!("{} is unknown", cause.facet),
        };
        (format!("{what}: {}", verdict(&cause.example.verdict)), cause.instances, cause.groups)
    };
    plan.first_causes().into_iter().map(row).collect()
}
