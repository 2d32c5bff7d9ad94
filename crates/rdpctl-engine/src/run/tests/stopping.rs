//! Stopping between machines, inside a wave: by hand, by failures; and what is told of whom when.

use std::sync::{Arc, Mutex};

use rdpctl_contract::fake::Machine;
use rdpctl_model::GuestAction;
use rdpctl_model::declaration::Share;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::outcome::{RunEnd, StepEvent};

use super::estate::{Place, difference, disrupts, estate, names, plan, set, world};
use crate::event::Event;

const REBOOT: [GuestAction; 1] = [GuestAction::Reboot];

#[tokio::test(start_paused = true)]
async fn ctrl_c_in_the_middle_of_a_wave_ends_it_after_the_machine_in_hand() {
    let all = names("kiosks/ins-", 12);
    let (world, estate) = (world(&all), estate(&all, Share::Count(1)));
    let place = Place::of(&world);
    let plan = plan(&estate, vec![difference(&all, "many", &REBOOT)], place.hands.clock.now());
    let gently = place.stops.gently.clone();
    let report = place
        .run(&estate, plan, move |event| {
            if let Event::Done { subject, .. } = event
                && subject.as_str() == "kiosks/ins-1"
            {
                gently.cancel();
            }
        })
        .await;
    let rebooted = world.deeds().into_iter().filter(disrupts).count();
    assert!((2..=3).contains(&rebooted), "{rebooted} were rebooted");
    assert_eq!((report.end, report.done), (RunEnd::Interrupted, rebooted));
    assert_eq!(report.skipped.len(), 12 - rebooted);
    assert_eq!(rdpctl_words::english(&report.skipped[0].why), "interrupted");
}

#[tokio::test(start_paused = true)]
async fn the_first_of_so_many_failures_as_are_allowed_stops_a_wave() {
    let all = names("kiosks/ins-", 12);
    let (world, estate) = (world(&all), estate(&all, Share::Count(1)));
    for machine in ["ins-0", "ins-1", "ins-10"] {
        world.at(machine, |machine| machine.fails = Some("no".to_owned())).expect("it is there");
    }
    let mut place = Place::of(&world);
    place.options.max_failures = Share::Count(1);
    let plan = plan(&estate, vec![difference(&all, "many", &REBOOT)], place.hands.clock.now());
    let report = place.run(&estate, plan, |_| {}).await;
    assert_eq!(report.machines_failed, 1);
    assert_eq!(world.deeds().into_iter().filter(disrupts).count(), 1);
    assert_eq!(report.skipped.len(), 11);
    assert_eq!(
        rdpctl_words::english(&report.skipped[0].why),
        "1 machine failed, which is the limit (--max-failures)"
    );
}

#[tokio::test(start_paused = true)]
async fn one_cause_that_stops_five_steps_of_a_machine_is_one_failure() {
    let all = names("web-", 2);
    let silent = Machine::running("web-1", [127, 64, 0, 9].into()).silent(ChannelKind::RunCommand);
    let (world, estate) = (world(&all).with(silent), estate(&all, Share::Count(1)));
    let place = Place::of(&world);
    let actions = [set("a"), set("b"), set("c"), set("d"), GuestAction::Reboot];
    let told = Arc::new(Mutex::new(0));
    let count = Arc::clone(&told);
    let plan = plan(&estate, vec![difference(&all, "many", &actions)], place.hands.clock.now());
    let report = place
        .run(&estate, plan, move |event| {
            if let Event::Failed { .. } = event {
                *count.lock().expect("a count") += 1;
            }
        })
        .await;
    assert_eq!((report.done, report.failed.len(), report.machines_failed), (5, 1, 1));
    assert_eq!(report.skipped.len(), 4);
    assert!(
        rdpctl_words::english(&report.skipped[0].why)
            .starts_with("a step before it failed: cannot reach web-1")
    );
    assert_eq!(*told.lock().expect("a count"), 1);
}

#[tokio::test(start_paused = true)]
async fn each_machine_of_a_wave_is_journaled_when_it_is_done() {
    let all = names("kiosks/ins-", 4);
    let (world, estate) = (world(&all), estate(&all, Share::Count(1)));
    let place = Place::of(&world);
    let plan = plan(&estate, vec![difference(&all, "many", &REBOOT)], place.hands.clock.now());
    let report = place.run(&estate, plan, |_| {}).await;
    let journal = place.store.run(&report.run).await.expect("a state").expect("a run").journal;
    let mut done: Vec<_> = journal
        .iter()
        .filter(|entry| matches!(entry.event, StepEvent::Done { .. }))
        .map(|entry| entry.at)
        .collect();
    done.dedup();
    assert_eq!(done.len(), 4);
    assert!(done.is_sorted());
}
