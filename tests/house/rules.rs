//! The house rules that a machine can hold: who may depend on whom, how files open and how long they get.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use rdpctl_model::FacetId;
use serde_json::Value;

use crate::tool::{Tool, root};

/// The third column of the table of crates in ARCHITECTURE.md; `None` stands for "all".
fn allowed() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    text.lines()
        .skip_while(|line| !line.starts_with("| crate |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let name = cells[0].trim_matches('`').to_owned();
            let may = match cells[2] {
                "all" => None,
                "nothing of ours" => Some(BTreeSet::new()),
                list => Some(list.split(", ").map(|short| format!("rdpctl-{short}")).collect()),
            };
            (name, may)
        })
        .collect()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn crates_depend_only_on_what_the_table_in_architecture_allows() {
    let allowed = allowed();
    let metadata = metadata();
    let mut strangers = Vec::new();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        seen.insert(name.to_owned());
        let Some(may) = allowed.get(name) else {
            strangers.push(format!("{name} is not in the table"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            // `kind` is null for normal dependencies; tests may lean on neighbours.
            let ours = dependency["path"].is_string() && dependency["kind"].is_null();
            if ours && may.as_ref().is_some_and(|may| !may.contains(on)) {
                strangers.push(format!("{name} depends on {on}"));
            }
        }
    }
    assert_eq!(strangers, Vec::<String>::new());
    assert_eq!(
        seen,
        allowed.into_keys().collect(),
        "the table and the workspace name the same crates"
    );
}

/// Every Rust source of the workspace.
fn sources() -> Vec<PathBuf> {
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
    sources
}

/// The sources of which `wrong` is true, as paths a person can open.
fn offenders(wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let shown = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    let mut offenders: Vec<String> = sources()
        .iter()
        .filter(|path| wrong(&std::fs::read_to_string(path).unwrap()))
        .map(|path| shown(path))
        .collect();
    offenders.sort();
    offenders
}

#[test]
fn every_source_says_in_its_first_line_what_it_is() {
    assert_eq!(offenders(|text| !text.starts_with("//! ")), Vec::<String>::new());
}

#[test]
fn no_source_grows_an_attic() {
    assert_eq!(offenders(|text| text.lines().count() >= 700), Vec::<String>::new());
}

#[test]
fn every_facet_has_its_own_file_and_its_manual() {
    let tool = Tool::new();
    for facet in FacetId::ALL.into_iter().map(FacetId::name) {
        let file = root().join(format!("crates/rdpctl-facets/src/{}.rs", facet.replace('-', "_")));
        assert!(file.exists(), "{facet} has no file {}", file.display());
        let ran = tool.run(&["explain", facet]);
        assert_eq!(ran.code, Some(0), "{facet}: {}", ran.err);
        assert!(ran.out.contains(facet), "{}", ran.out);
    }
}
