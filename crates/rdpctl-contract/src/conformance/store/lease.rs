//! Leases. Time is what the callers say it is, and who is gone is theirs to judge.

use std::time::Duration;

use super::samples::{acquire, claim, moment};
use crate::store::{Lease, LeaseName, StoreError};

/// One holder at a time, and the refusal says who.
pub async fn a_lease_is_held_by_one_and_names_its_holder(store: &dyn Lease) {
    let lease = LeaseName::run();
    assert_eq!(store.holder(&lease).await.unwrap(), None);
    let token = acquire(store, "ana").await;
    let refused = store.acquire(&lease, &claim("ben", 130), None).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the state is locked by ana@desk (pid 42) for `apply` since 2026-11-22T01:00:00Z"
    );
    let holding = store.holder(&lease).await.unwrap().unwrap();
    assert_eq!((&holding.token, holding.renewals), (&token, 0));
    assert_eq!(holding.holder, claim("ana", 100).holder);
    assert_eq!((holding.renewed, holding.ttl), (moment(100), Duration::from_secs(15)));
    store.renew(&token, moment(105)).await.unwrap();
    let renewed = store.holder(&lease).await.unwrap().unwrap();
    assert_eq!((renewed.renewals, renewed.renewed), (1, moment(105)));
    store.release(&token).await.unwrap();
    assert_eq!(store.holder(&lease).await.unwrap(), None);
    assert_eq!(store.holders().await.unwrap(), []);
}

/// Compare and swap: a holder that renewed meanwhile lives.
pub async fn a_holder_is_replaced_only_as_it_was_when_it_was_judged(store: &dyn Lease) {
    let lease = LeaseName::run();
    let token = acquire(store, "ana").await;
    let judged = store.holder(&lease).await.unwrap().unwrap();
    store.renew(&token, moment(120)).await.unwrap();
    let refused = store.acquire(&lease, &claim("ben", 121), Some(&judged)).await;
    assert!(matches!(refused, Err(StoreError::Held { .. })), "{refused:?}");
    let judged = store.holder(&lease).await.unwrap().unwrap();
    let taken = store.acquire(&lease, &claim("ben", 140), Some(&judged)).await.unwrap();
    assert!(taken.epoch > token.epoch);
    // Judged once, replaced once: the second who judged the same comes too late.
    let late = store.acquire(&lease, &claim("cem", 140), Some(&judged)).await;
    assert!(
        matches!(&late, Err(StoreError::Held { holding }) if holding.holder.owner == "ben"),
        "{late:?}"
    );
}

/// Also where nobody held it between.
pub async fn numbers_only_grow_and_are_never_given_out_again(store: &dyn Lease) {
    let mut last = 0;
    for owner in ["ana", "ben", "ana"] {
        let token = acquire(store, owner).await;
        assert!(token.epoch > last);
        last = token.epoch;
        store.release(&token).await.unwrap();
    }
}

/// Whether it was taken over or given back.
pub async fn who_lost_a_lease_neither_renews_it_nor_gives_it_back(store: &dyn Lease) {
    let lost = acquire(store, "ana").await;
    let judged = store.holder(&LeaseName::run()).await.unwrap();
    let current =
        store.acquire(&LeaseName::run(), &claim("ben", 120), judged.as_ref()).await.unwrap();
    for attempt in [store.renew(&lost, moment(121)).await, store.release(&lost).await] {
        assert!(matches!(attempt, Err(StoreError::LeaseLost)), "{attempt:?}");
    }
    let holding = store.holder(&LeaseName::run()).await.unwrap().unwrap();
    assert_eq!((holding.token, holding.renewals), (current.clone(), 0));
    store.release(&current).await.unwrap();
    for attempt in [store.renew(&current, moment(122)).await, store.release(&current).await] {
        assert!(matches!(attempt, Err(StoreError::LeaseLost)), "{attempt:?}");
    }
}

/// A leader and a run, or the runs of two parts of an estate.
pub async fn leases_of_different_names_do_not_know_each_other(store: &dyn Lease) {
    let names = [LeaseName::leader(), LeaseName::run(), LeaseName::run_for("slot-3")];
    let mut tokens = Vec::new();
    for name in &names {
        tokens.push(store.acquire(name, &claim("ana", 100), None).await.unwrap());
    }
    let held: Vec<String> =
        store.holders().await.unwrap().iter().map(|held| held.token.lease.to_string()).collect();
    assert_eq!(held, ["leader", "run", "run/slot-3"]);
    store.release(&tokens[1]).await.unwrap();
    store.renew(&tokens[0], moment(105)).await.unwrap();
    store.renew(&tokens[2], moment(105)).await.unwrap();
}
