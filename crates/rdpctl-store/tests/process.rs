//! Several processes on one state file: one is killed, one may not write, two want the lock.
//!
//! A test that needs another process runs its own executable again with a role in the environment; the child then
//! plays that role instead of the test, and its assertions decide its exit code.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::store::{LockInfo, Store as _, StoreError};
use rdpctl_model::facts::{Chunk, Known, Looks, Row};
use rdpctl_model::outcome::{JournalEntry, RunRecord, StepEvent};
use rdpctl_model::plan::{Basis, Budget, PLAN_FORMAT, StepId};
use rdpctl_model::{FacetId, InstanceName, Plan, RunId};
use rdpctl_store::SqliteStore;

const ROLE: &str = "RDPCTL_STORE_TEST_STATE";
const MINUTE: Duration = Duration::from_mins(1);
/// `nobody`, as far as the kernel is concerned.
const NOBODY: u32 = 65_534;

/// The state file that this process was started to play with, if it is a child.
fn role() -> Option<PathBuf> {
    std::env::var_os(ROLE).map(PathBuf::from)
}

/// This test again, in another process.
fn again(test: &str, state: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the test's own executable"));
    command.args([test, "--exact", "--nocapture"]).env(ROLE, state).stdout(Stdio::null());
    command
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn lock(id: &str, since: &str) -> LockInfo {
    let since = time(since);
    let (owner, host, command) = ("ana".to_owned(), "desk".to_owned(), "apply".to_owned());
    LockInfo {
        id: id.to_owned(),
        owner,
        host,
        pid: 42,
        command,
        since,
        renewed: since,
        expires: since,
    }
}

fn chunk() -> Vec<Chunk> {
    let mut chunk = Chunk { source: "instance.web-01".to_owned(), ..Chunk::default() };
    chunk.push(Row {
        id: "ins-1",
        name: "web",
        known: Known { slots: [0; FacetId::COUNT], looks: Looks::default() },
    });
    vec![chunk]
}

async fn begin(store: &SqliteStore) -> Result<(), StoreError> {
    let began = time("2026-11-22T01:00:00Z");
    let (id, holder, cost) = (RunId::new("r1"), "ana".to_owned(), Budget::default());
    let record = RunRecord { id, began, ended: None, holder, end: None, cost };
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
    store.begin_run(&record, &plan).await
}

fn entry(step: u32) -> JournalEntry {
    let (subject, event) =
        (InstanceName::new("web-01"), StepEvent::Intent { token: String::new() });
    JournalEntry { step: StepId(step), subject, event, at: time("2026-11-22T01:00:01Z") }
}

#[tokio::test]
async fn what_was_journaled_before_a_kill_is_found_after_it() {
    if let Some(state) = role() {
        let store = SqliteStore::open(state).unwrap();
        begin(&store).await.unwrap();
        store.lock(&lock("child", "2026-11-22T01:00:00Z"), MINUTE).await.unwrap();
        for step in 0..100 {
            store.journal(&RunId::new("r1"), &[entry(step)]).await.unwrap();
        }
        // Nothing is closed, nothing is flushed: as `kill -9` would have it.
        std::process::abort();
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let child =
        again("what_was_journaled_before_a_kill_is_found_after_it", &state).status().unwrap();
    assert!(!child.success());

    let reader = SqliteStore::open_read_only(&state).unwrap();
    assert_eq!(reader.holder().await.unwrap().unwrap().id, "child");
    let store = SqliteStore::open(&state).unwrap();
    let (record, _, journal) = store.unfinished().await.unwrap().unwrap();
    assert_eq!(record.id.as_str(), "r1");
    assert_eq!(journal, (0..100).map(entry).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_lock_of_another_process_is_respected_and_its_state_can_be_read() {
    if let Some(state) = role() {
        let store = SqliteStore::open(&state).unwrap();
        let refused = store.lock(&lock("child", "2026-11-22T01:00:30Z"), MINUTE).await;
        assert!(matches!(refused, Err(StoreError::Locked { holder }) if holder.id == "parent"));
        let reader = SqliteStore::open_read_only(&state).unwrap();
        assert_eq!(reader.facts().await.unwrap().len(), 1);
        let lapsed = store.take_lock(&lock("child", "2026-11-22T01:01:00Z"), MINUTE).unwrap();
        assert_eq!(lapsed.map(|holder| holder.id).as_deref(), Some("parent"));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let store = SqliteStore::open(&state).unwrap();
    store.save_facts(&[], &[], chunk()).await.unwrap();
    store.lock(&lock("parent", "2026-11-22T01:00:00Z"), MINUTE).await.unwrap();
    let test = "a_lock_of_another_process_is_respected_and_its_state_can_be_read";
    assert!(again(test, &state).status().unwrap().success());
    let renewed = store.renew("parent", time("2026-11-22T01:01:01Z"), MINUTE).await;
    assert!(matches!(renewed, Err(StoreError::LockLost)), "{renewed:?}");
}

#[test]
fn of_many_that_want_the_lock_at_once_one_gets_it() {
    const MANY: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let barrier = Barrier::new(MANY);
    let won: usize = std::thread::scope(|scope| {
        let contenders: Vec<_> = (0..MANY)
            .map(|number| {
                let (state, barrier) = (&state, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    // Opened at once as well: each may find the file missing, empty or made.
                    let store = SqliteStore::open(state).unwrap();
                    store
                        .take_lock(&lock(&number.to_string(), "2026-11-22T01:00:00Z"), MINUTE)
                        .is_ok()
                })
            })
            .collect();
        contenders.into_iter().map(|contender| usize::from(contender.join().unwrap())).sum()
    });
    assert_eq!(won, 1);
}

#[tokio::test]
async fn who_may_not_write_can_still_read_and_is_told_so() {
    if let Some(state) = role() {
        let reader = SqliteStore::open_read_only(&state).unwrap();
        assert_eq!(reader.facts().await.unwrap().len(), 1);
        let refused = reader.save_facts(&[], &[], chunk()).await;
        assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
        let refused = SqliteStore::open(&state).map(drop);
        assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Signs that mean something in a URL, which is how a file is opened as immutable.
    let state = folder.path().join("a b?c#d%20.db");
    let store = SqliteStore::open(&state).unwrap();
    store.save_facts(&[], &[], chunk()).await.unwrap();

    // Root may write everywhere, so the child is somebody else, with its own copy of the executable.
    let executable = folder.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &executable).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let child = || {
        let mut command = Command::new(&executable);
        command
            .args(["who_may_not_write_can_still_read_and_is_told_so", "--exact"])
            .env(ROLE, &state);
        if fs::File::create(folder.path().join("writable")).is_ok() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.current_dir(folder.path()).stdout(Stdio::null()).status().unwrap()
    };
    fs::set_permissions(&state, fs::Permissions::from_mode(0o444)).unwrap();
    assert!(child().success(), "while somebody has it open");
    drop(store);
    assert!(child().success(), "when nobody has it open");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}
