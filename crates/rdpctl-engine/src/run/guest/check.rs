//! Looking before anything is done: what is done already, and what is no longer as the plan saw it.

use rdpctl_contract::channel::{CheckAsk, Finding};
use rdpctl_contract::{Channel, ChannelError};
use rdpctl_model::Said;
use rdpctl_model::action::traits::SeenBefore;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::step::Check;

use super::super::Scene;
use super::super::report::{Ended, Failure, Results};
use super::One;
use crate::guests::{Guest, WITHIN};
use crate::said::say;

/// Asks guests for facts; who has nothing to be asked is not bothered.
pub(super) async fn ask(
    scene: &Scene,
    channel: &dyn Channel,
    guests: Vec<(&Guest, Vec<Check>)>,
) -> Vec<Result<Vec<Finding>, ChannelError>> {
    let asks: Vec<CheckAsk> = guests
        .iter()
        .filter(|(_, checks)| !checks.is_empty())
        .map(|(guest, checks)| CheckAsk {
            target: guest.target(),
            checks: checks.clone(),
            within: WITHIN,
        })
        .collect();
    let mut answers = if asks.is_empty() {
        Vec::new().into_iter()
    } else {
        channel.check(asks, &scene.stop).await.into_iter()
    };
    guests
        .iter()
        .map(|(_, checks)| {
            if checks.is_empty() {
                Ok(Vec::new())
            } else {
                answers.next().unwrap_or(Err(ChannelError::Stopped))
            }
        })
        .collect()
}

/// Which steps are still to be done, and what is already said about the others.
pub(super) fn sort_out(one: &One, findings: &[Finding]) -> (Vec<usize>, Results) {
    let mut todo = Vec::new();
    let mut said = Results::new();
    let mut left = findings;
    let mut moved = None;
    for (index, step) in one.steps.iter().enumerate() {
        let proves = step.action.proves().len();
        let (expected, rest) = left.split_at(step.expects.len().min(left.len()));
        let (proved, rest) = rest.split_at(proves.min(rest.len()));
        left = rest;
        let done = step.action.traits().seen_before == SeenBefore::Done
            && !proved.is_empty()
            && proved.iter().all(|finding| *finding == Finding::Holds);
        if let Some(why) = &moved {
            said.push((step.cell, Ended::Skipped(say::step_before_failed(why))));
        } else if done {
            let note = say::already_so();
            let receipt = Receipt { note, already: true, ..Receipt::default() };
            said.push((step.cell, Ended::Done(receipt)));
        } else if let Some(found) = expected.iter().find_map(differs) {
            let why = say::guest_changed(found);
            let failure = Failure::new(why.clone(), say::plan_again());
            said.push((step.cell, Ended::Failed(failure)));
            moved = Some(why);
        } else {
            todo.push(index);
        }
    }
    (todo, said)
}

fn differs(finding: &Finding) -> Option<&Said> {
    match finding {
        Finding::Differs(found) => Some(found),
        Finding::Holds | Finding::Unknown(_) => None,
    }
}
