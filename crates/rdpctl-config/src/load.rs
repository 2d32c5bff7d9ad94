//! Files and folders become sources, and sources a declaration.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use crate::declaration::Declaration;
use crate::diagnostic::{Diagnostics, Problems};
use crate::parse::understand;
use crate::source::{Source, shown};

/// A declaration of a hundred thousand instances is smaller than this; anything larger is no declaration.
const LARGEST: u64 = 4 * 1024 * 1024;
/// More files than anybody keeps in one folder.
const MOST_FILES: usize = 10_000;

/// Reads and merges declarations. Of a folder, its `*.toml` are read in the order of their names, without hidden
/// files and without worlds of the simulator.
pub fn load(paths: &[PathBuf]) -> Result<Declaration, Diagnostics> {
    let mut problems = Problems::default();
    let sources = collect(paths, &mut problems);
    if problems.any_error() {
        return Err(problems.into_diagnostics(sources));
    }
    understand(sources, paths)
}

/// The files that [`load`] would read, with their texts.
pub fn gather(paths: &[PathBuf]) -> Result<Vec<Source>, Diagnostics> {
    let mut problems = Problems::default();
    let sources = collect(paths, &mut problems);
    if problems.any_error() { Err(problems.into_diagnostics(sources)) } else { Ok(sources) }
}

/// Reads one text under a name, with the same bounds as a file's.
pub fn read_one(name: &Path, from: impl Read) -> Result<Source, Diagnostics> {
    let mut problems = Problems::default();
    match text_of(name, from, &mut problems) {
        Some(text) => Ok(Source::new(name, text)),
        None => Err(problems.into_diagnostics(Vec::new())),
    }
}

fn collect(paths: &[PathBuf], problems: &mut Problems) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for path in paths {
        if path.is_dir() && !elsewhere(path) {
            for file in files_of(path, problems) {
                add(&file, Source::found, &mut sources, problems);
            }
        } else {
            add(path, Source::new, &mut sources, problems);
        }
    }
    sources
}

/// Reads a file, once: a folder and a file in it may both be given.
fn add(
    path: &Path,
    make: impl FnOnce(PathBuf, String) -> Source,
    sources: &mut Vec<Source>,
    problems: &mut Problems,
) {
    let shown = tidy(path);
    if sources.iter().any(|source| source.path() == shown) {
        return;
    }
    if elsewhere(path) {
        problems
            .file(&shown, "a link leads from here to another folder, and what lies there is not read")
            .help("name the file itself that is meant: whoever writes a link would else have shown, or rewritten, what is not his");
        return;
    }
    // What never ends, or waits for somebody who writes, is no declaration; a shell's own pipe was opened before.
    let is_named_pipe = std::fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_fifo());
    if is_named_pipe {
        problems
            .file(&shown, "this is a named pipe, and no file")
            .help("what comes through a pipe is read from standard input: `-`");
        return;
    }
    match File::open(path) {
        Ok(file) => {
            if let Some(text) = text_of(&shown, file, problems) {
                sources.push(make(shown, text));
            }
        }
        Err(error) => unreadable(&shown, &error, problems),
    }
}

fn text_of(path: &Path, from: impl Read, problems: &mut Problems) -> Option<String> {
    let mut bytes = Vec::new();
    if let Err(error) = from.take(LARGEST + 1).read_to_end(&mut bytes) {
        unreadable(path, &error, problems);
        return None;
    }
    if bytes.len() as u64 > LARGEST {
        problems
            .file(path, "this file is larger than 4 MiB")
            .help("split the declaration over several files of one folder, or select instances with a fleet");
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
            problems.file(path, format!("line {line} of this file is not UTF-8")).help(
                "save it as UTF-8; editors on Windows may have chosen another code page or UTF-16",
            );
            None
        }
    }
}

/// Whether a link on the way to a file leads out of the folder in which the link lies. A repository can hold links, and
/// whoever put one there may not read what it leads to; links within a folder, as a mounted volume has them, are its own.
#[must_use]
pub fn elsewhere(path: &Path) -> bool {
    let leads_out = |link: &Path| {
        let is_link = std::fs::symlink_metadata(link).is_ok_and(|found| found.is_symlink());
        let folder = link.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        match (is_link.then(|| link.canonicalize()), folder.canonicalize()) {
            (Some(Ok(there)), Ok(here)) => !there.starts_with(here),
            // Opening it says why; the shell's own pipes are links to nothing.
            (Some(_) | None, _) => false,
        }
    };
    if path.is_absolute() {
        // The way there is the machine's own.
        return leads_out(path);
    }
    let steps: Vec<&Path> = path.ancestors().filter(|step| !step.as_os_str().is_empty()).collect();
    steps.into_iter().any(leads_out)
}

fn unreadable(path: &Path, error: &io::Error, problems: &mut Problems) {
    let found = problems.file(path, format!("cannot read {}: {error}", shown(path)));
    if error.kind() == io::ErrorKind::NotFound {
        found.help("paths are declaration files, or folders that hold them");
    }
}

fn files_of(folder: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            unreadable(folder, &error, problems);
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => {
                let path = entry.path();
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                if !hidden && path.extension().is_some_and(|ext| ext == "toml") && path.is_file() {
                    files.push(path);
                }
            }
            Err(error) => unreadable(folder, &error, problems),
        }
    }
    if files.len() > MOST_FILES {
        problems.file(folder, format!("this folder holds more than {MOST_FILES} declarations"));
    }
    files.sort();
    files
}

/// `./a.toml` reads better as `a.toml`, and is the same file.
fn tidy(path: &Path) -> PathBuf {
    let tidy: PathBuf =
        path.components().filter(|part| *part != std::path::Component::CurDir).collect();
    if tidy.as_os_str().is_empty() { path.to_owned() } else { tidy }
}
