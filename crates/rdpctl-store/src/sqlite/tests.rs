//! Files that are new, old, newer, damaged, somebody else's or full.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdpctl_contract::conformance::store::samples::{self, pressed};
use rdpctl_contract::store::{
    Author, Lease as _, LeaseName, Memory as _, Recorded, Runs as _, StoreError, Token,
};
use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, CloudSurvey, Handles, PowerFact, PowerState,
};
use rdpctl_model::facts::{Change, Chunk, Facts, Known, Row, Which};
use rdpctl_model::outcome::{JournalEntry, StepEvent};
use rdpctl_model::rules::{Doors, RuleAction, RuleOrder, RuleSet, Stage};
use rdpctl_model::{Evidence, InstanceName, ResourceId, RunId, Survey};
use rusqlite::Connection;
use tempfile::TempDir;

use super::migrate::MIGRATIONS;
use crate::database::sql::Connection as Sql;
use crate::{Database, Verified};

/// As if the next release added a column.
const NEXT: &[&str] = &[MIGRATIONS[0], "ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT ''"];
/// As if the next release were broken.
const BROKEN: &[&str] =
    &[MIGRATIONS[0], "ALTER TABLE run ADD COLUMN note TEXT; DROP TABLE nowhere"];

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".rdpctl/state.db");
    (folder, path)
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

fn rows(count: usize) -> Chunk {
    let mut chunk = Chunk::new(samples::fleet("a"), None);
    for index in 0..count {
        chunk.push(Row { id: &format!("ins-{index}"), name: "", known: Known::default() });
    }
    chunk
}

async fn save(store: &Database, count: usize) -> Result<(), StoreError> {
    let changes = vec![Change::whole(rows(count), samples::LOOKED)];
    store.learn(&Author::Looker, Facts::default().update(changes, Which::New)).await
}

fn of(survey: Survey) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.take(survey);
    evidence
}

/// Begins `r1` under a lease of its own.
async fn begin(store: &Database) -> Token {
    let token = samples::acquire(store, "ana").await;
    store.begin(&samples::run("r1", &token), &samples::plan()).await.unwrap();
    token
}

fn entry(note: &str) -> JournalEntry {
    samples::entry(0, "web-01", StepEvent::Skipped { why: rdpctl_model::Said::quoted(note) })
}

async fn recorded(store: &Database) -> Result<Option<Recorded>, StoreError> {
    store.run(&RunId::new("r1")).await
}

#[tokio::test]
async fn a_new_file_says_whose_it_is_and_of_which_format() {
    let (_folder, path) = folder();
    drop(Database::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    let number =
        |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA application_id"), i64::from(u32::from_be_bytes(*b"rdpc")));
    assert_eq!(number("PRAGMA user_version"), 1);
    assert_eq!(names_in(path.parent().unwrap()), ["state.db"]);
}

#[tokio::test]
async fn an_older_file_is_copied_and_brought_forward_with_all_it_holds() {
    let (_folder, path) = folder();
    save(&Database::open(&path).unwrap(), 3).await.unwrap();
    let store = Database::open_known(&path, NEXT).unwrap();
    assert_eq!(store.facts().await.unwrap().len(), 3);
    assert_eq!(names_in(path.parent().unwrap()), ["state.db", "state.db.backup-1"]);
    let copy = Database::open(path.with_file_name("state.db.backup-1")).unwrap();
    assert_eq!(copy.facts().await.unwrap().len(), 3);
    let older = Database::open(&path).map(drop).unwrap_err();
    assert!(matches!(older, StoreError::Newer { found: 2, known: 1, .. }), "{older:?}");
    let older = Database::open_read_only(&path).map(drop).unwrap_err();
    assert!(matches!(older, StoreError::Newer { found: 2, known: 1, .. }), "{older:?}");
}

#[tokio::test]
async fn a_second_copy_leaves_the_first_alone() {
    let (_folder, path) = folder();
    save(&Database::open(&path).unwrap(), 3).await.unwrap();
    drop(Database::open_known(&path, NEXT).unwrap());
    // The user goes back to the copy, and forward again later.
    fs::copy(path.with_file_name("state.db.backup-1"), &path).unwrap();
    save(&Database::open(&path).unwrap(), 5).await.unwrap();
    drop(Database::open_known(&path, NEXT).unwrap());
    let names = ["state.db", "state.db.backup-1", "state.db.backup-1.2"];
    assert_eq!(names_in(path.parent().unwrap()), names);
    let first = Database::open(path.with_file_name("state.db.backup-1")).unwrap();
    assert_eq!(first.facts().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing() {
    let (_folder, path) = folder();
    save(&Database::open(&path).unwrap(), 3).await.unwrap();
    let failed = Database::open_known(&path, BROKEN).map(drop).unwrap_err();
    assert!(matches!(failed, StoreError::Write { .. }), "{failed:?}");
    assert_eq!(Database::open(&path).unwrap().facts().await.unwrap().len(), 3);
}

#[tokio::test]
async fn reading_an_older_file_leaves_it_as_it_is() {
    let (_folder, path) = folder();
    save(&Database::open(&path).unwrap(), 3).await.unwrap();
    let before = fs::read(&path).unwrap();
    let store = Database::open_read_only_known(&path, NEXT).unwrap();
    assert_eq!(store.facts().await.unwrap().len(), 3);
    drop(store);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(names_in(path.parent().unwrap()), ["state.db"]);
}

#[test]
fn what_is_no_state_file_is_refused_with_advice_and_left_as_it_is() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut torn = b"SQLite format 3\0".to_vec();
    torn.extend([0xff; 5000]);
    for content in [b"hello".to_vec(), vec![0; 8192], torn, b"{\"version\": 4}".repeat(500)] {
        fs::write(&path, &content).unwrap();
        for error in [Database::open(&path), Database::open_read_only(&path)]
            .map(|open| open.map(drop).unwrap_err())
        {
            assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
            assert!(error.to_string().contains("move the file away and run again"), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_is() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE songs (title TEXT); PRAGMA user_version = 1")
        .unwrap();
    let before = fs::read(&path).unwrap();
    let error = Database::open(&path).map(drop).unwrap_err().to_string();
    assert!(error.contains("it is another program's database"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn an_empty_file_is_a_state_that_was_never_written() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, []).unwrap();
    Database::open(&path).unwrap();
}

#[tokio::test]
async fn a_blob_that_cannot_be_read_is_damage_and_not_an_empty_answer() {
    let (_folder, path) = folder();
    let store = Database::open(&path).unwrap();
    save(&store, 3).await.unwrap();
    begin(&store).await;
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("UPDATE chunk SET body = x'0102'; UPDATE run SET plan_form = 9")
        .unwrap();
    let error = store.facts().await.unwrap_err().to_string();
    assert!(error.contains("a chunk of facts cannot be read; move the file away"), "{error}");
    let error = recorded(&store).await.unwrap_err().to_string();
    assert!(error.contains("the plan of a run cannot be read; move the file away"), "{error}");
}

#[tokio::test]
async fn where_there_is_no_file_reading_finds_nothing_and_makes_nothing() {
    let (folder, path) = folder();
    let store = Database::open_read_only(&path).unwrap();
    assert!(store.facts().await.unwrap().is_empty());
    assert_eq!(store.runs(1).await.unwrap(), []);
    let refused = save(&store, 1).await;
    assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
    assert_eq!(names_in(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_full_disk_refuses_the_write_and_loses_nothing() {
    let (_folder, path) = folder();
    let store = Database::open(&path).unwrap();
    save(&store, 1000).await.unwrap();
    let token = begin(&store).await;
    store.journal(&token, &RunId::new("r1"), &[entry("first")]).await.unwrap();
    let limit = |pages: u32| {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        store
            .inner
            .session()
            .read(|connection| match connection {
                Sql::Sqlite(connection) => Ok(connection.query_row(&pragma, [], |_| Ok(()))?),
                Sql::Postgres(_) => panic!("a file"),
            })
            .unwrap();
    };
    limit(1);

    let full = save(&store, 50_000).await.unwrap_err();
    assert!(matches!(full, StoreError::Write { .. }), "{full:?}");
    let cause = std::error::Error::source(&full).unwrap().to_string();
    assert_eq!(cause, "database or disk is full");
    let long = [entry(&"second ".repeat(10_000))];
    let full = store.journal(&token, &RunId::new("r1"), &long).await.unwrap_err();
    assert!(matches!(full, StoreError::Write { .. }), "{full:?}");

    limit(1_000_000);
    assert_eq!(store.facts().await.unwrap().len(), 1000);
    store.journal(&token, &RunId::new("r1"), &[entry("third")]).await.unwrap();
    let journal = recorded(&store).await.unwrap().unwrap().journal;
    assert_eq!(journal, [entry("first"), entry("third")]);
    drop(store);
    assert_eq!(Database::open(&path).unwrap().facts().await.unwrap().len(), 1000);
}

#[tokio::test]
async fn rule_sets_are_kept_once_and_thrown_out_when_nobody_has_them() {
    let (_folder, path) = folder();
    let store = Database::open(&path).unwrap();
    let survey = |version: u32| {
        let id = ResourceId::new("sg-1");
        let set = RuleSet {
            id: id.clone(),
            version: version.to_string(),
            bound: None,
            order: RuleOrder::Positions,
            default: RuleAction::Drop,
            rules: Vec::new(),
        };
        let mut survey = Survey::unseen("2026-11-22T01:00:00Z".parse().unwrap());
        survey.cloud = Ok(CloudSurvey {
            id,
            name: String::new(),
            power: PowerFact { state: PowerState::Running, blocker: None },
            address: AddressFact::None,
            bandwidth: BandwidthFact::NoAddress,
            doors: Doors {
                stages: vec![Stage { sets: vec![Arc::new(set)] }],
                unfiltered: RuleAction::Drop,
            },
            agent: AgentFact::NotAsked,
            rdp_certificate: None,
            handles: Handles::default(),
        });
        survey
    };
    let kept = || store.inner.read(crate::database::doors::count).unwrap();
    let ready = |name: &str, version| (InstanceName::new(name), pressed(&survey(version)));
    // Equal, but not the same in memory.
    let many: Vec<_> = (0..50).map(|index| ready(&format!("a/{index}"), 0)).collect();
    store.save_evidence(&Author::Looker, many).await.unwrap();
    assert_eq!(kept(), 1);
    for version in 1..=255 {
        let one = vec![ready("web-01", version)];
        store.save_evidence(&Author::Looker, one).await.unwrap();
    }
    assert_eq!(kept(), 2, "at 256 all but what a survey names was thrown out");
    let names = [InstanceName::new("a/7"), InstanceName::new("web-01")];
    assert_eq!(store.evidence(&names).await.unwrap(), [Some(of(survey(0))), Some(of(survey(255)))]);
}

#[tokio::test]
async fn every_change_raises_the_serial_and_leases_do_not() {
    let (_folder, path) = folder();
    let store = Database::open(&path).unwrap();
    let serial = async || store.identity().await.unwrap().1;
    assert_eq!(serial().await, 0);
    save(&store, 1).await.unwrap();
    let token = begin(&store).await;
    assert_eq!(serial().await, 2);
    store.journal(&token, &RunId::new("r1"), &[entry("said")]).await.unwrap();
    store.renew(&token, samples::moment(105)).await.unwrap();
    store.release(&token).await.unwrap();
    assert!(store.holder(&LeaseName::run()).await.unwrap().is_none());
    assert_eq!(serial().await, 2);
    store.forget(&Author::Looker, &[InstanceName::new("a/ins-0")]).await.unwrap();
    assert_eq!(serial().await, 3);
}

/// What somebody does to the file behind our back, and what verification says to it.
async fn verified_after(change: &str) -> Verified {
    let (_folder, path) = folder();
    let store = Database::open(&path).unwrap();
    let token = begin(&store).await;
    let run = RunId::new("r1");
    store.journal(&token, &run, &[entry("first"), entry("second")]).await.unwrap();
    let growth = rdpctl_model::outcome::Growth {
        by: rdpctl_model::StepNumber::first_level(1),
        groups: Vec::new(),
        steps: samples::plan().steps,
        security: Vec::new(),
    };
    let at = samples::at("2026-11-22T01:00:02Z");
    store.extend(&token, &run, &growth, at).await.unwrap();
    let end = rdpctl_model::outcome::RunEnd::Done;
    store.end(&token, &run, at, end, &rdpctl_model::plan::Budget::default()).await.unwrap();
    Connection::open(&path).unwrap().execute_batch(change).unwrap();
    store.verify(None).await.unwrap()
}

#[tokio::test]
async fn whatever_is_changed_in_the_journal_or_its_runs_is_found() {
    assert!(matches!(verified_after("").await, Verified::Whole { lines: 5, .. }));
    let changes = [
        (
            "UPDATE journal SET event = replace(event, 'second', 'third') WHERE seq = 3",
            "line 3 of the journal",
        ),
        ("UPDATE journal SET subject = 'web-02' WHERE seq = 2", "line 2 of the journal"),
        ("UPDATE journal SET shared = 'gz' WHERE seq = 2", "line 2 of the journal"),
        ("DELETE FROM journal WHERE seq = 1", "line 1 of the journal"),
        ("DELETE FROM journal WHERE seq = 5", "run r1 is not what the journal says"),
        ("UPDATE run SET holder = 'ben'", "run r1 is not what the journal says"),
        ("UPDATE run SET end = 'partial'", "run r1 is not what the journal says"),
        ("UPDATE run SET plan_form = 0, plan = x'7b7d'", "the plan of a run cannot be read"),
        ("DELETE FROM growth", "run r1 is not what the journal says"),
        ("DELETE FROM run", "line 1 of the journal"),
    ];
    for (change, said) in changes {
        match verified_after(change).await {
            Verified::Changed { what } => assert!(what.contains(said), "{change}: {what}"),
            Verified::Whole { .. } => panic!("{change}: nothing was found"),
        }
    }
}

#[tokio::test]
async fn the_last_hash_changes_with_every_line_and_is_the_same_in_a_copy() {
    let (_folder, path) = folder();
    let store = Database::open(&path).unwrap();
    let head = async || match store.verify(None).await.unwrap() {
        Verified::Whole { head, .. } => head,
        Verified::Changed { what } => panic!("{what}"),
    };
    let empty = head().await;
    let token = begin(&store).await;
    let begun = head().await;
    store.journal(&token, &RunId::new("r1"), &[entry("first")]).await.unwrap();
    let told = head().await;
    assert!(empty != begun && begun != told);
    for earlier in [&empty, &begun, &told, &begun.to_uppercase()] {
        let known = store.verify(Some(earlier)).await.unwrap();
        assert!(matches!(known, Verified::Whole { .. }), "{earlier} was written down");
    }
    let cut = store.verify(Some("00ff")).await.unwrap();
    assert!(matches!(cut, Verified::Changed { what } if what.contains("its end was cut off")));
    let document = store.export().await.unwrap();
    assert_eq!(document.head, told);
    let (_other, path) = folder();
    let copy = Database::open(&path).unwrap();
    copy.import(document, crate::Replace::OnlyByNewer).await.unwrap();
    assert!(
        matches!(copy.verify(None).await.unwrap(), Verified::Whole { head, .. } if head == told)
    );
}

#[tokio::test]
async fn long_chunks_are_split() {
    let (_folder, path) = folder();
    let store = Database::open(&path).unwrap();
    save(&store, 2500).await.unwrap();
    let chunks = store.facts().await.unwrap().chunks;
    assert_eq!(chunks.iter().map(Chunk::len).collect::<Vec<_>>(), [1024, 1024, 452]);
}
