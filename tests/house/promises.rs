//! What the documents promise, held to tests that exist.
//!
//! The last cell of a row names them: `path`, or `path`: `name`, `name`. A path is counted from the repository or from
//! `crates`; a name is a test in that file or folder.

use std::path::{Path, PathBuf};

use crate::tool::root;

/// The cells of every row of the tables in a document, but for their heads.
fn rows(document: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(root().join(document)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let is_row = |line: &&str| line.starts_with('|');
    let body = lines.iter().enumerate().filter(|(place, line)| {
        let rule = |at: Option<&&str>| at.is_some_and(|line| line.starts_with("|--"));
        is_row(line) && !line.starts_with("|--") && !rule(lines.get(place + 1))
    });
    body.map(|(_, line)| {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn place(path: &str) -> Option<PathBuf> {
    [root().join(path), root().join("crates").join(path)].into_iter().find(|path| path.exists())
}

/// All Rust text of a file or folder.
fn text_of(path: &Path) -> String {
    if path.is_file() {
        return String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    }
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| text_of(&path)).collect()
}

/// What a cell names and is not there.
pub(crate) fn missing(cell: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut text = String::new();
    for name in quoted(cell) {
        if name.contains('/') {
            match place(name) {
                Some(path) => text = text_of(&path),
                None => missing.push(format!("there is no {name}")),
            }
        } else if !text.contains(&format!("fn {name}(")) {
            missing.push(format!("no test `{name}` where the row says"));
        }
    }
    missing
}

/// Where a document holds what was wished against what stands, in three cells, the last names what shows it.
#[test]
fn what_the_page_is_beside_its_design_names_tests_that_exist() {
    let rows: Vec<_> = rows("docs/page.md").into_iter().filter(|row| row.len() == 3).collect();
    assert!(rows.len() > 30, "{} rows", rows.len());
    let broken: Vec<String> = rows.iter().flat_map(|row| missing(&row[2])).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_promise_names_tests_that_exist() {
    let mut broken = Vec::new();
    for document in ["docs/promises.md", "docs/truth.md", "docs/disk.md"] {
        for row in rows(document) {
            let [promise, tests] = &row[..] else { panic!("not two cells: {row:?}") };
            if quoted(tests).next().is_none() {
                broken.push(format!("{promise}: no test"));
            }
            broken.extend(missing(tests).into_iter().map(|what| format!("{promise}: {what}")));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_finding_of_those_who_tried_it_first_names_its_test() {
    let mut broken = Vec::new();
    for row in rows("docs/use.md") {
        let [finding, _, tests] = &row[..] else { panic!("not three cells: {row:?}") };
        if quoted(tests).next().is_none() {
            broken.push(format!("{finding}: no test"));
        }
        broken.extend(missing(tests).into_iter().map(|what| format!("{finding}: {what}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_row_of_the_threats_names_its_test() {
    let mut broken = Vec::new();
    for row in rows("SECURITY.md") {
        let [who, _, _, tests] = &row[..] else { panic!("not four cells: {row:?}") };
        if quoted(tests).next().is_none() {
            broken.push(format!("{who}: no test"));
        }
        broken.extend(missing(tests).into_iter().map(|what| format!("{who}: {what}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What the audit tried, by the words in which its row begins.
const TRIED: [&str; 23] = [
    "a planted `reg.cmd`",
    "an edited plan: an undeclared VM",
    "an edited plan: a denied guard",
    "an edited plan: `sethc`",
    "`cmd:` in a pull request",
    "`env:` of the provider's own key to a foreign endpoint",
    "`file:/etc/shadow`",
    "http endpoints",
    "the stolen lock in another process namespace",
    "a service named `x & y` among 200",
    "the tagged stranger",
    "an alert flood",
    "ESC in a file name",
    "a FIFO as a secret",
    "a 3 GB plan file",
    "U+202E",
    "a redefined provider of the same name",
    "`10.0.0.x.evil.com` against a pattern",
    "a host name that resolves elsewhere the second time",
    "`cmd:./get.sh`",
    "a linked secret file",
    "a grants file in the tree",
    "a committed `.rdpctl/state.db`",
];

#[test]
fn every_attack_of_the_audit_has_its_row_with_a_test_through_the_binary() {
    let rows = rows("SECURITY.md");
    for tried in TRIED {
        let row = rows.iter().find(|row| row[0].starts_with(tried));
        let row = row.unwrap_or_else(|| panic!("no row begins with {tried}"));
        assert!(
            quoted(&row[3]).any(|name| name.starts_with("tests/house/")),
            "{tried}: {}",
            row[3]
        );
    }
}

#[test]
fn reviews_are_of_the_versions_that_are_built() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let mut reviewed = Vec::new();
    for entry in std::fs::read_dir(root().join("docs/reviews")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        for row in rows(&format!("docs/reviews/{name}")) {
            let said = if row[0] == "package" { &row[1] } else { &row[0] };
            let Some((package, rest)) = said.split_once(' ') else { continue };
            let version = rest.split(',').next().unwrap_or_default();
            if version.split('.').count() == 3
                && version.starts_with(|it: char| it.is_ascii_digit())
            {
                let locked = format!("name = \"{package}\"\nversion = \"{version}\"\n");
                assert!(lock.contains(&locked), "{name} is of {said}, which is not what is built");
                reviewed.push(package.to_owned());
            }
            let sum = said.split_once("SHA-256 ").map(|(_, sum)| sum);
            assert!(sum.is_none_or(|sum| lock.contains(sum)), "{name}: other bytes than reviewed");
        }
    }
    for secretive in ["winrm-rs", "ring", "rustls", "reqwest", "secrecy"] {
        assert!(reviewed.iter().any(|package| package == secretive), "{secretive} has no review");
    }
}
