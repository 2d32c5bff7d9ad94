//! A program that somebody sent: it is run, as it is, on this computer, with the files of its folder and the disks of the
//! machine in the place of theirs.
//!
//! Whoever reaches the simulator could so run anything here. Therefore it runs the one program that lies beside it, byte for
//! byte, and no other.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::Machine;

/// Nothing that lies here is run: it is mounted so.
const NOT_RUN: [&str; 3] = ["/run/", "/dev/", "/proc/"];

/// What it printed goes to `out`; how it ended is its status.
pub(super) fn run(
    machine: &mut Machine,
    path: &str,
    words: &[String],
    out: &mut Vec<u8>,
) -> Result<i32, String> {
    let denied = || format!("sh: 1: {path}: Permission denied");
    let bytes = machine.files.get(path).ok_or_else(|| format!("sh: 1: {path}: not found"))?;
    if NOT_RUN.iter().any(|folder| path.starts_with(folder)) || !machine.runs.contains(path) {
        return Err(denied());
    }
    if !bytes.starts_with(b"\x7fELF") || !lies_beside_us(bytes) {
        return Err(format!("sh: 1: {path}: Exec format error"));
    }
    let (folder, _) = path.rsplit_once('/').ok_or_else(denied)?;
    let failed = |error: std::io::Error| format!("sh: 1: {path}: {error}");
    let place = Place::new().map_err(failed)?;
    let (own, below) = (place.0.join("program"), place.0.join("folder"));
    fs::create_dir(&below).map_err(failed)?;
    let mut file = fs::OpenOptions::new();
    let mut file = file.create_new(true).write(true).mode(0o700).open(&own).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    drop(file);
    let prefix = format!("{folder}/");
    for (known, content) in &machine.files {
        if let Some(name) = known.strip_prefix(&prefix).filter(|name| !name.contains('/')) {
            fs::write(below.join(name), content).map_err(failed)?;
        }
    }
    let mut given = Vec::new();
    for word in words {
        match machine.disks.get(word) {
            None => given.push(word.clone()),
            Some(content) => {
                let disk = place.0.join("disk");
                fs::write(&disk, content).map_err(failed)?;
                given.push(disk.display().to_string());
            }
        }
    }
    let ran = started(&own, &below, &given).map_err(failed)?;
    out.extend(ran.stdout);
    for disk in words {
        if let Some(content) = machine.disks.get_mut(disk) {
            *content = fs::read(place.0.join("disk")).map_err(failed)?;
        }
    }
    for entry in fs::read_dir(&below).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let content = fs::read(entry.path()).map_err(failed)?;
        machine.files.insert(format!("{prefix}{name}"), content);
    }
    Ok(ran.status.code().unwrap_or(137))
}

/// A folder of our own, which goes with it.
struct Place(PathBuf);

impl Place {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("rdpctl-sim-{}", uuid::Uuid::new_v4()));
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is the system's to sweep.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lies_beside_us(bytes: &[u8]) -> bool {
    let own = std::env::current_exe().and_then(fs::canonicalize);
    let beside = own.map(|own| own.with_file_name("rdpctl-rescue"));
    beside.and_then(fs::read).is_ok_and(|known| known == bytes)
}

/// Another thread that begins a process at this moment holds the program open for writing a moment longer.
fn started(own: &Path, folder: &Path, words: &[String]) -> std::io::Result<std::process::Output> {
    loop {
        let mut command = Command::new(own);
        command.args(words).current_dir(folder).env_clear().stdin(Stdio::null());
        match command.output() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::yield_now();
            }
            ran => return ran,
        }
    }
}
