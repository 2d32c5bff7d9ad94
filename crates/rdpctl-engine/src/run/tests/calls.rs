//! Who shares a call with whom.

use rdpctl_model::declaration::Share;

use super::estate::{Place, difference, estate, names, plan, set, world};

#[tokio::test(start_paused = true)]
async fn machines_of_different_groups_share_a_round_trip_when_the_same_is_done_to_them() {
    let all = names("kiosks/ins-", 20);
    let (world, estate) = (world(&all), estate(&all, Share::Count(1)));
    let mut place = Place::of(&world);
    // One unit at a time: what begins together is together.
    place.options.parallelism = 1;
    let each = all.iter().enumerate().map(|(number, name)| {
        difference(std::slice::from_ref(name), &format!("difference {number}"), &[set("same")])
    });
    let plan = plan(&estate, each.collect(), place.hands.clock.now());
    assert_eq!(plan.groups.len(), 20);
    let report = place.run(&estate, plan, |_| {}).await;
    assert_eq!(report.done, 20);
    let mut begun: Vec<_> = world.deeds().iter().map(|deed| deed.began).collect();
    begun.dedup();
    assert_eq!(begun.len(), 1, "{begun:?}");
}
