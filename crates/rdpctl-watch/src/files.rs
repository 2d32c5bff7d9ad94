//! When to read the files of a declaration: once what changed has come to rest, and in a Git checkout at a commit.
//!
//! Edits that are not committed are not read from a checkout: a commit is the one moment at which several files say the
//! same. Nothing is ever fetched here.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::time::Instant;

use crate::source::Revision;

/// How often the folder is looked at. Network file systems tell nobody of changes, so nobody is waited for.
const RESCAN: Duration = Duration::from_secs(1);
/// What changes within this is one change.
const REST: Duration = Duration::from_millis(300);

/// Files and folders of declarations.
#[derive(Debug)]
pub struct Files {
    paths: Vec<PathBuf>,
    seen: Option<Vec<Print>>,
    /// What was found otherwise, and has yet to come to rest.
    found: Option<Vec<Print>>,
    /// When to look next: whoever asks and goes away does not begin anew.
    next: Option<Instant>,
}

/// By what a change of a path is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Print {
    /// In a checkout: the place that the path leads to, and the commit.
    Commit(PathBuf, String),
    /// Elsewhere: each file with its number, length and time.
    Files(Vec<(PathBuf, u64, u64, Option<SystemTime>)>),
}

impl Files {
    /// These.
    #[must_use]
    pub const fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths, seen: None, found: None, next: None }
    }

    /// Remembers what is there, right before it is read.
    pub fn note(&mut self) -> Revision {
        self.seen = Some(self.prints());
        let checkout = self.paths.iter().find_map(|path| Checkout::around(path));
        let Some(checkout) = checkout else { return Revision::default() };
        Revision { commit: checkout.commit(), pulled: checkout.pulled() }
    }

    /// Returns once something else is there, and has come to rest. It may be dropped at any time.
    pub async fn changed(&mut self) {
        loop {
            let at = *self.next.get_or_insert_with(|| Instant::now() + RESCAN);
            tokio::time::sleep_until(at).await;
            let now = self.prints();
            if self.seen.as_ref() == Some(&now) || self.is_being_written() {
                self.found = None;
                self.next = Some(Instant::now() + RESCAN);
            } else if self.found.as_ref() == Some(&now) {
                self.found = None;
                self.next = Some(Instant::now() + RESCAN);
                return;
            } else {
                self.found = Some(now);
                self.next = Some(Instant::now() + REST);
            }
        }
    }

    /// Returns once Git is not at work. It may be dropped at any time.
    pub async fn at_rest(&self) {
        while self.is_being_written() {
            tokio::time::sleep(REST).await;
        }
    }

    fn prints(&self) -> Vec<Print> {
        self.paths.iter().map(|path| print(path)).collect()
    }

    /// Whether Git is at work in one of the checkouts.
    fn is_being_written(&self) -> bool {
        self.paths
            .iter()
            .filter_map(|path| Checkout::around(path))
            .any(|checkout| checkout.own.join("index.lock").exists())
    }
}

fn print(path: &Path) -> Print {
    if let Some(checkout) = Checkout::around(path)
        && let Some(commit) = checkout.commit()
    {
        return Print::Commit(real(path), commit);
    }
    let file = |path: PathBuf| {
        let found = fs::metadata(&path).ok();
        let (number, length, at) =
            found.map_or((0, 0, None), |found| (found.ino(), found.len(), found.modified().ok()));
        (path, number, length, at)
    };
    if !path.is_dir() {
        return Print::Files(vec![file(path.to_owned())]);
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let declares = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    let mut files: Vec<_> = entries.map(|entry| entry.path()).filter(declares).map(file).collect();
    files.sort();
    Print::Files(files)
}

/// A Git checkout, as far as its files say it.
struct Checkout {
    /// Where its own state lies: what it has checked out.
    own: PathBuf,
    /// Where the repository's lies, which several checkouts may share.
    shared: PathBuf,
}

impl Checkout {
    fn around(path: &Path) -> Option<Self> {
        let start = real(path);
        let dot = start.ancestors().map(|folder| folder.join(".git")).find(|dot| dot.exists())?;
        let own = if dot.is_dir() {
            dot
        } else {
            let text = fs::read_to_string(&dot).ok()?;
            let named = text.trim().strip_prefix("gitdir:")?.trim();
            dot.parent()?.join(named)
        };
        let shared = match fs::read_to_string(own.join("commondir")) {
            Ok(named) => own.join(named.trim()),
            Err(_) => own.clone(),
        };
        Some(Self { own, shared })
    }

    /// The commit that is checked out.
    fn commit(&self) -> Option<String> {
        let head = fs::read_to_string(self.own.join("HEAD")).ok()?;
        let Some(name) = head.trim().strip_prefix("ref:") else { return hash(&head) };
        let name = name.trim();
        // A name is never a way out of the repository.
        if name.split('/').any(|part| part == ".." || part.is_empty()) {
            return None;
        }
        let loose = [&self.own, &self.shared]
            .into_iter()
            .find_map(|folder| hash(&fs::read_to_string(folder.join(name)).ok()?));
        loose.or_else(|| {
            let packed = fs::read_to_string(self.shared.join("packed-refs")).ok()?;
            packed.lines().find_map(|line| {
                let (commit, of) = line.split_once(' ')?;
                if of == name { hash(commit) } else { None }
            })
        })
    }

    /// When somebody last fetched.
    fn pulled(&self) -> Option<Timestamp> {
        let fetched = [&self.own, &self.shared]
            .into_iter()
            .find_map(|folder| fs::metadata(folder.join("FETCH_HEAD")).ok())?;
        Timestamp::try_from(fetched.modified().ok()?).ok()
    }
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    let is_one = text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| text.to_owned())
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn write(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    async fn is_seen(files: &mut Files) -> bool {
        tokio::time::timeout(Duration::from_mins(1), files.changed()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_an_added_and_a_removed_file_are_seen_and_others_are_not() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        write(at("a.toml"), "one");
        let mut files = Files::new(vec![folder.path().to_owned()]);
        assert_eq!(files.note(), Revision::default());
        write(at("notes.txt"), "nothing that is declared");
        assert!(!is_seen(&mut files).await);
        write(at("a.toml"), "one more");
        assert!(is_seen(&mut files).await);
        files.note();
        write(at("b.toml"), "two");
        assert!(is_seen(&mut files).await);
        files.note();
        fs::remove_file(at("a.toml")).expect("it was there");
        assert!(is_seen(&mut files).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_checkout_is_read_at_a_commit_and_never_while_git_writes() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        write(at("fleet/a.toml"), "one");
        write(at(".git/HEAD"), "ref: refs/heads/main\n");
        write(at(".git/refs/heads/main"), ONE);
        let mut files = Files::new(vec![at("fleet")]);
        let read = files.note();
        assert_eq!((read.commit.as_deref(), read.pulled), (Some(ONE), None));
        write(at("fleet/a.toml"), "an edit that nobody committed");
        assert!(!is_seen(&mut files).await);
        write(at(".git/index.lock"), "");
        write(at(".git/refs/heads/main"), TWO);
        write(at(".git/FETCH_HEAD"), "");
        assert!(!is_seen(&mut files).await, "Git is at work");
        fs::remove_file(at(".git/index.lock")).expect("it was there");
        assert!(is_seen(&mut files).await);
        let read = files.note();
        assert_eq!(read.commit.as_deref(), Some(TWO));
        assert!(read.pulled.is_some());
    }

    #[test]
    fn packed_names_other_work_trees_and_lone_commits_are_found() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        write(at("repo/HEAD"), "ref: refs/heads/main\n");
        write(at("repo/packed-refs"), &format!("# pack-refs\n{ONE} refs/heads/main\n"));
        write(at("repo/worktrees/w/HEAD"), &format!("{TWO}\n"));
        write(at("repo/worktrees/w/commondir"), "../..\n");
        write(at("w/.git"), "gitdir: ../repo/worktrees/w\n");
        fs::create_dir_all(at("main")).expect("a folder");
        write(at("main/.git"), "gitdir: ../repo\n");
        let commit = |name: &str| Checkout::around(&at(name)).and_then(|one| one.commit());
        assert_eq!(commit("main").as_deref(), Some(ONE));
        assert_eq!(commit("w").as_deref(), Some(TWO));
        write(at("repo/HEAD"), "ref: ../../../etc/passwd\n");
        assert_eq!(commit("main"), None);
    }
}
