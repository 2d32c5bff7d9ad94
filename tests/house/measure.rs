//! How long a file and a function may be. One number each, the ones that CONTRIBUTING gives.

use std::path::{Path, PathBuf};

use crate::tool::root;

/// A file has fewer lines than this, the tests inside it not counted.
const FILE: usize = 400;

/// A function has at most so many lines, from its name to its closing brace.
const FUNCTION: usize = 100;

/// Every Rust source of the workspace.
pub(crate) fn sources() -> Vec<PathBuf> {
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["crates", "tests", "benches"].map(|name| root().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // Fuzzers keep their own build folder.
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    sources.sort();
    sources
}

/// A source's path as a person can open it.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// A source without the tests inside it.
fn without_tests(text: &str) -> &str {
    &text[..text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len())]
}

#[test]
fn no_file_is_longer_than_the_measure() {
    let mut longer = Vec::new();
    for path in sources() {
        let lines = without_tests(&std::fs::read_to_string(&path).unwrap()).lines().count();
        let name = shown(&path);
        if lines >= FILE {
            longer.push(format!("{name} has {lines} lines, {} are allowed", FILE - 1));
        }
    }
    assert_eq!(longer, Vec::<String>::new());
}

/// What a new vendor costs: the files outside its own that name its kind, as CONTRIBUTING lists them.
#[test]
fn a_vendor_is_named_outside_its_own_files_where_contributing_says_so_and_nowhere_else() {
    let contributing = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let (_, listed) =
        contributing.split_once("a new vendor touches, outside its own files:").unwrap();
    let (listed, _) = listed.split_once("\n\n").unwrap();
    let mut listed: Vec<String> =
        listed.split('`').skip(1).step_by(2).map(|path| format!("crates/{path}")).collect();
    listed.sort();
    let mut named = Vec::new();
    for path in sources() {
        let name = shown(&path);
        // The simulator and tests are worlds of their own.
        let is_counted = name.contains("/src/")
            && !name.starts_with("crates/rdpctl-sim/")
            && !name.ends_with("tests.rs")
            && !name.contains("azure");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = without_tests(&text);
        if is_counted
            && ["ProviderKind::Azure", "Account::Azure"].iter().any(|it| text.contains(it))
        {
            named.push(name);
        }
    }
    named.sort();
    assert_eq!(named, listed);
    assert!(named.len() <= 6, "{named:?}");
}

#[test]
fn no_function_is_longer_than_the_measure() {
    let mut longer = Vec::new();
    for path in
        sources().iter().filter(|path| path.components().any(|part| part.as_os_str() == "src"))
    {
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = without_tests(&text).lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let words = line.trim_start().split("fn ").next().unwrap_or_default();
            let is_function = line.contains("fn ")
                && words.split_whitespace().all(|word| {
                    ["async", "const", "extern"].contains(&word) || word.starts_with("pub")
                });
            // What rustfmt closes at the function's own depth is the function's end.
            let end = lines[start..].iter().position(|line| {
                line.len() > indent
                    && line.is_char_boundary(indent)
                    && line[..indent].trim().is_empty()
                    && (line[indent..].starts_with('}')
                        || line[indent..].ends_with(';') && !line[indent..].starts_with(' '))
            });
            if let Some(end) = end.filter(|end| is_function && *end >= FUNCTION) {
                longer.push(format!("{}:{} has {} lines", shown(path), start + 1, end + 1));
            }
        }
    }
    assert_eq!(longer, Vec::<String>::new());
}
