//! Proves the Postgres store against a server that is there: what every store must do, what two connections may not do
//! to each other, documents in and out, and what somebody changed behind our back. Prints how long things take.
//!
//! `prove_postgres URL`: the database is filled with schemas of its own names. `.ci/witness/postgres` starts a server.

#![expect(clippy::unwrap_used, reason = "what fails here fails as a test would")]
#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::time::{Duration, Instant};

use rdpctl_contract::conformance;
use rdpctl_contract::conformance::store::samples::{self, claim, done, entry, intent};
use rdpctl_contract::store::{Lease as _, LeaseName, Memory as _, Runs as _, StoreError, Token};
use rdpctl_model::outcome::{Receipt, StepEvent};
use rdpctl_model::{RunId, SourceKey};
use rdpctl_store::{Database, Document, Location, Replace, Verified};
use tokio::runtime::Handle;

fn main() {
    let url = std::env::args().nth(1).expect("the URL of a database");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut number = 0;
        conformance::store::prove(|| {
            number += 1;
            let location = in_schema(&url, &format!("conformance_{number}"));
            let opened = async { Database::open_at(&location).await.unwrap() };
            tokio::task::block_in_place(|| Handle::current().block_on(opened))
        })
        .await;
        println!("it plays every role of a store, in {number} schemas");
        a_new_schema_is_made_once_by_many(&url).await;
        whoever_reads_makes_nothing(&url).await;
        two_connections_write_one_chain(&url).await;
        who_lost_the_lease_over_there_writes_nothing_here(&url).await;
        documents_go_out_and_in(&url).await;
        what_somebody_changes_is_found(&url).await;
        others_tables_are_left_alone(&url).await;
        how_long_a_step_takes(&url).await;
        how_long_a_hundred_thousand_take(&url).await;
    });
}

fn in_schema(url: &str, schema: &str) -> Location {
    let sign = if url.contains('?') { '&' } else { '?' };
    Location::parse(&format!("{url}{sign}schema={schema}")).unwrap()
}

async fn raw(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

async fn a_new_schema_is_made_once_by_many(url: &str) {
    let location = in_schema(url, "together");
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let location = location.clone();
        opening.spawn(async move {
            let store = Database::open_at(&location).await.unwrap();
            store.identity().await.unwrap()
        });
    }
    let mut all = opening.join_all().await;
    all.dedup();
    assert_eq!(all.len(), 1, "one lineage: {all:?}");
    println!("eight who open one new schema at once find one state");
}

async fn whoever_reads_makes_nothing(url: &str) {
    let location = in_schema(url, "nowhere");
    for _ in 0..2 {
        assert!(!Database::is_there(&location).await.unwrap());
        let store = Database::open_at_read_only(&location).await.unwrap();
        assert_eq!(store.runs(1).await.unwrap(), []);
    }
    drop(Database::open_at(&location).await.unwrap());
    assert!(Database::is_there(&location).await.unwrap());
    let store = Database::open_at_read_only(&location).await.unwrap();
    let refused = store.acquire(&LeaseName::run(), &claim("ana", 1), None).await;
    assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
    println!("whoever only reads makes nothing and can change nothing");
}

async fn begun(store: &Database, lease: &LeaseName, run: &str) -> Token {
    let token = store.acquire(lease, &claim(run, 100), None).await.unwrap();
    store.begin(&samples::run(run, &token), &samples::plan()).await.unwrap();
    token
}

async fn two_connections_write_one_chain(url: &str) {
    const EACH: u32 = 100;
    let location = in_schema(url, "chain");
    let mut writing = tokio::task::JoinSet::new();
    for (run, lease) in [("one", LeaseName::run()), ("two", LeaseName::run_for("slot-2"))] {
        let store = Database::open_at(&location).await.unwrap();
        let token = begun(&store, &lease, run).await;
        writing.spawn(async move {
            for step in 0..EACH {
                let receipt =
                    Receipt { note: rdpctl_model::Said::quoted(run), ..Receipt::default() };
                let entries = [intent(step, run), done(step, run, receipt)];
                store.journal(&token, &RunId::new(run), &entries).await.unwrap();
            }
        });
    }
    writing.join_all().await;
    let store = Database::open_at_read_only(&location).await.unwrap();
    let verified = store.verify(None).await.unwrap();
    assert!(
        matches!(verified, Verified::Whole { lines, .. } if lines == u64::from(2 + 4 * EACH)),
        "{verified:?}"
    );
    println!("two connections side by side write one chain");
}

async fn who_lost_the_lease_over_there_writes_nothing_here(url: &str) {
    let location = in_schema(url, "fence");
    let here = Database::open_at(&location).await.unwrap();
    let there = Database::open_at(&location).await.unwrap();
    let token = begun(&here, &LeaseName::run(), "r1").await;
    let holding = there.holder(&LeaseName::run()).await.unwrap();
    there.acquire(&LeaseName::run(), &claim("ben", 200), holding.as_ref()).await.unwrap();
    let lost = here.journal(&token, &RunId::new("r1"), &[intent(0, "web-01")]).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let lost = here.renew(&token, samples::moment(300)).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    println!("who lost its lease to another connection writes nothing");
}

async fn documents_go_out_and_in(url: &str) {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../../state/golden/v1/export.json");
    let document = Document::parse(&std::fs::read(golden).unwrap()).unwrap();
    let store = Database::open_at(&in_schema(url, "golden")).await.unwrap();
    store.import(document.clone(), Replace::OnlyByNewer).await.unwrap();
    assert_eq!(store.export().await.unwrap(), document);
    let folder = tempfile::tempdir().unwrap();
    let file = Database::open(folder.path().join("state.db")).unwrap();
    file.import(store.export().await.unwrap(), Replace::OnlyByNewer).await.unwrap();
    assert_eq!(file.export().await.unwrap(), document);
    println!("a document goes into Postgres, from there into SQLite, and is the same");
}

async fn what_somebody_changes_is_found(url: &str) {
    let location = in_schema(url, "changed");
    let store = Database::open_at(&location).await.unwrap();
    let token = begun(&store, &LeaseName::run(), "r1").await;
    let said =
        |why: &str| entry(0, "web-01", StepEvent::Skipped { why: rdpctl_model::Said::quoted(why) });
    store.journal(&token, &RunId::new("r1"), &[said("first"), said("second")]).await.unwrap();
    let Verified::Whole { head, lines: 3 } = store.verify(None).await.unwrap() else {
        panic!("three lines");
    };
    let again = store.verify(Some(&head)).await.unwrap();
    assert!(matches!(again, Verified::Whole { .. }), "{again:?}");
    let sql = "UPDATE changed.journal SET event = replace(event, 'second', 'third')
               WHERE seq = (SELECT max(seq) FROM changed.journal)";
    raw(url, sql).await;
    let found = store.verify(None).await.unwrap();
    assert!(matches!(&found, Verified::Changed { what } if what.contains("line 3")), "{found:?}");
    println!("what somebody changes in the journal is found");
}

async fn others_tables_are_left_alone(url: &str) {
    raw(url, "CREATE SCHEMA songs; CREATE TABLE songs.state (title text)").await;
    let refused = Database::open_at(&in_schema(url, "songs")).await.map(drop).unwrap_err();
    assert!(refused.to_string().contains("another program's tables"), "{refused}");
    raw(url, "UPDATE together.format SET number = 99").await;
    let newer = Database::open_at(&in_schema(url, "together")).await.map(drop).unwrap_err();
    assert!(matches!(newer, StoreError::Newer { found: 99, .. }), "{newer:?}");
    println!("others' tables and newer formats are refused");
}

async fn how_long_a_step_takes(url: &str) {
    let store = Database::open_at(&in_schema(url, "steps")).await.unwrap();
    let token = begun(&store, &LeaseName::run(), "r1").await;
    let mut spans = [const { Vec::<Duration>::new() }; 2];
    for step in 0..200 {
        let precious = StepEvent::Intent { token: "once".to_owned() };
        for (spans, event) in
            spans.iter_mut().zip([StepEvent::Intent { token: String::new() }, precious])
        {
            let began = Instant::now();
            let entries = [entry(step, "web-01", event)];
            store.journal(&token, &RunId::new("r1"), &entries).await.unwrap();
            spans.push(began.elapsed());
        }
    }
    for (spans, kind) in spans.iter_mut().zip(["that can be surveyed again", "that must last"]) {
        spans.sort();
        println!(
            "a step {kind} is journaled in {:.2} ms (median of 200, ninth tenth {:.2})",
            spans[100].as_secs_f64() * 1e3,
            spans[180].as_secs_f64() * 1e3
        );
    }
}

async fn how_long_a_hundred_thousand_take(url: &str) {
    let store = Database::open_at(&in_schema(url, "many")).await.unwrap();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../../state/golden/v1/export.json");
    let mut document = Document::parse(&std::fs::read(golden).unwrap()).unwrap();
    let mut source = document.sources.first().unwrap().clone();
    let seen = source.instances.first().unwrap().clone();
    source.of = SourceKey::fleet("many".into(), "1");
    source.instances = (0..100_000)
        .map(|number| {
            let mut one = seen.clone();
            one.id = format!("ins-{number:08}");
            one
        })
        .collect();
    document.sources.push(source);
    document.serial += 1;
    store.import(document, Replace::ByAny).await.unwrap();
    let began = Instant::now();
    let facts = store.facts().await.unwrap();
    assert!(facts.len() >= 100_000);
    println!(
        "{} instances are loaded in {:.0} ms",
        facts.len(),
        began.elapsed().as_secs_f64() * 1e3
    );
}
