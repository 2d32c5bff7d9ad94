//! Files that a world names: beside it, and nowhere else. Whoever tries somebody's world may not find his own files read
//! into it, or written over with a disk.

use std::path::{Component, Path, PathBuf};

/// The file that a world means, or why it may not.
pub(super) fn beside(world: &Path, file: &str) -> Result<PathBuf, String> {
    let named = Path::new(file);
    let stays = named.components().all(|part| match part {
        Component::Normal(_) | Component::CurDir => true,
        Component::Prefix(_) | Component::RootDir | Component::ParentDir => false,
    });
    if !stays || file.is_empty() {
        return Err(format!("`{file}` does not lie beside the world: a name or a path below it"));
    }
    let folder = world.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let path = folder.join(named);
    // Of what is not there yet, the folder in which it would be decides; a link to nothing is made a file elsewhere.
    let there = path.symlink_metadata().is_ok();
    let decides = if there { Some(path.as_path()) } else { path.parent() };
    let real = decides.and_then(|path| path.canonicalize().ok());
    match (real, folder.canonicalize()) {
        (Some(real), Ok(folder)) if real.starts_with(&folder) => Ok(path),
        (Some(_), Ok(_)) => Err(format!("a link leads from `{file}` to another folder")),
        (None, _) if there => Err(format!("`{file}` is a link to nothing")),
        // Whoever opens it says what is missing.
        (Some(_) | None, _) => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_names_what_lies_beside_it_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let world = folder.path().join("world.toml");
        std::fs::create_dir(folder.path().join("disks")).unwrap();
        std::fs::write(folder.path().join("a.reg"), "").unwrap();
        std::fs::write(elsewhere.path().join("b"), "").unwrap();
        let link = |name: &str, to: &Path| {
            std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
        };
        link("own.reg", Path::new("a.reg"));
        link("out.reg", &elsewhere.path().join("b"));
        link("new.raw", &elsewhere.path().join("not-yet"));
        link("out", elsewhere.path());
        for good in ["a.reg", "./a.reg", "own.reg", "new-disk.raw", "disks/new.raw", "gone/a.reg"] {
            assert!(beside(&world, good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/shadow",
            "../a.reg",
            "disks/../../x",
            "out.reg",
            "new.raw",
            "out/b",
            "out/new",
        ] {
            assert!(beside(&world, bad).is_err(), "{bad}");
        }
    }
}
