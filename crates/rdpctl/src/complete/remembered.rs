//! Members of fleets as the state remembers them, for whoever waits at a shell.
//!
//! A state of a hundred thousand machines is not read anew for each key that somebody presses: their names lie beside it,
//! one a line, in a file that says of which state they are. It is made again whenever the state is another one, only where
//! there is a state already, and whoever reads it believes it as far as he believes the state.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::whole;

/// What the file is called.
const NAME: &str = "names";
/// Names of more machines than anybody has are not read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Members by what people call them, one a line, in order.
pub(super) fn members(paths: &[PathBuf]) -> String {
    let Ok(home) = crate::home::of(paths) else { return String::new() };
    let Some(of) = fingerprint(&home) else { return String::new() };
    let file = home.join(NAME);
    if let Some(kept) = kept(&file, &of) {
        return kept;
    }
    let Ok(runtime) = crate::runtime::runtime() else { return String::new() };
    let members = runtime.block_on(crate::members::remembered(paths)).into_iter();
    let mut names: Vec<String> =
        members.map(|one| one.called.unwrap_or_else(|| one.name.to_string())).collect();
    // A name that does not fit on a line could not be typed.
    names.retain(|name| !name.contains(['\n', '\r']));
    names.sort_unstable();
    let text = names.iter().fold(String::new(), |mut text, name| {
        text.push_str(name);
        text.push('\n');
        text
    });
    // Whoever cannot write them waits a little longer the next time.
    let _ = whole::write(&file, format!("{of}\n{text}").as_bytes());
    text
}

/// Of which state names are: its file and what was written beside it, by size and time. Nothing where there is none.
fn fingerprint(home: &Path) -> Option<String> {
    let mut text = String::new();
    for (name, is_needed) in [("state.db", true), ("state.db-wal", false)] {
        match fs::symlink_metadata(home.join(name)) {
            Ok(found) => {
                let at = (found.mtime(), found.mtime_nsec());
                let _ = write!(text, "{} {} {} {} ", found.ino(), found.len(), at.0, at.1);
            }
            Err(_) if is_needed => return None,
            Err(_) => text.push_str("- "),
        }
    }
    Some(text)
}

/// The names that were kept of this very state.
fn kept(file: &Path, of: &str) -> Option<String> {
    let found = fs::symlink_metadata(file).ok()?;
    if !found.is_file() || found.len() > LARGEST || rdpctl_store::believable(file).is_err() {
        return None;
    }
    let mut text = fs::read_to_string(file).ok()?;
    let (head, _) = text.split_once('\n')?;
    if head != of {
        return None;
    }
    text.drain(..=head.len());
    Some(text)
}
