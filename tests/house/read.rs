//! What is read of a guest is used: judged by a facet, shown by the doctor, or listed as unusual. What is read and used
//! nowhere costs every look room and says nothing.

use std::path::Path;

use crate::tool::root;

/// Everything that is written in a folder's files.
fn written(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            written(&path, into);
        } else {
            into.push_str(&std::fs::read_to_string(&path).unwrap().to_lowercase());
        }
    }
}

#[test]
fn every_key_that_is_read_of_a_guest_is_used_somewhere() {
    let lists = root().join("crates/rdpctl-guest/src/observe/lists.rs");
    let lists = std::fs::read_to_string(lists).unwrap();
    let mut used = String::new();
    for folder in [
        "crates/rdpctl-facets/src",
        "crates/rdpctl-doctor/trees",
        "crates/rdpctl-doctor/unusual",
        "crates/rdpctl-doctor/src",
        "crates/rdpctl-model/src",
        "crates/rdpctl-guest/src/observe/survey",
    ] {
        written(&root().join(folder), &mut used);
    }
    // Where the doctor's data write `\`, Rust may write `\\`.
    let used = used.replace("\\\\", "\\");
    let unused: Vec<&str> = lists
        .lines()
        .filter_map(|line| line.trim().strip_prefix("r\"")?.split_once('"'))
        .map(|(path, _)| path)
        .filter(|path| {
            path.starts_with("Control\\")
                || path.starts_with("Services\\")
                || path.starts_with("Policies\\")
                || path.starts_with("Microsoft\\")
        })
        .filter(|path| !used.contains(&path.to_lowercase()))
        .collect();
    assert_eq!(unused, Vec::<&str>::new());
}

#[test]
fn every_service_and_value_that_is_read_of_a_guest_is_used_somewhere() {
    let lists = root().join("crates/rdpctl-guest/src/observe/lists.rs");
    let lists = std::fs::read_to_string(lists).unwrap();
    let mut used = String::new();
    for folder in [
        "crates/rdpctl-facets/src",
        "crates/rdpctl-doctor/trees",
        "crates/rdpctl-doctor/unusual",
        "crates/rdpctl-model/src",
        "crates/rdpctl-guest/src/frame",
        "crates/rdpctl-guest/src/observe/survey.rs",
    ] {
        let path = root().join(folder);
        if path.is_dir() {
            written(&path, &mut used);
        } else {
            used.push_str(&std::fs::read_to_string(path).unwrap().to_lowercase());
        }
    }
    let services = lists
        .lines()
        .skip_while(|line| !line.contains("const STARTS"))
        .take_while(|line| !line.contains("enum Extent"))
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","));
    let values = lists
        .lines()
        .filter(|line| line.trim().starts_with("value(") && line.trim().ends_with("),"))
        .filter_map(|line| line.rsplit('"').nth(1));
    let unused: Vec<&str> =
        services.chain(values).filter(|name| !used.contains(&name.to_lowercase())).collect();
    assert_eq!(unused, Vec::<&str>::new());
}
