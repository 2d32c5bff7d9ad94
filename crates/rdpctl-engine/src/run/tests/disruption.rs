//! How many are disrupted at once, whatever the groups, and when nobody may be.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rdpctl_contract::fake::{World, most_at_once};
use rdpctl_model::GuestAction;
use rdpctl_model::declaration::{MaintenanceWindow, Share};
use rdpctl_model::outcome::RunEnd;

use super::estate::{
    PACE, Place, RESTART, difference, disrupts, estate, id, names, plan, set, world,
};
use crate::estate::Estate;

fn now(world: &World) -> jiff::Timestamp {
    rdpctl_contract::Clock::now(&world.clock())
}

/// A plan in which machine after machine has a difference of its own, or one that it shares.
fn planned(estate: &Estate, world: &World, kinds: &[(String, u8, u8)]) -> rdpctl_model::Plan {
    let mut alike: BTreeMap<(u8, u8), Vec<String>> = BTreeMap::new();
    for (name, what, variant) in kinds {
        alike.entry((*what, *variant)).or_default().push(name.clone());
    }
    let assessed = alike.into_iter().map(|((what, variant), members)| {
        let value = set(&format!("value-{variant}"));
        let actions = match what % 3 {
            0 => vec![value, GuestAction::Reboot],
            1 => vec![value, RESTART],
            _ => vec![value],
        };
        difference(&members, &format!("difference {what} {variant}"), &actions)
    });
    plan(estate, assessed.collect(), now(world))
}

/// The most machines of a crowd that were disrupted at one moment.
fn most_of(world: &World, crowd: &[String]) -> usize {
    let ids: Vec<_> = crowd.iter().map(|name| id(name)).collect();
    most_at_once(&world.deeds(), |deed| disrupts(deed) && ids.contains(&deed.machine))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn at_no_instant_are_more_than_max_disrupted_of_a_source_disrupted(
        declared in prop::collection::vec((any::<u8>(), 0_u8..4), 0..7),
        kiosks in prop::collection::vec((any::<u8>(), 0_u8..4), 1..9),
        limit in prop_oneof![(1_u32..4).prop_map(Share::Count), (1.0..60.0).prop_map(Share::Percent)],
        parallelism in 1_usize..6,
    ) {
        let (ones, fleet) = (names("web-", declared.len()), names("kiosks/ins-", kiosks.len()));
        let all: Vec<String> = ones.iter().chain(&fleet).cloned().collect();
        let kinds: Vec<(String, u8, u8)> = all
            .iter()
            .zip(declared.iter().chain(&kiosks))
            .map(|(name, (what, variant))| (name.clone(), *what, *variant))
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let (world, estate) = (world(&all), estate(&all, limit));
            let mut place = Place::of(&world);
            place.options.parallelism = parallelism;
            let report = place.run(&estate, planned(&estate, &world, &kinds), |_| {}).await;
            prop_assert_eq!(report.end, RunEnd::Done);
            prop_assert!(most_of(&world, &ones) <= limit.of(ones.len()));
            prop_assert!(most_of(&world, &fleet) <= limit.of(fleet.len()));
            Ok(())
        })?;
    }
}

#[tokio::test(start_paused = true)]
async fn two_runs_side_by_side_share_the_limit_of_a_fleet_and_count_their_own_cost() {
    let all = names("kiosks/ins-", 6);
    let (world, estate) = (world(&all), estate(&all, Share::Count(1)));
    let (one, mut other) = (Place::of(&world), Place::of(&world));
    other.options.disruption = one.options.disruption.clone();
    let reboot = |members: &[String], what: &str| {
        plan(&estate, vec![difference(members, what, &[GuestAction::Reboot])], now(&world))
    };
    let (first, second) = (reboot(&all[..4], "four"), reboot(&all[4..], "two"));
    let (first, second) =
        tokio::join!(one.run(&estate, first, |_| {}), other.run(&estate, second, |_| {}));
    assert_eq!((first.done, second.done), (4, 2));
    assert_eq!(most_of(&world, &all), 1);
    // Told and looked for, each once, and looked at in the end.
    assert_eq!((first.cost.guest_round_trips, second.cost.guest_round_trips), (8, 4));
}

#[tokio::test(start_paused = true)]
async fn what_did_not_begin_before_the_window_closed_waits_for_the_next() {
    let all = names("kiosks/ins-", 12);
    let (world, mut estate) = (world(&all), estate(&all, Share::Count(1)));
    // The world begins at 02:00; each reboot takes some tens of seconds.
    let window = MaintenanceWindow { days: vec![], start: 120, end: 122, zone: "UTC".to_owned() };
    estate.guards.windows = vec![window];
    let place = Place::of(&world);
    let reboots = vec![difference(&all, "many", &[set("calm"), GuestAction::Reboot])];
    let report = place.run(&estate, plan(&estate, reboots, now(&world)), |_| {}).await;
    let closes: jiff::Timestamp = "2026-11-28T02:02:00Z".parse().expect("a time");
    let begun: Vec<_> = world.deeds().into_iter().filter(disrupts).collect();
    assert!(!begun.is_empty() && begun.len() < 12, "{} began", begun.len());
    // What was begun inside the window is finished, even after it: one order may still be on its way.
    let latest = begun.iter().map(|deed| deed.began).max().expect("one");
    assert!(latest < closes + jiff::SignedDuration::try_from(PACE * 3).expect("a while"));
    assert_eq!(report.end, RunEnd::Partial);
    assert_eq!(report.skipped.len(), 2 * (12 - begun.len()));
    for skipped in &report.skipped {
        let why = rdpctl_words::english(&skipped.why);
        assert!(why.contains("opens Sun 29 Nov 02:00 UTC"), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_did_not_come_back_counts_as_disrupted_until_the_run_ends() {
    let all = names("kiosks/ins-", 3);
    let (world, estate) = (world(&all), estate(&all, Share::Count(1)));
    let marked = "rdpctl-boot".to_owned();
    world.at("ins-0", |machine| machine.guest.boot_nonce = Ok(Some(marked))).expect("it is there");
    let place = Place::of(&world);
    let reboots = vec![difference(&all, "many", &[GuestAction::Reboot])];
    let report = place.run(&estate, plan(&estate, reboots, now(&world)), |_| {}).await;
    assert_eq!(world.deeds().into_iter().filter(disrupts).count(), 1);
    assert_eq!(report.failed.len(), 1);
    assert_eq!(report.skipped.len(), 2);
    assert!(
        rdpctl_words::english(&report.skipped[0].why).contains("kiosks/ins-0 did not come back")
    );
}
