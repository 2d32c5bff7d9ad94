//! Whether Git tracks a file: then it came with somebody's commit. The index is read here, by nobody's program: what a
//! repository's own settings would have `git` start is the author's to choose.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// An index of a million files takes about a hundred MiB.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Of a path's bytes in the flags of an entry; longer paths say this much.
const LENGTH: u16 = 0x0fff;
/// Two more bytes of flags follow.
const EXTENDED: u16 = 0x4000;
/// Times, device, owner and size of a file, before its digest.
const STAT: usize = 40;

/// The first of these files that the repository around them tracks.
pub(super) fn among<'a>(files: &'a [PathBuf]) -> io::Result<Option<&'a Path>> {
    let Some(folder) = files.first().and_then(|file| file.parent()) else { return Ok(None) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // Where there is no folder, nothing in it came from anywhere.
    let Ok(folder) = folder.canonicalize() else { return Ok(None) };
    let Some(tree) = folder.ancestors().find(|tree| tree.join(".git").exists()) else {
        return Ok(None);
    };
    let Some(index) = index_of(tree)? else { return Ok(None) };
    let named = |file: &Path| {
        let inside = folder.strip_prefix(tree).ok()?.join(file.file_name()?);
        Some(inside.as_os_str().as_encoded_bytes().to_vec())
    };
    let wanted: Vec<(Vec<u8>, &'a Path)> =
        files.iter().filter_map(|file| Some((named(file)?, file.as_path()))).collect();
    let mut found = None;
    // A repository's digests are of one length, which only its settings tell; the other one does not fit the entries.
    let _ = [20, 32].into_iter().find(|digest| {
        walk(&index, *digest, &mut |path| {
            if let Some((_, file)) = wanted.iter().find(|(name, _)| name == path) {
                found = Some(*file);
            }
        })
        .is_some()
    });
    Ok(found)
}

/// The repository's index, where it has one.
fn index_of(tree: &Path) -> io::Result<Option<Vec<u8>>> {
    let git = tree.join(".git");
    let folder = if git.is_dir() {
        git
    } else {
        // A work tree or a submodule says where its own folder is.
        let mut text = String::new();
        fs::File::open(&git)?.take(4096).read_to_string(&mut text)?;
        match text.trim().strip_prefix("gitdir: ") {
            Some(elsewhere) => tree.join(elsewhere),
            None => return Ok(None),
        }
    };
    let file = match fs::File::open(folder.join("index")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Tells every path of an index. `None` where it does not read as one with digests of this length.
fn walk(index: &[u8], digest: usize, tell: &mut dyn FnMut(&[u8])) -> Option<()> {
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    let version = number(4)?;
    if !index.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let (mut at, mut path) = (12, Vec::new());
    for _ in 0..number(8)? {
        let begin = at;
        at += STAT + digest;
        let flags = u16::from_be_bytes(index.get(at..at + 2)?.try_into().ok()?);
        at += if flags & EXTENDED == 0 { 2 } else { 4 };
        if version == 4 {
            let (cut, next) = number_of(index, at)?;
            path.truncate(path.len().checked_sub(cut)?);
            at = next;
        } else {
            path.clear();
        }
        let rest = index.get(at..)?;
        let name = rest.get(..rest.iter().position(|byte| *byte == 0)?)?;
        path.extend_from_slice(name);
        let said = flags & LENGTH;
        if said != LENGTH && usize::from(said) != path.len() {
            return None;
        }
        tell(&path);
        at += name.len() + 1;
        if version != 4 {
            // One zero at least, and as many as make the entry a multiple of eight bytes.
            at = begin + (at - begin).next_multiple_of(8);
        }
    }
    Some(())
}

/// Git's own form of a number of variable length.
fn number_of(index: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *index.get(at)?;
    let mut number = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *index.get(at)?;
        number = number.checked_add(1)?.checked_mul(128)? | usize::from(byte & 0x7f);
    }
    Some((number, at + 1))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn git(tree: &Path, arguments: &[&str]) {
        let ran = Command::new("git").args(arguments).current_dir(tree).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    #[test]
    fn what_git_itself_was_told_to_track_is_found_in_every_form_of_index() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path();
        let state =
            vec![tree.join("deep/.rdpctl/state.db"), tree.join("deep/.rdpctl/state.db-wal")];
        assert_eq!(among(&state).unwrap(), None, "no folder");
        fs::create_dir_all(tree.join("deep/.rdpctl")).unwrap();
        assert_eq!(among(&state).unwrap(), None, "no repository");
        for (format, version) in [("sha1", "2"), ("sha1", "4"), ("sha256", "2"), ("sha256", "4")] {
            git(tree, &["init", "--quiet", &format!("--object-format={format}")]);
            assert_eq!(among(&state).unwrap(), None, "nothing added");
            for name in ["deep/.rdpctl/state.db.txt", "deep/a", "z/deep/.rdpctl/state.db", "b"] {
                fs::create_dir_all(tree.join(name).parent().unwrap()).unwrap();
                fs::write(tree.join(name), name).unwrap();
            }
            git(tree, &["add", "--force", "."]);
            // Flags beyond the first two bytes.
            fs::write(tree.join("deep/later"), "").unwrap();
            git(tree, &["add", "--intent-to-add", "deep/later"]);
            git(tree, &["update-index", "--index-version", version]);
            assert_eq!(among(&state).unwrap(), None, "{format} {version}: others");
            fs::write(&state[1], "").unwrap();
            git(tree, &["add", "--force", "deep/.rdpctl/state.db-wal"]);
            assert_eq!(among(&state).unwrap(), Some(state[1].as_path()), "{format} {version}");
            fs::remove_file(&state[1]).unwrap();
            fs::remove_dir_all(tree.join(".git")).unwrap();
        }
    }
}
