//! A state is in nobody's hands but its owner's: what others could have written is refused, and what is made here
//! nobody else may read, whatever the process' mask says.
//!
//! It holds addresses, rules and the guests' registry; and it is an input: undo and recovery do what it says was done.

use std::fs::{self, DirBuilder, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rdpctl_contract::store::StoreError;

use super::migrate::beside;
use super::tracked;

/// Others may write, by group or by everybody.
const OTHERS_WRITE: u32 = 0o022;
/// Others may do anything at all.
const OTHERS: u32 = 0o077;
/// In such a folder others may add files, and not replace this one.
const STICKY: u32 = 0o1000;

/// Refuses a state that others could have written, that a link stands for, or that came with a commit: the file itself
/// and what `SQLite` reads beside it. What is not there is fine.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let files: Vec<PathBuf> =
        ["", "-wal", "-shm", "-journal"].into_iter().map(|after| beside(path, after)).collect();
    for file in &files {
        check_file(path, file)?;
    }
    check_around(path, &files)
}

/// The same for a record that lies beside a state: recovery and undo do what it says was done.
pub(crate) fn check_record(file: &Path) -> Result<(), StoreError> {
    check_file(file, file)?;
    check_around(file, &[file.to_owned()])
}

fn check_around(path: &Path, files: &[PathBuf]) -> Result<(), StoreError> {
    let folder = folder_of(path);
    if let Some(found) = look(path, fs::metadata(folder))? {
        check_folder(path, folder, &found)?;
    }
    match tracked::among(files) {
        Ok(None) => Ok(()),
        Ok(Some(file)) => {
            let shown = file.display();
            let remedy = format!(
                "if it is yours: git rm --cached {shown}; or name a state of your own with --state PATH"
            );
            refused(
                path,
                &format!("Git tracks {shown}, so whoever commits could have written it"),
                remedy,
            )
        }
        Err(error) => Err(unreadable(path, error)),
    }
}

fn check_file(state: &Path, file: &Path) -> Result<(), StoreError> {
    let shown = file.display();
    let Some(found) = look(state, fs::symlink_metadata(file))? else { return Ok(()) };
    if found.file_type().is_symlink() {
        let remedy = format!("name the file itself with --state, or remove {shown}");
        return refused(state, &format!("{shown} is a link"), remedy);
    }
    if is_foreign(&found) {
        let remedy = format!("move {shown} away, or name a state of your own with --state PATH");
        return refused(state, &format!("{shown} belongs to somebody else"), remedy);
    }
    if found.mode() & OTHERS_WRITE != 0 {
        let remedy = format!("if all in it is yours: chmod 600 {shown}");
        return refused(state, &format!("others may write {shown}"), remedy);
    }
    Ok(())
}

fn check_folder(state: &Path, folder: &Path, found: &Metadata) -> Result<(), StoreError> {
    if found.mode() & STICKY != 0 {
        return Ok(());
    }
    if is_foreign(found) {
        let remedy = "name a state in a folder of your own with --state PATH".to_owned();
        return refused(state, "its folder belongs to somebody else, who may replace it", remedy);
    }
    if found.mode() & OTHERS_WRITE != 0 {
        let remedy = format!("if all in it is yours: chmod go-w {}", folder.display());
        return refused(state, "others may write its folder, and so replace it", remedy);
    }
    Ok(())
}

fn refused(path: &Path, why: &str, remedy: String) -> Result<(), StoreError> {
    Err(StoreError::Untrusted { place: path.display().to_string(), why: why.to_owned(), remedy })
}

/// Makes the file, and the folders that are missing, for the owner alone. One that is there is made his alone.
pub(super) fn make(path: &Path) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    DirBuilder::new().recursive(true).mode(0o700).create(folder_of(path))?;
    if let Ok(found) = fs::symlink_metadata(path) {
        let is_ours = found.uid() == rustix::process::geteuid().as_raw();
        return if is_ours && found.mode() & OTHERS != 0 {
            fs::set_permissions(path, Permissions::from_mode(found.mode() & 0o700))
        } else {
            Ok(())
        };
    }
    // Under another name until it is closed: a close of the file itself would drop the locks that SQLite holds on it.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let draft = beside(path, &format!(".new-{}-{number}", std::process::id()));
    drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?);
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        // Somebody else made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether somebody else than we or the machine's owner has it in his hands.
fn is_foreign(found: &Metadata) -> bool {
    found.uid() != 0 && found.uid() != rustix::process::geteuid().as_raw()
}

fn look(path: &Path, found: io::Result<Metadata>) -> Result<Option<Metadata>, StoreError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn unreadable(path: &Path, error: io::Error) -> StoreError {
    StoreError::Open { place: path.display().to_string(), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::Database;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_the_owners_alone_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("deep/.rdpctl/state.db");
        let store = Database::open(&state).unwrap();
        assert_eq!(mode(&state), 0o600);
        assert_eq!(mode(state.parent().unwrap()), 0o700);
        assert_eq!(mode(&beside(&state, "-wal")), 0o600);
        drop(store);
        let names: Vec<_> = fs::read_dir(state.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "no draft is left: {names:?}");
        fs::set_permissions(&state, Permissions::from_mode(0o644)).unwrap();
        drop(Database::open(&state).unwrap());
        assert_eq!(mode(&state), 0o600);
    }

    #[test]
    fn what_others_could_have_written_is_refused_with_a_remedy_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        drop(Database::open(&state).unwrap());
        let refused = |why: &str| {
            let opened = [Database::open(&state), Database::open_read_only(&state)];
            for error in opened.map(|open| open.map(drop).unwrap_err()) {
                let StoreError::Untrusted { why: said, remedy, .. } = &error else {
                    panic!("{error:?}")
                };
                assert!(said.contains(why) && !remedy.is_empty(), "{error:?}");
            }
        };
        fs::set_permissions(&state, Permissions::from_mode(0o620)).unwrap();
        refused("others may write");
        fs::set_permissions(&state, Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        refused("others may write its folder");
        // As /tmp is: nobody else may replace what is ours there.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
        drop(Database::open(&state).unwrap());
        let aside = folder.path().join("aside.db");
        symlink(&aside, beside(&state, "-wal")).unwrap();
        refused("is a link");
        fs::remove_file(beside(&state, "-wal")).unwrap();
        fs::rename(&state, &aside).unwrap();
        symlink(&aside, &state).unwrap();
        refused("is a link");
        assert!(fs::symlink_metadata(&state).unwrap().file_type().is_symlink());
    }
}
