//! Files that are new, old, newer, damaged, somebody else's or full.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdpctl_contract::store::{Store as _, StoreError};
use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, CloudSurvey, Handles, PowerFact, PowerState,
};
use rdpctl_model::facts::{Chunk, Known, Looks, Row};
use rdpctl_model::outcome::{JournalEntry, RunRecord, StepEvent};
use rdpctl_model::plan::{Basis, Budget, PLAN_FORMAT, StepId};
use rdpctl_model::rules::{Doors, RuleAction, RuleOrder, RuleSet, Stage};
use rdpctl_model::{Evidence, FacetId, InstanceName, Plan, ResourceId, RunId, Survey};
use rusqlite::Connection;
use tempfile::TempDir;

use super::SqliteStore;
use super::migrate::MIGRATIONS;

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

fn rows(count: usize) -> Vec<Chunk> {
    let mut chunk = Chunk { source: "fleet.a#1".to_owned(), ..Chunk::default() };
    for index in 0..count {
        chunk.push(Row {
            id: &format!("ins-{index}"),
            name: "",
            known: Known { slots: [0; FacetId::COUNT], looks: Looks::default() },
        });
    }
    vec![chunk]
}

async fn save(store: &SqliteStore, count: usize) -> Result<(), StoreError> {
    store.save_facts(&[], &["fleet.a#1".to_owned()], rows(count)).await
}

fn of(survey: Survey) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.take(survey);
    evidence
}

async fn begin(store: &SqliteStore) {
    let at = "2026-11-22T01:00:00Z".parse().unwrap();
    let record = RunRecord {
        id: RunId::new("r1"),
        began: at,
        ended: None,
        holder: "ana".to_owned(),
        end: None,
        cost: Budget::default(),
    };
    let plan = Plan {
        format: PLAN_FORMAT,
        declaration: String::new(),
        survey: String::new(),
        groups: Vec::new(),
        steps: Vec::new(),
        instances: 0,
        healthy: 0,
        security: Vec::new(),
        budget: Budget::default(),
        basis: Basis::default(),
    };
    store.begin_run(&record, &plan).await.unwrap();
}

fn entry(note: &str) -> JournalEntry {
    let at = "2026-11-22T01:00:00Z".parse().unwrap();
    let event = StepEvent::Skipped { why: note.to_owned() };
    JournalEntry { step: StepId(0), subject: InstanceName::new("web-01"), event, at }
}

#[tokio::test]
async fn a_new_file_says_whose_it_is_and_of_which_format() {
    let (_folder, path) = folder();
    drop(SqliteStore::open(&path).unwrap());
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
    save(&SqliteStore::open(&path).unwrap(), 3).await.unwrap();
    let store = SqliteStore::open_known(&path, NEXT).unwrap();
    assert_eq!(store.facts().await.unwrap().len(), 3);
    assert_eq!(names_in(path.parent().unwrap()), ["state.db", "state.db.backup-1"]);
    let copy = SqliteStore::open(path.with_file_name("state.db.backup-1")).unwrap();
    assert_eq!(copy.facts().await.unwrap().len(), 3);
    let older = SqliteStore::open(&path).map(drop).unwrap_err();
    assert!(matches!(older, StoreError::Newer { found: 2, known: 1, .. }), "{older:?}");
    let older = SqliteStore::open_read_only(&path).map(drop).unwrap_err();
    assert!(matches!(older, StoreError::Newer { found: 2, known: 1, .. }), "{older:?}");
}

#[tokio::test]
async fn a_second_copy_leaves_the_first_alone() {
    let (_folder, path) = folder();
    save(&SqliteStore::open(&path).unwrap(), 3).await.unwrap();
    drop(SqliteStore::open_known(&path, NEXT).unwrap());
    // The user goes back to the copy, and forward again later.
    fs::copy(path.with_file_name("state.db.backup-1"), &path).unwrap();
    save(&SqliteStore::open(&path).unwrap(), 5).await.unwrap();
    drop(SqliteStore::open_known(&path, NEXT).unwrap());
    let names = ["state.db", "state.db.backup-1", "state.db.backup-1.2"];
    assert_eq!(names_in(path.parent().unwrap()), names);
    let first = SqliteStore::open(path.with_file_name("state.db.backup-1")).unwrap();
    assert_eq!(first.facts().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing() {
    let (_folder, path) = folder();
    save(&SqliteStore::open(&path).unwrap(), 3).await.unwrap();
    let failed = SqliteStore::open_known(&path, BROKEN).map(drop).unwrap_err();
    assert!(matches!(failed, StoreError::Write { .. }), "{failed:?}");
    assert_eq!(SqliteStore::open(&path).unwrap().facts().await.unwrap().len(), 3);
}

#[tokio::test]
async fn reading_an_older_file_leaves_it_as_it_is() {
    let (_folder, path) = folder();
    save(&SqliteStore::open(&path).unwrap(), 3).await.unwrap();
    let before = fs::read(&path).unwrap();
    let store = SqliteStore::open_read_only_known(&path, NEXT).unwrap();
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
        for error in [SqliteStore::open(&path), SqliteStore::open_read_only(&path)]
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
    let error = SqliteStore::open(&path).map(drop).unwrap_err().to_string();
    assert!(error.contains("it is another program's database"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn an_empty_file_is_a_state_that_was_never_written() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, []).unwrap();
    SqliteStore::open(&path).unwrap();
}

#[tokio::test]
async fn a_blob_that_cannot_be_read_is_damage_and_not_an_empty_answer() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    save(&store, 3).await.unwrap();
    begin(&store).await;
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("UPDATE chunk SET body = x'0102'; UPDATE run SET plan_form = 9")
        .unwrap();
    let error = store.facts().await.unwrap_err().to_string();
    assert!(error.contains("a chunk of facts cannot be read; move the file away"), "{error}");
    let error = store.unfinished().await.unwrap_err().to_string();
    assert!(error.contains("the plan of a run cannot be read; move the file away"), "{error}");
}

#[tokio::test]
async fn where_there_is_no_file_reading_finds_nothing_and_makes_nothing() {
    let (folder, path) = folder();
    let store = SqliteStore::open_read_only(&path).unwrap();
    assert!(store.facts().await.unwrap().is_empty());
    assert_eq!(store.runs(1).await.unwrap(), []);
    let refused = save(&store, 1).await;
    assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
    assert_eq!(names_in(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_full_disk_refuses_the_write_and_loses_nothing() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    save(&store, 1000).await.unwrap();
    begin(&store).await;
    store.journal(&RunId::new("r1"), &[entry("first")]).await.unwrap();
    let limit = |pages: u32| {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        store
            .inner
            .session()
            .read(|connection| Ok(connection.query_row(&pragma, [], |_| Ok(()))?))
            .unwrap();
    };
    limit(1);

    let full = save(&store, 50_000).await.unwrap_err();
    assert!(matches!(full, StoreError::Write { .. }), "{full:?}");
    let cause = std::error::Error::source(&full).unwrap().to_string();
    assert_eq!(cause, "database or disk is full");
    let full =
        store.journal(&RunId::new("r1"), &[entry(&"second ".repeat(10_000))]).await.unwrap_err();
    assert!(matches!(full, StoreError::Write { .. }), "{full:?}");

    limit(1_000_000);
    assert_eq!(store.facts().await.unwrap().len(), 1000);
    store.journal(&RunId::new("r1"), &[entry("third")]).await.unwrap();
    let (_, _, journal) = store.unfinished().await.unwrap().unwrap();
    assert_eq!(journal, [entry("first"), entry("third")]);
    drop(store);
    assert_eq!(SqliteStore::open(&path).unwrap().facts().await.unwrap().len(), 1000);
}

#[tokio::test]
async fn rule_sets_are_kept_once_and_thrown_out_when_nobody_has_them() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
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
            handles: Handles::default(),
        });
        survey
    };
    let kept = || store.inner.read(super::doors::count).unwrap();
    // Equal, but not the same in memory.
    let many: Vec<_> =
        (0..50).map(|index| (InstanceName::new(format!("a/{index}")), survey(0))).collect();
    store.save_evidence(many).await.unwrap();
    assert_eq!(kept(), 1);
    for version in 1..=255 {
        store.save_evidence(vec![(InstanceName::new("web-01"), survey(version))]).await.unwrap();
    }
    assert_eq!(kept(), 2, "at 256 all but what a survey names was thrown out");
    let names = [InstanceName::new("a/7"), InstanceName::new("web-01")];
    assert_eq!(store.evidence(&names).await.unwrap(), [Some(of(survey(0))), Some(of(survey(255)))]);
}

#[tokio::test]
async fn every_change_raises_the_serial_and_the_lock_does_not() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let serial = || store.identity().unwrap().1;
    assert_eq!(serial(), 0);
    save(&store, 1).await.unwrap();
    begin(&store).await;
    assert_eq!(serial(), 2);
    store.journal(&RunId::new("r1"), &[entry("said")]).await.unwrap();
    assert!(store.holder().await.unwrap().is_none());
    assert_eq!(serial(), 2);
    store.forget(&[InstanceName::new("a/ins-0")]).await.unwrap();
    assert_eq!(serial(), 3);
}
