//! The house rules that a machine can hold: who may depend on whom, how files open, and what a facet brings along.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use rdpctl_model::FacetId;
use serde_json::Value;

use crate::measure::{shown, sources};
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

#[test]
fn every_source_says_in_its_first_line_what_it_is() {
    let silent: Vec<String> = sources()
        .iter()
        .filter(|path| !std::fs::read_to_string(path).unwrap().starts_with("//! "))
        .map(|path| shown(path))
        .collect();
    assert_eq!(silent, Vec::<String>::new());
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

#[test]
fn names_are_taken_apart_where_they_are_made() {
    let home = ["rdpctl-model/src/id.rs", "rdpctl-model/src/source.rs"];
    let parses =
        [".as_str().split_once('/')", "name.split_once('/')", "prefix(\"fleet.", "\"fleet.{"];
    let mut found = Vec::new();
    for path in sources() {
        let name = shown(&path);
        if home.iter().any(|home| name.ends_with(home))
            || name.contains("rdpctl-sim")
            || name.starts_with("tests/")
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        found.extend(
            parses.iter().filter(|it| text.contains(**it)).map(|it| format!("{name}: {it}")),
        );
    }
    // What a person types for the doctor is no name yet.
    found.retain(|it| !it.contains("command/doctor/patient.rs"));
    assert!(found.is_empty(), "{found:#?}");
}
