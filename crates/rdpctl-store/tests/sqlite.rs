//! The `SQLite` store does what every store must.

use rdpctl_contract::conformance;
use rdpctl_store::Database;

#[tokio::test]
async fn sqlite_plays_every_role_of_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    conformance::store::prove(|| {
        number += 1;
        Database::open(folder.path().join(format!("{number}.db"))).unwrap()
    })
    .await;
}
