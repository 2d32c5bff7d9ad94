//! Runs, their journals, and what they made.

use rdpctl_contract::store::{Store, StoreError};
use rdpctl_model::outcome::{Created, CreatedKind, JournalEntry, Receipt, RunEnd, StepEvent};
use rdpctl_model::plan::Budget;
use rdpctl_model::{ProviderName, ResourceId, RunId};

use super::samples::{at, done, entry, intent, name, plan, run};

pub(crate) async fn a_run_is_unfinished_until_it_ends(store: &dyn Store) {
    let (record, plan) = (run("r1"), plan());
    store.begin_run(&record, &plan).await.unwrap();
    store.journal(&record.id, &[intent(0, "web-01")]).await.unwrap();
    let open = store.unfinished().await.unwrap().unwrap();
    assert_eq!(open, (record.clone(), plan.clone(), vec![intent(0, "web-01")]));

    let cost = Budget { api_calls: 3, ..Budget::default() };
    store.end_run(&record.id, at("2026-11-22T01:05:00Z"), RunEnd::Partial, &cost).await.unwrap();
    assert_eq!(store.unfinished().await.unwrap(), None);
    let (ended, ..) = store.run(&record.id).await.unwrap().unwrap();
    assert_eq!((ended.ended, ended.end), (Some(at("2026-11-22T01:05:00Z")), Some(RunEnd::Partial)));
    assert_eq!((ended.cost, ended.began), (cost, record.began));
}

pub(crate) async fn the_journal_keeps_the_order_of_appends(store: &dyn Store) {
    store.begin_run(&run("r1"), &plan()).await.unwrap();
    let id = RunId::new("r1");
    let failed =
        StepEvent::Failed { why: "no such instance".to_owned(), advice: "check the id".to_owned() };
    let entries: Vec<JournalEntry> = vec![
        intent(1, "web-01"),
        intent(0, "web-02"),
        done(0, "web-02", Receipt { note: "req-1".to_owned(), ..Receipt::default() }),
        entry(1, "web-01", failed),
        entry(2, "web-01", StepEvent::Skipped { why: "its need failed".to_owned() }),
    ];
    store.journal(&id, &entries[..2]).await.unwrap();
    store.journal(&id, &[]).await.unwrap();
    store.journal(&id, &entries[2..]).await.unwrap();
    assert_eq!(store.run(&id).await.unwrap().unwrap().2, entries);
}

pub(crate) async fn a_journal_needs_its_run(store: &dyn Store) {
    let refused = store.journal(&RunId::new("r1"), &[intent(0, "web-01")]).await;
    assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
    let refused = store
        .end_run(&RunId::new("r1"), at("2026-11-22T01:05:00Z"), RunEnd::Done, &Budget::default())
        .await;
    assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
    assert_eq!(store.run(&RunId::new("r1")).await.unwrap(), None);
}

pub(crate) async fn what_receipts_say_was_made_is_ours_until_it_is_released(store: &dyn Store) {
    let made =
        |kind, id| Created { kind, provider: ProviderName::new("gz"), id: ResourceId::new(id) };
    let receipt = |created| Receipt { created: Some(created), ..Receipt::default() };
    store.begin_run(&run("r1"), &plan()).await.unwrap();
    let (address, rule) =
        (made(CreatedKind::Address, "eip-1"), made(CreatedKind::Rule, "sg-1/3389"));
    let entries =
        [done(0, "web-01", receipt(address.clone())), done(1, "web-02", receipt(rule.clone()))];
    store.journal(&RunId::new("r1"), &entries).await.unwrap();
    // Told twice, as after a resume: still one object.
    store.journal(&RunId::new("r1"), &entries[..1]).await.unwrap();
    let when = at("2026-11-22T01:00:01.5Z");
    assert_eq!(
        store.created().await.unwrap(),
        [(name("web-01"), address.clone(), when), (name("web-02"), rule.clone(), when)]
    );
    store.forget(&[name("web-01")]).await.unwrap();
    store.released(&rule).await.unwrap();
    assert_eq!(store.created().await.unwrap(), [(name("web-01"), address, when)]);
}

pub(crate) async fn runs_and_history_are_newest_first_and_limited(store: &dyn Store) {
    for id in ["r1", "r2", "r3"] {
        store.begin_run(&run(id), &plan()).await.unwrap();
        store
            .journal(
                &RunId::new(id),
                &[intent(0, "web-01"), intent(1, "web-01"), intent(0, "other")],
            )
            .await
            .unwrap();
    }
    let runs = store.runs(2).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["r3", "r2"]);
    let history = store.history(&name("web-01"), 3).await.unwrap();
    let told: Vec<String> =
        history.iter().map(|(run, entry)| format!("{run} {}", entry.step.0)).collect();
    assert_eq!(told, ["r3 1", "r3 0", "r2 1"]);
    // The oldest that is open comes first: it is the one that others may have been built upon.
    assert_eq!(store.unfinished().await.unwrap().unwrap().0.id.as_str(), "r1");
}

pub(crate) async fn appends_side_by_side_are_all_kept(store: &dyn Store) {
    store.begin_run(&run("r1"), &plan()).await.unwrap();
    let id = RunId::new("r1");
    let (known, unknown) = ([intent(0, "web-01")], [intent(0, "web-02")]);
    let strange = RunId::new("r2");
    let appends = (
        store.journal(&id, &known),
        store.journal(&id, &known),
        store.journal(&strange, &unknown),
        store.journal(&id, &known),
    );
    let (first, second, refused, third) = tokio::join!(appends.0, appends.1, appends.2, appends.3);
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert!(
        matches!(refused, Err(StoreError::Write { .. })),
        "one bad append fails alone: {refused:?}"
    );
    assert_eq!(store.run(&id).await.unwrap().unwrap().2.len(), 3);
}
