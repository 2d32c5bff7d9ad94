//! Which files are read, and which are left alone.

use std::fs;
use std::path::PathBuf;

use rdpctl_config::load;

const PROVIDER: &str = "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n";

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("a file for the test");
    }
    folder
}

/// What is said, with the folder's name, which differs each time, left out.
fn said(folder: &tempfile::TempDir, file: &str) -> String {
    let path = folder.path().join(file);
    let path = if file.is_empty() { folder.path().to_owned() } else { path };
    let diagnostics = load(&[path]).expect_err("it is refused");
    diagnostics
        .to_string()
        .replace(&format!("{}/", folder.path().display()), "")
        .replace(&folder.path().display().to_string(), "FOLDER")
}

#[test]
fn a_folder_is_its_toml_files_without_hidden_ones_and_worlds() {
    let folder = folder(&[
        ("a.toml", PROVIDER.as_bytes()),
        (".hidden.toml", b"not = [toml"),
        ("world.toml", b"[world]\nseed = 7\n[provider.gz]\nkind = \"tencent\"\n"),
        ("notes.txt", b"not toml"),
    ]);
    let declaration = load(&[folder.path().to_owned()]).expect("it is valid");
    assert!(declaration.providers.contains_key("gz"));
}

#[test]
fn a_file_that_is_given_twice_is_read_once() {
    let folder = folder(&[("a.toml", PROVIDER.as_bytes())]);
    let both = [folder.path().to_owned(), folder.path().join("a.toml")];
    assert!(load(&both).is_ok());
}

#[test]
fn a_world_is_no_declaration() {
    let folder = folder(&[("world.toml", b"[world]\nseed = 7\n")]);
    insta::assert_snapshot!(said(&folder, "world.toml"), @"
    error: this is a world of the simulator, not a declaration
     --> world.toml:1:1
      |
    1 | [world]
      | ^^^^^^^
      |
      = help: give the declaration's path, and the world with `--sim world.toml`
    ");
}

#[test]
fn an_empty_folder_says_what_to_do() {
    insta::assert_snapshot!(said(&folder(&[]), ""), @"
    error: there is no declaration here
    --> FOLDER
     = help: write one (for example fleet.toml; `rdpctl schema` and `rdpctl explain` say what goes in), let `rdpctl import` write one from what exists, or give the path of another folder
    ");
}

#[test]
fn a_missing_file_is_named() {
    insta::assert_snapshot!(said(&folder(&[]), "fleet.toml"), @"
    error: cannot read fleet.toml: No such file or directory (os error 2)
    --> fleet.toml
     = help: paths are declaration files, or folders that hold them
    ");
}

#[test]
fn text_that_is_not_utf8_is_told_with_its_line() {
    let folder = folder(&[("a.toml", b"# \xea\xb0\x80\n# \xb0\xa1\n")]);
    insta::assert_snapshot!(said(&folder, "a.toml"), @"
    error: line 2 of this file is not UTF-8
    --> a.toml
     = help: save it as UTF-8; editors on Windows may have chosen another code page or UTF-16
    ");
}

#[test]
fn a_file_beyond_all_measure_is_not_read() {
    let folder = folder(&[("a.toml", &vec![b'#'; 4 * 1024 * 1024 + 1])]);
    insta::assert_snapshot!(said(&folder, "a.toml"), @"
    error: this file is larger than 4 MiB
    --> a.toml
     = help: split the declaration over several files of one folder, or select instances with a fleet
    ");
}

#[test]
fn several_files_that_cannot_be_read_are_all_named() {
    let folder = folder(&[]);
    let paths: Vec<PathBuf> = ["a.toml", "b.toml"].map(|name| folder.path().join(name)).to_vec();
    assert_eq!(load(&paths).expect_err("there are none").errors(), 2);
}
