//! What a channel's error means for a guest's steps, and what the user can do about it.

use std::cmp::Ordering;

use rdpctl_contract::ChannelError;
use rdpctl_model::Said;
use rdpctl_model::action::traits::Phase;
use rdpctl_model::outcome::Receipt;

use super::super::report::{Ended, Failure, Results};
use super::{One, Todo};
use crate::said::say;

/// What the user can do about a step that did not take effect.
pub(super) fn advice_on(todo: &Todo) -> Said {
    if refreshes(todo) { say::change_the_policy() } else { say::undoes() }
}

fn refreshes(todo: &Todo) -> bool {
    todo.action.traits().phase == Phase::Refresh
}

pub(super) fn put_back(found: &Said) -> Said {
    say::policy_put_back(found)
}

pub(super) fn of(error: &ChannelError) -> Failure {
    let advice = match error {
        ChannelError::Failed { advice, .. } => advice.clone(),
        ChannelError::NotProved { .. } => say::undoes(),
        ChannelError::Refused { .. } => say::check_the_password(),
        ChannelError::Untrusted { .. } => say::give_the_authority(),
        ChannelError::Unreachable { .. }
        | ChannelError::Unresponsive { .. }
        | ChannelError::Quota { .. }
        | ChannelError::Unavailable { .. }
        | ChannelError::OutcomeUnknown { .. }
        | ChannelError::Damaged { .. }
        | ChannelError::Stopped => say::plan_to_see(),
    };
    Failure::new(error.said(), advice)
}

/// A policy that puts a change back is told as what it is, not as a command that went wrong.
fn of_step(todo: &Todo, error: &ChannelError) -> Failure {
    if let ChannelError::NotProved { found, .. } = error
        && refreshes(todo)
    {
        return Failure::new(put_back(found), advice_on(todo));
    }
    of(error)
}

/// The actions before the one that failed were done; those after it were not run.
pub(super) fn at(one: &One, todo: &[usize], error: &ChannelError) -> Results {
    let failed = match error {
        ChannelError::Failed { action, .. } | ChannelError::NotProved { action, .. } => *action,
        ChannelError::Unreachable { .. }
        | ChannelError::Unresponsive { .. }
        | ChannelError::Refused { .. }
        | ChannelError::Untrusted { .. }
        | ChannelError::Quota { .. }
        | ChannelError::Unavailable { .. }
        | ChannelError::OutcomeUnknown { .. }
        | ChannelError::Damaged { .. }
        | ChannelError::Stopped => 0,
    };
    let ended = |(order, index): (usize, &usize)| {
        let step = &one.steps[*index];
        let ended = match order.cmp(&failed) {
            Ordering::Less => Ended::Done(Receipt { note: say::done(), ..Receipt::default() }),
            Ordering::Equal => Ended::Failed(of_step(step, error)),
            Ordering::Greater => Ended::Skipped(say::step_before_failed(error.said())),
        };
        (step.cell, ended)
    };
    todo.iter().enumerate().map(ended).collect()
}
