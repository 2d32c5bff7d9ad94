//! Runs and their journals.

use rdpctl_model::outcome::{Growth, JournalEntry, JournalSubject, Receipt, RunEnd, StepEvent};
use rdpctl_model::plan::Budget;
use rdpctl_model::{ProviderName, ResourceId, RunId, Said, StepNumber};

use super::samples::{acquire, at, claim, done, entry, intent, name, plan, run};
use crate::store::{Author, Lease, LeaseName, Made, Recorded, Store, StoreError, Token};

/// Takes the run lease away from whoever holds it.
async fn take_over<S: Lease + ?Sized>(store: &S) -> Token {
    let judged = store.holder(&LeaseName::run()).await.unwrap();
    store.acquire(&LeaseName::run(), &claim("ben", 120), judged.as_ref()).await.unwrap()
}

/// Nothing done, nothing known.
pub async fn a_fresh_store_knows_no_run(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    assert_eq!(store.unfinished(&token).await.unwrap(), []);
    assert_eq!(store.runs(10).await.unwrap(), []);
    assert_eq!(store.run(&RunId::new("r1")).await.unwrap(), None);
    assert_eq!(store.history(&name("web-01"), 10).await.unwrap(), []);
    assert_eq!(store.created().await.unwrap(), []);
}

/// The plan is there before anything is done.
pub async fn a_run_keeps_its_plan_and_journal_and_how_it_ended(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    let (record, plan) = (run("r1", &token), plan());
    store.begin(&record, &plan).await.unwrap();
    store.journal(&token, &record.id, &[intent(0, "web-01")]).await.unwrap();
    let journal = vec![intent(0, "web-01")];
    let open = Recorded { record: record.clone(), plan, journal };
    assert_eq!(store.run(&record.id).await.unwrap(), Some(open));

    let cost = Budget { api_calls: 3, ..Budget::default() };
    let at = at("2026-11-22T01:05:00Z");
    store.end(&token, &record.id, at, RunEnd::Partial, &cost).await.unwrap();
    let ended = store.run(&record.id).await.unwrap().unwrap().record;
    assert_eq!((ended.ended, ended.end), (Some(at), Some(RunEnd::Partial)));
    assert_eq!((ended.cost, ended.began, ended.token), (cost, record.began, token));
}

/// However it was lost, and in the same transaction: nothing of it is there afterwards.
pub async fn who_lost_its_lease_writes_nothing_at_all(store: &dyn Store) {
    let lost = acquire(store, "ana").await;
    let record = run("r1", &lost);
    store.begin(&record, &plan()).await.unwrap();
    let current = take_over(store).await;
    let created = rdpctl_model::outcome::Created {
        kind: rdpctl_model::outcome::CreatedKind::Address,
        provider: ProviderName::new("gz"),
        id: ResourceId::new("eip-1"),
    };
    let receipt = Receipt { created: Some(created.clone()), ..Receipt::default() };
    let made = Made {
        subject: JournalSubject::Instance(name("web-01")),
        created: created.clone(),
        at: record.began,
    };
    let growth = Growth {
        by: StepNumber::first_level(1),
        groups: Vec::new(),
        steps: plan().steps,
        security: Vec::new(),
    };
    let cost = Budget::default();
    let refused = async |token: &Token| {
        let attempts = [
            store.begin(&run("r2", token), &plan()).await,
            store.extend(token, &record.id, &growth, record.began).await,
            store.journal(token, &record.id, &[done(0, "web-01", receipt.clone())]).await,
            store.end(token, &record.id, record.began, RunEnd::Done, &cost).await,
            store.enter(&Author::Run(token.clone()), &made).await,
            store.released(&Author::Run(token.clone()), &created).await,
        ];
        for attempt in attempts {
            assert!(matches!(attempt, Err(StoreError::LeaseLost)), "{token}: {attempt:?}");
        }
    };
    refused(&lost).await;
    store.release(&current).await.unwrap();
    // Given back and taken by nobody: it is still not ours.
    refused(&current).await;
    refused(&lost).await;
    assert_eq!(store.runs(10).await.unwrap(), [record]);
    assert_eq!(store.created().await.unwrap(), []);
    let there = store.run(&RunId::new("r1")).await.unwrap().unwrap();
    assert_eq!((there.journal, there.plan), (Vec::new(), plan()));
}

/// What runs under the same number, or under another lease, is alive for all that anybody knows.
pub async fn a_run_is_unfinished_only_once_another_holds_its_lease(store: &dyn Store) {
    let ids = |runs: Vec<Recorded>| -> Vec<String> {
        runs.into_iter().map(|run| run.record.id.to_string()).collect()
    };
    let first = acquire(store, "ana").await;
    let other = LeaseName::run_for("slot-3");
    let beside = store.acquire(&other, &claim("cem", 100), None).await.unwrap();
    for (id, token) in [("r1", &first), ("r2", &first), ("elsewhere", &beside)] {
        store.begin(&run(id, token), &plan()).await.unwrap();
    }
    // Two of one process, and one beside: none is over.
    assert_eq!(ids(store.unfinished(&first).await.unwrap()), [""; 0]);
    assert_eq!(ids(store.unfinished(&beside).await.unwrap()), [""; 0]);
    let cost = Budget::default();
    store
        .end(&first, &RunId::new("r2"), at("2026-11-22T01:05:00Z"), RunEnd::Done, &cost)
        .await
        .unwrap();
    let second = take_over(store).await;
    store.begin(&run("r3", &second), &plan()).await.unwrap();
    assert_eq!(ids(store.unfinished(&second).await.unwrap()), ["r1"]);
    let end = at("2026-11-22T01:06:00Z");
    store.end(&second, &RunId::new("r1"), end, RunEnd::Interrupted, &cost).await.unwrap();
    assert_eq!(ids(store.unfinished(&second).await.unwrap()), [""; 0]);
    store.journal(&beside, &RunId::new("elsewhere"), &[intent(0, "web-09")]).await.unwrap();
}

/// So that whoever reads the journal later can name the steps in it.
pub async fn what_an_observation_revealed_is_part_of_the_plan(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    store.begin(&run("r1", &token), &plan()).await.unwrap();
    let mut whole = plan();
    for round in 0..2 {
        let mut added = plan();
        added.steps[0].step.why = Said::quoted(format!("revealed in round {round}"));
        let growth = Growth {
            by: StepNumber::first_level(1),
            groups: added.groups,
            steps: added.steps,
            security: added.security,
        };
        store.extend(&token, &RunId::new("r1"), &growth, at("2026-11-22T01:00:02Z")).await.unwrap();
        growth.add_to(&mut whole);
    }
    assert_eq!(whole.steps.len(), 3);
    assert_eq!(store.run(&RunId::new("r1")).await.unwrap().unwrap().plan, whole);
}

/// Whatever the steps and the subjects.
pub async fn the_journal_keeps_the_order_of_appends(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    store.begin(&run("r1", &token), &plan()).await.unwrap();
    let id = RunId::new("r1");
    let failed = StepEvent::Failed {
        why: Said::quoted("no such instance"),
        advice: Said::quoted("check the id"),
        logon: None,
    };
    let entries: Vec<JournalEntry> = vec![
        intent(1, "web-01"),
        intent(0, "web-02"),
        done(0, "web-02", Receipt { note: Said::quoted("req-1"), ..Receipt::default() }),
        entry(1, "web-01", failed),
        entry(2, "web-01", StepEvent::Skipped { why: Said::quoted("its need failed") }),
    ];
    store.journal(&token, &id, &entries[..2]).await.unwrap();
    store.journal(&token, &id, &[]).await.unwrap();
    store.journal(&token, &id, &entries[2..]).await.unwrap();
    assert_eq!(store.run(&id).await.unwrap().unwrap().journal, entries);
}

/// A plan that was not saved is not executed.
pub async fn a_journal_needs_its_run(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    let (id, cost) = (RunId::new("r1"), Budget::default());
    let refused = store.journal(&token, &id, &[intent(0, "web-01")]).await;
    assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
    let refused = store.end(&token, &id, at("2026-11-22T01:05:00Z"), RunEnd::Done, &cost).await;
    assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
    assert_eq!(store.run(&id).await.unwrap(), None);
}

/// The last comes first.
pub async fn runs_and_history_are_newest_first_and_limited(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    for id in ["r1", "r2", "r3"] {
        store.begin(&run(id, &token), &plan()).await.unwrap();
        let entries = [intent(0, "web-01"), intent(1, "web-01"), intent(0, "other")];
        store.journal(&token, &RunId::new(id), &entries).await.unwrap();
    }
    let runs = store.runs(2).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["r3", "r2"]);
    let history = store.history(&name("web-01"), 3).await.unwrap();
    let told: Vec<String> =
        history.iter().map(|(run, entry)| format!("{run} {}", entry.step)).collect();
    assert_eq!(told, ["r3 2", "r3 1", "r2 2"]);
    // The oldest that is open comes first: it is the one that others may have been built upon.
    let open = store.unfinished(&take_over(store).await).await.unwrap();
    assert_eq!(open[0].record.id.as_str(), "r1");
}

/// A subject is typed; its text alone says nothing.
pub async fn history_is_of_instances_and_not_of_objects_of_the_same_name(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    store.begin(&run("r1", &token), &plan()).await.unwrap();
    let mut shared = intent(0, "twin");
    shared.subject = JournalSubject::Shared {
        provider: ProviderName::new("gz"),
        object: ResourceId::new("twin"),
    };
    let entries = [shared, intent(1, "twin")];
    store.journal(&token, &RunId::new("r1"), &entries).await.unwrap();
    let history = store.history(&name("twin"), 9).await.unwrap();
    assert_eq!(history, [(RunId::new("r1"), intent(1, "twin"))]);
    assert_eq!(store.run(&RunId::new("r1")).await.unwrap().unwrap().journal, entries);
}

/// One bad append fails alone.
pub async fn appends_side_by_side_are_all_kept(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    store.begin(&run("r1", &token), &plan()).await.unwrap();
    let id = RunId::new("r1");
    let (known, unknown) = ([intent(0, "web-01")], [intent(0, "web-02")]);
    let strange = RunId::new("r2");
    let lost = Token { epoch: token.epoch + 1, ..token.clone() };
    let (first, second, refused, stale, third) = tokio::join!(
        store.journal(&token, &id, &known),
        store.journal(&token, &id, &known),
        store.journal(&token, &strange, &unknown),
        store.journal(&lost, &id, &unknown),
        store.journal(&token, &id, &known),
    );
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
    assert!(matches!(stale, Err(StoreError::LeaseLost)), "{stale:?}");
    assert_eq!(store.run(&id).await.unwrap().unwrap().journal.len(), 3);
}
