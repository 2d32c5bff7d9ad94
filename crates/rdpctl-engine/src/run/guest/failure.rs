//! What a channel's error means for a guest's steps, and what the user can do about it.

use std::cmp::Ordering;

use rdpctl_contract::{ChannelError, told};
use rdpctl_model::action::traits::Phase;
use rdpctl_model::outcome::Receipt;

use super::super::report::{Ended, Failure, Results};
use super::{One, Todo};

const UNDOES: &str =
    "something in the guest undoes or refuses the change: a policy, or protection software";

/// What the user can do about a step that did not take effect.
pub(super) fn advice_on(todo: &Todo) -> &'static str {
    if refreshes(todo) {
        "change that policy, or keep it from this machine; `gpresult /h` in the guest shows what applies to it"
    } else {
        UNDOES
    }
}

fn refreshes(todo: &Todo) -> bool {
    todo.action.traits().phase == Phase::Refresh
}

pub(super) fn put_back(found: &str) -> String {
    format!("a policy of the domain put the change back: {found}")
}

pub(super) fn of(error: &ChannelError) -> Failure {
    let advice = match error {
        ChannelError::Failed { advice, .. } => advice.as_str(),
        ChannelError::NotProved { .. } => UNDOES,
        ChannelError::Refused { .. } => "check the user and the password",
        ChannelError::Untrusted { .. } => {
            "give the certificate's authority or its fingerprint in `guest.winrm`"
        }
        ChannelError::Unreachable { .. }
        | ChannelError::Quota { .. }
        | ChannelError::Unavailable { .. }
        | ChannelError::OutcomeUnknown { .. }
        | ChannelError::Damaged { .. }
        | ChannelError::Stopped => "run `rdpctl plan` again to see what is",
    };
    Failure::new(told(error), advice)
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
            Ordering::Less => {
                Ended::Done(Receipt { note: "done".to_owned(), ..Receipt::default() })
            }
            Ordering::Equal => Ended::Failed(of_step(step, error)),
            Ordering::Greater => {
                Ended::Skipped(format!("a step before it failed: {}", told(error)))
            }
        };
        (step.cell, ended)
    };
    todo.iter().enumerate().map(ended).collect()
}
