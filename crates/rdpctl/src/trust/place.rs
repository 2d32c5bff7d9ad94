//! Where the grants lie: outside of every declaration, and in nobody's hands but their owner's.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rdpctl_trust::Grants;

use crate::error::CliError;
use crate::whole;

/// A file of grants is a few kilobytes.
const LARGEST: u64 = 1024 * 1024;

/// The grants file with what is in it.
pub(crate) struct Kept {
    /// Where it lies, or would.
    pub(crate) path: PathBuf,
    /// What it grants.
    pub(crate) grants: Grants,
}

impl Kept {
    /// Reads the grants that somebody named, else those of the user; a file of the user's that is not there grants
    /// nothing.
    pub(crate) fn read(named: Option<&Path>, trees: &[PathBuf]) -> Result<Self, CliError> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => match usual() {
                Some(path) => path,
                // Without a home there is nothing that could be granted.
                None => return Ok(Self { path: PathBuf::new(), grants: Grants::default() }),
            },
        };
        if named.is_none() && std::fs::symlink_metadata(&path).is_err() {
            return Ok(Self { path, grants: Grants::default() });
        }
        check(&path, trees)?;
        let text = read_bounded(&path)?;
        let grants = Grants::parse(&text).map_err(|error| {
            CliError::new(format!("{} does not grant anything", path.display()))
                .why(error)
                .hint("its form: `rdpctl schema --grants`; `rdpctl trust` writes it after a yes")
        })?;
        Ok(Self { path, grants })
    }

    /// Writes it whole, or not at all.
    pub(crate) fn write(&self) -> Result<(), CliError> {
        let failed = |error: &dyn std::fmt::Display| {
            CliError::new(format!("the grants cannot be written to {}", self.path.display()))
                .why(error)
                .hint("name a file with --grants FILE or RDPCTL_GRANTS, outside of the work tree")
        };
        let text = self.grants.render().map_err(|error| failed(&error))?;
        let folder = self.path.parent().ok_or_else(|| failed(&"no folder is known for it"))?;
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        whole::write(&self.path, text.as_bytes()).map_err(|error| failed(&error))
    }
}

/// The user's own grants file.
fn usual() -> Option<PathBuf> {
    let variable =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = variable("XDG_CONFIG_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("rdpctl").join("grants.toml"))
}

/// Refuses a file that somebody else may write, or that comes with the declaration.
fn check(path: &Path, trees: &[PathBuf]) -> Result<(), CliError> {
    let unreadable = |error: std::io::Error| {
        CliError::new(format!("cannot read the grants in {}", path.display()))
            .why(error)
            .hint("`rdpctl trust` writes them after a yes; --grants names another file")
    };
    let real = path.canonicalize().map_err(unreadable)?;
    let refused = |why: &str, remedy: &str| {
        Err(CliError::new(format!("the grants in {} are not used", path.display()))
            .why(why)
            .hint(remedy))
    };
    if trees.iter().any(|tree| real.starts_with(tree)) {
        return refused(
            "they lie in the work tree, so that whoever writes the declaration could grant it to himself",
            "keep them outside of it, for example in ~/.config/rdpctl/grants.toml",
        );
    }
    let found = std::fs::metadata(&real).map_err(unreadable)?;
    if !found.is_file() {
        return refused("that is not a file", "name a file");
    }
    let me = rustix::process::geteuid().as_raw();
    if found.uid() != me && found.uid() != 0 {
        return refused("they belong to somebody else", "keep a file of your own");
    }
    if found.mode() & 0o022 != 0 {
        return refused("others may write them", "chmod 600 that file");
    }
    let folder = real.parent().and_then(|folder| std::fs::metadata(folder).ok());
    // In a folder with the sticky bit others may add files, not replace this one.
    if folder.is_some_and(|it| it.mode() & 0o022 != 0 && it.mode() & 0o1000 == 0) {
        return refused(
            "others may write the folder in which they lie, and so replace them",
            "chmod go-w that folder",
        );
    }
    Ok(())
}

fn read_bounded(path: &Path) -> Result<String, CliError> {
    use std::io::Read;
    let failed = |error: &dyn std::fmt::Display| {
        CliError::new(format!("cannot read the grants in {}", path.display())).why(error)
    };
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
        .map_err(|error| failed(&error))?;
    if text.len() as u64 > LARGEST {
        return Err(failed(&"it is larger than 1 MiB"));
    }
    Ok(text)
}
