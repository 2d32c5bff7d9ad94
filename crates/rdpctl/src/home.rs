//! Where the state of some declarations lies: one rule, whatever the order in which they are named.
//!
//! It is the nearest `.rdpctl` upwards from the deepest folder that all given paths share, or is made there. Where one
//! of the paths alone would have another one, nobody can tell which is meant: that is an error which names both.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use crate::error::CliError;

/// What the folder is called.
const NAME: &str = ".rdpctl";

const OTHERS_READ: u32 = 0o055;
const OTHERS_WRITE: u32 = 0o022;

/// The folder in which the state of these declarations lies, or would.
pub(crate) fn of(paths: &[PathBuf]) -> Result<PathBuf, CliError> {
    let folders: Vec<PathBuf> = paths.iter().map(|path| folder_of(path)).collect();
    let Some(shared) = shared(&folders) else {
        return Err(CliError::new("the declarations share no folder")
            .hint("name a state with --state PATH"));
    };
    let home = nearest(&shared).unwrap_or_else(|| shared.join(NAME));
    for folder in &folders {
        if let Some(own) = nearest(folder).filter(|own| *own != home) {
            return Err(CliError::new(format!(
                "two states could be meant: {} is the nearest to {}, and {} is that of all paths together",
                as_seen_from_here(own).display(),
                as_seen_from_here(folder.clone()).display(),
                as_seen_from_here(home).display()
            ))
            .hint("name one with --state PATH, or move the other away"));
        }
    }
    if fs::symlink_metadata(&home).is_ok_and(|found| found.file_type().is_symlink()) {
        return Err(CliError::new(format!("{} is a link, which is not followed", home.display()))
            .hint("name the state that is meant with --state PATH"));
    }
    Ok(as_seen_from_here(home))
}

/// Below the current folder a path is told, and taken, as it looks from there.
fn as_seen_from_here(path: PathBuf) -> PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    match here.as_deref().map(|here| path.strip_prefix(here)) {
        Ok(Ok(inside)) => inside.to_owned(),
        Ok(Err(_)) | Err(_) => path,
    }
}

/// The folder, which is made where there is none.
pub(crate) fn made(paths: &[PathBuf]) -> Result<PathBuf, CliError> {
    let home = of(paths)?;
    match make(&home) {
        Ok(()) => Ok(home),
        Err(error) => Err(CliError::new(format!("cannot make {}", home.display()))
            .why(error)
            .hint("name another place with --state PATH")),
    }
}

/// Makes the folder for its owner alone, and keeps it out of Git. What is there stays as it is, but for those who may
/// read it.
fn make(home: &Path) -> std::io::Result<()> {
    match DirBuilder::new().mode(0o700).create(home) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = fs::metadata(home)?;
            let is_ours = found.uid() == rustix::process::geteuid().as_raw();
            return if is_ours && found.mode() & OTHERS_READ != 0 && found.mode() & OTHERS_WRITE == 0
            {
                fs::set_permissions(home, Permissions::from_mode(0o700))
            } else {
                // One that others may write is refused with its state.
                Ok(())
            };
        }
        made => made?,
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(home.join(".gitignore"))?
        .write_all(b"*\n")
}

/// The folder of a declaration, links resolved.
fn folder_of(path: &Path) -> PathBuf {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real.is_dir() { real } else { real.parent().map_or(real.clone(), Path::to_owned) }
}

/// The deepest folder that holds all of them.
fn shared(folders: &[PathBuf]) -> Option<PathBuf> {
    let (first, rest) = folders.split_first()?;
    let holds = |folder: &&Path| rest.iter().all(|other| other.starts_with(folder));
    first.ancestors().find(holds).map(Path::to_owned)
}

fn nearest(folder: &Path) -> Option<PathBuf> {
    let home = |folder: &Path| folder.join(NAME);
    folder.ancestors().map(home).find(|home| fs::symlink_metadata(home).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_declarations_have_the_same_state_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["team/a", "team/b"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        fs::write(root.join("team/a/x.toml"), "").unwrap();
        let paths = |names: &[&str]| names.iter().map(|name| root.join(name)).collect::<Vec<_>>();
        let home = |names: &[&str]| of(&paths(names)).unwrap();
        assert_eq!(home(&["team/a", "team/b"]), root.join("team/.rdpctl"));
        assert_eq!(home(&["team/b", "team/a/x.toml"]), root.join("team/.rdpctl"));
        assert_eq!(home(&["team/a/x.toml"]), root.join("team/a/.rdpctl"));

        // The nearest upwards that is there is taken by all below it.
        make(&root.join(".rdpctl")).unwrap();
        assert_eq!(home(&["team/a", "team/b"]), root.join(".rdpctl"));
        assert_eq!(home(&["team/a"]), root.join(".rdpctl"));
        assert_eq!(fs::read_to_string(root.join(".rdpctl/.gitignore")).unwrap(), "*\n");

        // One of its own makes two that could be meant, whatever the order.
        make(&root.join("team/a/.rdpctl")).unwrap();
        for names in [["team/a", "team/b"], ["team/b", "team/a"]] {
            of(&paths(&names)).unwrap_err();
        }
        assert_eq!(home(&["team/a"]), root.join("team/a/.rdpctl"));
    }
}
