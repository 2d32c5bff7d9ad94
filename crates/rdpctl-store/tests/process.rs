//! Several processes on one state file: one is killed, one may not write, two want the lease.
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

use rdpctl_contract::conformance::store::samples::{self, claim, intent};
use rdpctl_contract::store::{Author, Lease as _, LeaseName, Memory as _, Runs as _, StoreError};
use rdpctl_model::RunId;
use rdpctl_model::facts::{Change, Chunk, Facts, Known, Row, Update, Which};
use rdpctl_store::Database;

const ROLE: &str = "RDPCTL_STORE_TEST_STATE";
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

fn seen() -> Update {
    let mut chunk = Chunk::new(samples::one("web-01"), None);
    chunk.push(Row { id: "ins-1", name: "web", known: Known::default() });
    let changes = vec![Change::whole(chunk, samples::LOOKED)];
    Facts::default().update(changes, Which::New)
}

#[tokio::test]
async fn what_was_journaled_before_a_kill_is_found_after_it() {
    if let Some(state) = role() {
        let store = Database::open(state).unwrap();
        let token = samples::acquire(&store, "child").await;
        store.begin(&samples::run("r1", &token), &samples::plan()).await.unwrap();
        for step in 0..100 {
            store.journal(&token, &RunId::new("r1"), &[intent(step, "web-01")]).await.unwrap();
        }
        // Nothing is closed, nothing is flushed: as `kill -9` would have it.
        std::process::abort();
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let child =
        again("what_was_journaled_before_a_kill_is_found_after_it", &state).status().unwrap();
    assert!(!child.success());

    let reader = Database::open_read_only(&state).unwrap();
    let left = reader.holder(&LeaseName::run()).await.unwrap();
    assert_eq!(left.as_ref().unwrap().holder.owner, "child");
    let store = Database::open(&state).unwrap();
    let token =
        store.acquire(&LeaseName::run(), &claim("parent", 120), left.as_ref()).await.unwrap();
    let unfinished = store.unfinished(&token).await.unwrap();
    assert_eq!(unfinished[0].record.id.as_str(), "r1");
    let expected: Vec<_> = (0..100).map(|step| intent(step, "web-01")).collect();
    assert_eq!(unfinished[0].journal, expected);
}

#[tokio::test]
async fn a_lease_of_another_process_is_respected_and_its_state_can_be_read() {
    if let Some(state) = role() {
        let store = Database::open(&state).unwrap();
        let lease = LeaseName::run();
        let refused = store.acquire(&lease, &claim("child", 130), None).await;
        assert!(
            matches!(&refused, Err(StoreError::Held { holding }) if holding.holder.owner == "parent")
        );
        let reader = Database::open_read_only(&state).unwrap();
        assert_eq!(reader.facts().await.unwrap().len(), 1);
        let judged = reader.holder(&lease).await.unwrap();
        store.acquire(&lease, &claim("child", 160), judged.as_ref()).await.unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let store = Database::open(&state).unwrap();
    store.learn(&Author::Looker, seen()).await.unwrap();
    let token = samples::acquire(&store, "parent").await;
    let test = "a_lease_of_another_process_is_respected_and_its_state_can_be_read";
    assert!(again(test, &state).status().unwrap().success());
    let renewed = store.renew(&token, samples::moment(161)).await;
    assert!(matches!(renewed, Err(StoreError::LeaseLost)), "{renewed:?}");
}

#[test]
fn of_many_that_want_a_lease_at_once_one_gets_it() {
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
                    let store = Database::open(state).unwrap();
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    let claim = claim(&number.to_string(), 100);
                    runtime.block_on(store.acquire(&LeaseName::run(), &claim, None)).is_ok()
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
        let reader = Database::open_read_only(&state).unwrap();
        assert_eq!(reader.facts().await.unwrap().len(), 1);
        let refused = reader.learn(&Author::Looker, seen()).await;
        assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
        let refused = Database::open(&state).map(drop);
        assert!(matches!(refused, Err(StoreError::Write { .. })), "{refused:?}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Signs that mean something in a URL, which is how a file is opened as immutable.
    let state = folder.path().join("a b?c#d%20.db");
    let store = Database::open(&state).unwrap();
    store.learn(&Author::Looker, seen()).await.unwrap();

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
    // A state is made for its owner alone; this one shows it to others.
    for beside in ["", "-wal", "-shm"] {
        let file = folder.path().join(format!("a b?c#d%20.db{beside}"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    }
    assert!(child().success(), "while somebody has it open");
    drop(store);
    assert!(child().success(), "when nobody has it open");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}
