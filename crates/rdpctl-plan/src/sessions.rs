//! Whose sessions a plan's steps end, as far as somebody saw who is logged on.

use std::collections::BTreeSet;

use rdpctl_model::guest::LoggedOn;
use rdpctl_model::plan::{Member, Plan, PlannedStep, Sighted};

/// Who is logged on where some steps end sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropped<'p> {
    /// The sessions, with whose they are.
    pub sessions: Vec<(&'p Member, &'p LoggedOn)>,
    /// Machines on which that is known.
    pub seen: usize,
    /// Machines on which it is not.
    pub unseen: usize,
}

impl Dropped<'_> {
    /// How many sessions there are; not seen where only some of the machines were.
    #[must_use]
    pub fn alive(&self) -> Sighted<u64> {
        if self.seen > 0 && self.unseen == 0 {
            Sighted::Seen(self.sessions.len() as u64)
        } else {
            Sighted::NotSeen
        }
    }

    /// How many machines have some.
    #[must_use]
    pub fn on(&self) -> usize {
        self.sessions.iter().map(|(member, _)| &member.name).collect::<BTreeSet<_>>().len()
    }
}

/// Who is logged on where these steps end sessions.
#[must_use]
pub fn dropped<'p>(
    plan: &'p Plan,
    steps: impl IntoIterator<Item = &'p PlannedStep>,
) -> Dropped<'p> {
    let ends = steps.into_iter().filter(|planned| planned.step.disrupts());
    let groups: BTreeSet<usize> = ends.map(|planned| planned.group).collect();
    let mut dropped = Dropped::default();
    for member in groups.iter().filter_map(|at| plan.groups.get(*at)).flat_map(|it| &it.members) {
        match member.sessions.as_deref() {
            Some(sessions) => {
                dropped.seen += 1;
                dropped.sessions.extend(sessions.iter().map(|one| (member, one)));
            }
            None => dropped.unseen += 1,
        }
    }
    dropped
}
