//! The `SQLite` store does what every store must.

// Marked so that lints know the suite for what it is.
#[cfg(test)]
mod conformance;

use rdpctl_store::SqliteStore;

#[tokio::test]
async fn sqlite_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    conformance::prove(|| {
        count += 1;
        SqliteStore::open(folder.path().join(format!("{count}/state.db"))).unwrap()
    })
    .await;
}
