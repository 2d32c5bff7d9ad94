//! Files of ours, written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Replaces a file that its owner alone may read, and follows no link on the way: a checkout may hold one under any name.
///
/// # Errors
/// It was not written, and what stood there before stands.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".new-{}", std::process::id()));
    let draft = PathBuf::from(draft);
    // What a killed process with this number left is not kept; where there is none, there is nothing to remove.
    let _ = fs::remove_file(&draft);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // What stands there may be half of it, if it was made at all.
        let _ = fs::remove_file(&draft);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_through_a_link_and_a_failure_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("ours"), folder.path().join("other"));
        fs::write(&other, "mine").unwrap();
        let draft = folder.path().join(format!("ours.new-{}", std::process::id()));
        for at in [&draft, &path] {
            std::os::unix::fs::symlink(&other, at).unwrap();
            write(&path, b"new").unwrap();
            assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
            assert_eq!(fs::read_to_string(&path).unwrap(), "new");
            fs::remove_file(&path).unwrap();
        }
        // A folder is replaced by no file.
        fs::create_dir(&path).unwrap();
        fs::write(path.join("kept"), "").unwrap();
        write(&path, b"new").unwrap_err();
        assert!(path.join("kept").exists() && !draft.exists());
    }
}
