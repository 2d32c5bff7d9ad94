//! Waiting for guests that were told to reboot: each is read back as soon as it is there again.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::{Ask, Channel, Questions};
use rdpctl_model::Said;

use super::super::Scene;
use super::super::report::{Ended, Failure, Leaves, Results};
use super::{Acted, read_back};
use crate::guests::WITHIN;
use crate::said::say;

/// A guest that is not back yet, with what is known of it.
struct Away {
    acted: Acted,
    why: Said,
}

/// Waits until the guests answer without the nonce that was set before they were rebooted. Of those who do not, it is
/// told what is known: a machine that did not boot has nothing in force.
pub(super) async fn await_and_tell(scene: &Scene, channel: &dyn Channel, acted: Vec<Acted>) {
    let nobody = || say::nobody_looked();
    let mut away: Vec<Away> =
        acted.into_iter().map(|acted| Away { acted, why: nobody() }).collect();
    let mut pause = Duration::from_millis(200);
    let deadline = tokio::time::Instant::now() + scene.patience.boot;
    while !away.is_empty() && tokio::time::Instant::now() < deadline {
        tokio::select! {
            () = scene.stop.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(Duration::from_secs(5));
        let (back, still) = look(scene, channel, away).await;
        away = still;
        read_back::tell(scene, channel, back).await;
    }
    let results = away.iter().flat_map(not_back).collect();
    scene.reports.tell(results).await;
}

/// Looks once. Gives those that are back, and those that are not.
async fn look(scene: &Scene, channel: &dyn Channel, away: Vec<Away>) -> (Vec<Acted>, Vec<Away>) {
    let asks = away
        .iter()
        .map(|away| Ask {
            target: away.acted.job.guest.target(),
            questions: Arc::new(Questions::default()),
            within: WITHIN,
        })
        .collect();
    let answers = channel.answer(asks, &scene.stop).await;
    let (mut back, mut still) = (Vec::new(), Vec::new());
    for (Away { acted, .. }, answer) in away.into_iter().zip(answers) {
        let why = match answer.map(|survey| survey.boot_nonce) {
            Ok(Ok(None)) => {
                back.push(acted);
                continue;
            }
            Ok(Ok(Some(_))) => say::did_not_reboot(),
            Ok(Err(gap)) => say::not_whether_rebooted(&gap),
            Err(error) => say::did_not_come_back(error.said()),
        };
        still.push(Away { acted, why });
    }
    (back, still)
}

/// What was done before a reboot that did not come about is done; it is not in force.
fn not_back(away: &Away) -> Results {
    let Away { acted, why } = away;
    let receipts = acted.answer.as_deref().unwrap_or_default();
    let reboot = acted.last().map(|todo| todo.cell);
    let ended = |(order, index): (usize, &usize)| {
        let cell = acted.job.one.steps[*index].cell;
        let ended = if Some(cell) == reboot {
            let advice = say::look_at_the_console();
            Ended::Failed(Failure { leaves: Leaves::Down, ..Failure::new(why.clone(), advice) })
        } else {
            // Without a receipt the answer was lost as well; the next survey tells what stands.
            match receipts.get(order) {
                Some(receipt) => Ended::Done(receipt.clone()),
                None => Ended::Failed(Failure::new(say::lost_and_away(), say::plan_again())),
            }
        };
        (cell, ended)
    };
    acted.todo.iter().enumerate().map(ended).collect()
}
