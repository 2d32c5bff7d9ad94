//! A document replaces a state only where nothing is lost by it, unless forced.

use std::collections::BTreeMap;

use rdpctl_contract::conformance::store::samples;
use rdpctl_contract::store::{Author, Lease as _, Memory as _, Runs as _};
use rdpctl_model::{FacetId, Gap, InstanceName, Survey};
use rdpctl_store::document::{Seen, Source};
use rdpctl_store::{Database, Document, ImportError, Replace};
use tempfile::TempDir;

/// A state of its own with something in it.
async fn state(folder: &TempDir, name: &str) -> Database {
    let store = Database::open(folder.path().join(name)).expect("a new state");
    let mut survey = Survey::unseen("2026-11-22T01:00:00Z".parse().expect("a time"));
    survey.guest = Err(Gap::NotRunning);
    store
        .save_evidence(&Author::Looker, vec![(InstanceName::new(name), samples::pressed(&survey))])
        .await
        .expect("room");
    store
}

async fn document(store: &Database) -> Document {
    store.export().await.expect("an export")
}

#[tokio::test]
async fn a_newer_document_of_the_same_state_replaces_it_with_lineage_and_serial() {
    let folder = tempfile::tempdir().unwrap();
    let store = state(&folder, "a").await;
    let mut newer = document(&store).await;
    newer.serial += 5;
    newer.evidence.clear();
    store.import(newer.clone(), Replace::OnlyByNewer).await.unwrap();
    assert_eq!(document(&store).await, newer);
    assert_eq!(store.identity().await.unwrap(), (newer.lineage, 6));
}

#[tokio::test]
async fn an_untouched_state_takes_any_document() {
    let folder = tempfile::tempdir().unwrap();
    let given = document(&state(&folder, "a").await).await;
    let fresh = Database::open(folder.path().join("b")).unwrap();
    fresh.import(given.clone(), Replace::OnlyByNewer).await.unwrap();
    assert_eq!(document(&fresh).await, given);
}

#[tokio::test]
async fn an_older_a_foreign_and_an_equally_old_document_are_refused_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = state(&folder, "a").await;
    let before = document(&store).await;

    let foreign = document(&state(&folder, "b").await).await;
    let refused = store.import(foreign.clone(), Replace::OnlyByNewer).await.unwrap_err();
    assert!(
        matches!(&refused, ImportError::Lineage { theirs, .. } if *theirs == foreign.lineage),
        "{refused}"
    );

    store.import(before.clone(), Replace::OnlyByNewer).await.unwrap();
    let mut differs = before.clone();
    differs.evidence.clear();
    let refused = store.import(differs, Replace::OnlyByNewer).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the document has the state's serial 1 but says something else"
    );

    store.forget(&Author::Looker, &[InstanceName::new("a")]).await.unwrap();
    let moved = document(&store).await;
    let refused = store.import(before, Replace::OnlyByNewer).await.unwrap_err();
    assert_eq!(refused.to_string(), "the document is older than the state (serial 1, here 2)");
    assert_eq!(document(&store).await, moved);

    store.import(foreign.clone(), Replace::ByAny).await.unwrap();
    assert_eq!(document(&store).await, foreign);
}

#[tokio::test]
async fn a_document_with_a_slot_that_no_dictionary_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = state(&folder, "a").await;
    let mut dangling = document(&store).await;
    let slots = [(FacetId::Nla, 3)].into();
    let seen = Seen {
        id: "ins-1".to_owned(),
        name: String::new(),
        answered: BTreeMap::new(),
        failed: BTreeMap::new(),
        stale: Vec::new(),
        slots,
        ground: None,
    };
    dangling.sources.push(Source { of: samples::one("a"), provider: None, instances: vec![seen] });
    let refused = store.import(dangling, Replace::ByAny).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "ins-1 refers to observation 3 of nla, which the document does not have"
    );
}

#[tokio::test]
async fn a_document_whose_journal_was_changed_is_refused_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let store = state(&folder, "a").await;
    let token = samples::acquire(&store, "ana").await;
    store.begin(&samples::run("r1", &token), &samples::plan()).await.unwrap();
    let entries = [samples::intent(0, "web-01"), samples::intent(0, "web-02")];
    store.journal(&token, &"r1".into(), &entries).await.unwrap();

    let mut changed = document(&store).await;
    changed.serial += 1;
    changed.journal.remove(1);
    let other = Database::open(folder.path().join("b")).unwrap();
    let refused = other.import(changed.clone(), Replace::OnlyByNewer).await.unwrap_err();
    assert!(refused.to_string().contains("the journal of the document was changed"), "{refused}");
    assert_eq!(document(&other).await.runs, []);
    other.import(changed.clone(), Replace::ByAny).await.unwrap();
    assert_eq!(document(&other).await.journal, changed.journal);

    changed.journal.remove(0);
    let refused = other.import(changed, Replace::ByAny).await.unwrap_err();
    assert!(refused.to_string().contains("does not fit its runs"), "{refused}");
}

#[tokio::test]
async fn leases_stay_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let store = state(&folder, "a").await;
    let token = samples::acquire(&store, "ana").await;
    let foreign = document(&state(&folder, "b").await).await;
    store.import(foreign, Replace::ByAny).await.unwrap();
    store.release(&token).await.unwrap();
}
