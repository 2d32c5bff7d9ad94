//! The lock that keeps two runs apart. Time is what the callers say it is.

use std::time::Duration;

use rdpctl_contract::store::{Store, StoreError};

use super::samples::{at, lock};

const MINUTE: Duration = Duration::from_mins(1);

pub(crate) async fn the_lock_is_held_by_one_and_names_its_holder(store: &dyn Store) {
    store.lock(&lock("a", "2026-11-22T01:00:00Z"), MINUTE).await.unwrap();
    let refused = store.lock(&lock("b", "2026-11-22T01:00:30Z"), MINUTE).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the state is locked by ana@desk (pid 42) for `apply` since 2026-11-22T01:00:00Z"
    );
    let holder = store.holder().await.unwrap().unwrap();
    assert_eq!((holder.id.as_str(), holder.expires), ("a", at("2026-11-22T01:01:00Z")));
    store.unlock("a").await.unwrap();
    assert_eq!(store.holder().await.unwrap(), None);
    store.lock(&lock("b", "2026-11-22T01:00:30Z"), MINUTE).await.unwrap();
}

pub(crate) async fn a_lock_lapses_only_after_its_time_and_renewal_moves_that(store: &dyn Store) {
    store.lock(&lock("a", "2026-11-22T01:00:00Z"), MINUTE).await.unwrap();
    store.renew("a", at("2026-11-22T01:00:50Z"), MINUTE).await.unwrap();
    let early = store.lock(&lock("b", "2026-11-22T01:01:49Z"), MINUTE).await;
    assert!(matches!(early, Err(StoreError::Locked { .. })), "{early:?}");
    store.lock(&lock("b", "2026-11-22T01:01:50Z"), MINUTE).await.unwrap();
    let holder = store.holder().await.unwrap().unwrap();
    assert_eq!((holder.id.as_str(), holder.renewed), ("b", at("2026-11-22T01:01:50Z")));
}

pub(crate) async fn a_lock_that_was_taken_away_cannot_be_renewed_or_given_back(store: &dyn Store) {
    store.lock(&lock("a", "2026-11-22T01:00:00Z"), MINUTE).await.unwrap();
    store.lock(&lock("b", "2026-11-22T02:00:00Z"), MINUTE).await.unwrap();
    let renewed = store.renew("a", at("2026-11-22T02:00:01Z"), MINUTE).await;
    assert!(matches!(renewed, Err(StoreError::LockLost)), "{renewed:?}");
    let given = store.unlock("a").await;
    assert!(matches!(given, Err(StoreError::LockLost)), "{given:?}");
    assert_eq!(store.holder().await.unwrap().unwrap().id, "b");
}
