//! Reading back: a step is done when the guest shows it, not when a command said so.

use rdpctl_contract::channel::Finding;
use rdpctl_contract::{Channel, ChannelError};
use rdpctl_model::action::traits::Phase;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::step::Check;
use rdpctl_model::{Gap, Said};

use super::super::Scene;
use super::super::report::{Ended, Failure, Results};
use super::failure::{advice_on, put_back};
use super::{Acted, Todo, check};
use crate::said::say;

/// Reads back what was done, and tells it.
pub(super) async fn tell(scene: &Scene, channel: &dyn Channel, acted: Vec<Acted>) {
    if acted.is_empty() {
        return;
    }
    let asks = acted.iter().map(|acted| (&acted.job.guest, acted.job.one.proofs())).collect();
    let after = check::ask(scene, channel, asks).await;
    let results =
        acted.iter().zip(after).flat_map(|(acted, findings)| read(acted, findings)).collect();
    scene.reports.tell(results).await;
}

fn read(acted: &Acted, findings: Result<Vec<Finding>, ChannelError>) -> Results {
    let Acted { job, todo, answer } = acted;
    let steps = &job.one.steps;
    let findings = match findings {
        Ok(findings) => findings,
        Err(error) => {
            let why = say::done_not_read_back(error.said());
            let failure = Failure::new(why, say::plan_again());
            let failed = |index: &usize| (steps[*index].cell, Ended::Failed(failure.clone()));
            return todo.iter().map(failed).collect();
        }
    };
    let mut results = Results::new();
    let mut left = findings.as_slice();
    for (index, step) in steps.iter().enumerate() {
        let (proved, rest) = left.split_at(step.action.proves().len().min(left.len()));
        left = rest;
        let Some(order) = todo.iter().position(|place| *place == index) else { continue };
        let receipt = answer.as_ref().map(|receipts| receipts.get(order));
        // What a later step of the same turn changed again before anything was read (a dead man's switch that is armed and
        // disarmed) is read back of that one. A step that was not done changed nothing.
        let was_done = |later: usize| {
            let order = todo.iter().position(|place| *place == later);
            order.is_some_and(|order| answer.as_ref().map_or(true, |done| order < done.len()))
        };
        let later: Vec<Check> = (index + 1..steps.len())
            .filter(|later| was_done(*later))
            .flat_map(|later| steps[later].action.proves())
            .collect();
        let shows = still_shows(&step.action.proves(), &later);
        let proved: Vec<Finding> = proved
            .iter()
            .zip(shows)
            .filter(|(_, shows)| *shows)
            .map(|(found, _)| found.clone())
            .collect();
        results.push((step.cell, ended(step, &proved, receipt)));
    }
    results
}

/// Which of a step's proofs can still be seen after those of later steps.
fn still_shows(proofs: &[Check], later: &[Check]) -> Vec<bool> {
    proofs.iter().map(|proof| !later.iter().any(|other| proof.is_undone_by(other))).collect()
}

fn ended(step: &Todo, proved: &[Finding], receipt: Result<Option<&Receipt>, &Said>) -> Ended {
    // A way that reads back what it writes as it writes it, as that to a disk does, says that it was not asked again.
    let proved: Vec<&Finding> =
        proved.iter().filter(|found| **found != Finding::Unknown(Gap::NotAsked)).collect();
    match (proved.iter().find_map(|finding| wrong(step, finding)), receipt) {
        (Some(why), Err(lost)) => {
            Ended::Failed(Failure::new(say::and_lost(why, lost), say::plan_again()))
        }
        (Some(why), Ok(_)) => Ended::Failed(Failure::new(why, advice_on(step))),
        (None, Ok(Some(receipt))) => Ended::Done(receipt.clone()),
        (None, said) if proved.is_empty() => Ended::Failed(Failure::new(
            match said.err() {
                Some(why) => say::lost_because_unknown(why),
                None => say::lost_unknown(),
            },
            say::plan_again(),
        )),
        (None, said) => Ended::Done(Receipt {
            note: match said.err() {
                Some(why) => say::lost_because_done(why),
                None => say::lost_done(),
            },
            ..Receipt::default()
        }),
    }
}

fn wrong(step: &Todo, finding: &Finding) -> Option<Said> {
    let refreshed = step.action.traits().phase == Phase::Refresh;
    match finding {
        Finding::Holds => None,
        Finding::Differs(found) if refreshed => Some(put_back(found)),
        Finding::Differs(found) => Some(say::no_effect(found)),
        Finding::Unknown(gap) => Some(say::not_read_back(gap)),
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_model::GuestAction;

    use super::*;

    #[test]
    fn of_an_earlier_step_all_is_read_back_that_a_later_one_did_not_change_again() {
        let value = |name: &str, number| Check::Registry {
            key: r"HKLM\A".to_owned(),
            name: name.to_owned(),
            data: Some(rdpctl_model::guest::RegData::Dword(number)),
        };
        let shows = still_shows(&[value("x", 1), value("y", 1)], &[value("X", 2), value("z", 1)]);
        assert_eq!(shows, [false, true]);
        let armed = GuestAction::ArmDeadMansSwitch { minutes: 10, restore: Vec::new() };
        let disarmed = GuestAction::DisarmDeadMansSwitch.proves();
        assert_eq!(still_shows(&armed.proves(), &disarmed), [false]);
        assert_eq!(still_shows(&armed.proves(), &[]), [true]);
    }
}
