//! What an action is stands in one table. Nobody else picks actions out by name, but those who carry them out or put them
//! into words, and these must name them all.

use std::path::Path;

use crate::measure::sources;
use crate::tool::root;

/// Where actions are defined, carried out or put into words: there the compiler asks for every one of them.
const EXECUTORS: [&str; 5] = [
    "crates/rdpctl-model/src/action",
    "crates/rdpctl-guest/src/perform",
    "crates/rdpctl-providers/src/tencent",
    "crates/rdpctl-contract/src/fake",
    "crates/rdpctl-words/src/title.rs",
];

/// Ways to look at some variants and silently pass over the others.
const PARTIAL: [&str; 3] = ["matches!(", "if let ", "while let "];

const KINDS: [&str; 4] = ["GuestAction::", "CloudAction::", "OwnAction::", "Action::"];

/// The text of a partial look, up to where the value that is looked at begins, or the macro ends.
fn looks(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for way in PARTIAL {
        for (at, _) in text.match_indices(way) {
            let rest = &text[at + way.len()..];
            let end = if way == "matches!(" { closing(rest) } else { equals(rest) };
            found.push(&rest[..end.unwrap_or(rest.len())]);
        }
    }
    // `let PATTERN = value else`: a pattern that may fail begins with the name of a variant.
    for (at, _) in text.match_indices("let ") {
        let rest = &text[at + 4..];
        let pattern = &rest[..equals(rest).unwrap_or(rest.len())];
        if KINDS.iter().any(|kind| pattern.trim_start_matches(['(', '&']).starts_with(kind)) {
            found.push(pattern);
        }
    }
    found
}

/// Where a pattern ends: at the sign of an assignment, whatever follows on its line.
fn equals(text: &str) -> Option<usize> {
    text.match_indices(" =")
        .map(|(at, _)| at)
        .find(|at| text[at + 2..].starts_with(char::is_whitespace))
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 1_u32;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

fn is_executor(path: &Path) -> bool {
    let path = path.strip_prefix(root()).unwrap();
    EXECUTORS.iter().any(|folder| path.starts_with(folder))
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "benches")
        || path.ends_with("tests.rs")
        || path.ends_with("samples.rs")
}

#[test]
fn nobody_but_executors_picks_actions_out_by_name() {
    let mut pickers = Vec::new();
    for path in sources().into_iter().filter(|path| !is_executor(path) && !is_test(path)) {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for look in looks(text) {
            // Other enums end in the same words: the rules of a cloud, the flags of an argument.
            let ours = KINDS.iter().any(|kind| {
                look.match_indices(kind)
                    .any(|(at, _)| !look[..at].ends_with(|c: char| c.is_alphanumeric()))
            });
            if ours {
                pickers.push(format!("{}: {look}", path.display()));
            }
        }
    }
    assert_eq!(pickers, Vec::<String>::new(), "a trait of the action is missing in the table");
}
