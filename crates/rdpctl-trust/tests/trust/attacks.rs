//! What an author of a declaration might try: each is another receiver, another secret or never granted.

use std::path::{Path, PathBuf};

use rdpctl_model::guest::ChannelKind;
use rdpctl_trust::{Ask, Closed, Grants};

use crate::{ACCOUNT, TREE, asked, asked_with, declared};

const DECLARED: &str = r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"

[instance.web-01]
provider = "gz"
id = "ins-0abc1234"
profile = "standard"
guest = { via = ["winrm"], user = "Administrator", password = "env:WEB01" }
"#;

/// The grants that somebody gave to the declaration as it was.
fn granted(text: &str) -> Grants {
    let mut grants = Grants::default();
    for wish in asked(text) {
        grants.add(&wish.ask);
    }
    grants
}

fn is_open(grants: &Grants, text: &str) -> bool {
    Closed::by(&asked(text), grants).is_empty()
}

#[test]
fn whoever_changes_the_receiver_asks_anew() {
    let grants = granted(DECLARED);
    assert!(is_open(&grants, DECLARED));
    for (what, changed) in [
        ("another VM", DECLARED.replace("ins-0abc1234", "ins-0victim1")),
        ("another region", DECLARED.replace("ap-guangzhou", "ap-shanghai")),
        (
            "a provider of the same name elsewhere",
            DECLARED.replace("region", "endpoint = \"https://evil.example\"\nregion"),
        ),
        (
            "a host",
            DECLARED.replace(
                "\"env:WEB01\" }",
                "\"env:WEB01\", winrm = { endpoint = \"https://evil.example\" } }",
            ),
        ),
        ("another secret", DECLARED.replace("env:WEB01", "env:TENCENTCLOUD_SECRET_KEY")),
        ("a file", DECLARED.replace("env:WEB01", "file:/etc/shadow")),
        ("a program", DECLARED.replace("env:WEB01", "cmd:/bin/sh -c evil")),
        (
            "other authorities",
            DECLARED.replace(
                "\"env:WEB01\" }",
                "\"env:WEB01\", winrm = { tls = true, ca-file = \"/tmp/c.pem\" } }",
            ),
        ),
    ] {
        assert!(!is_open(&grants, &changed), "{what}");
    }
    // A name is the declaration's own, and decides nothing.
    assert!(is_open(
        &grants,
        &DECLARED
            .replace("web-01", "web-02")
            .replace("\"gz\"", "\"canton\"")
            .replace("provider.gz", "provider.canton")
    ));
}

#[test]
fn the_same_words_in_another_account_are_another_receiver() {
    let grants = granted(DECLARED);
    let elsewhere = asked_with(DECLARED, "666", &Path::to_path_buf);
    assert!(!Closed::by(&elsewhere, &grants).is_empty());
    let nobody = asked_with(DECLARED, "", &Path::to_path_buf);
    assert!(nobody.iter().all(|wish| wish.never.is_some()), "{nobody:?}");
    assert_eq!(ACCOUNT.len(), 12);
}

#[test]
fn a_program_of_the_work_tree_or_without_its_path_is_never_started() {
    for program in ["./get.sh", "get.sh", "sh x", &format!("{TREE}/get.sh")] {
        let text = DECLARED.replace("env:WEB01", &format!("cmd:{program}"));
        let mut grants = granted(&text);
        assert!(!is_open(&grants, &text), "{program}");
        for wish in asked(&text) {
            grants.add(&wish.ask);
        }
        assert!(!is_open(&grants, &text), "{program}: not even if somebody writes it down");
    }
}

#[test]
fn a_link_is_what_it_leads_to() {
    let text = DECLARED.replace("env:WEB01", "file:/work/tree/password");
    let to = |target: &'static str| move |_: &Path| PathBuf::from(target);
    let mut grants = Grants::default();
    for wish in asked_with(&text, ACCOUNT, &to("/home/me/password")) {
        grants.add(&wish.ask);
    }
    let moved = asked_with(&text, ACCOUNT, &to("/etc/shadow"));
    assert!(!Closed::by(&moved, &grants).is_empty());
    // A program that is reached over a link into the tree is one of the tree.
    let program = DECLARED.replace("env:WEB01", "cmd:/usr/bin/get");
    let wishes = asked_with(&program, ACCOUNT, &to("/work/tree/get"));
    assert!(wishes.iter().any(|wish| wish.never.is_some()));
}

#[test]
fn a_strangers_declaration_gets_nothing_whatever_is_granted() {
    let mut declaration = declared(DECLARED);
    Closed::untrusted(&asked(DECLARED)).close(&mut declaration);
    let instance = declaration.instances.values().next().unwrap();
    assert!(instance.closed.is_some());
    assert!(instance.guest.closed.contains_key(&ChannelKind::Winrm));
    assert_eq!(instance.guest.password, None);
    let free = DECLARED.replace(
        r#"via = ["winrm"], user = "Administrator", password = "env:WEB01""#,
        r#"via = ["run-command"]"#,
    );
    let mut declaration = declared(&free);
    Closed::untrusted(&asked(&free)).close(&mut declaration);
    let guest = &declaration.instances.values().next().unwrap().guest;
    assert!(
        guest.closed.contains_key(&ChannelKind::RunCommand),
        "its agent is the right to be SYSTEM"
    );
}

#[test]
fn equal_asks_of_many_are_one_question() {
    let two = format!(
        "{DECLARED}{}",
        DECLARED
            .split_once("[instance")
            .map(|(_, rest)| format!("[instance{rest}"))
            .unwrap()
            .replace("web-01", "web-02")
            .replace("ins-0abc1234", "ins-0abc5678")
    );
    let wishes = asked(&two);
    let from: std::collections::BTreeSet<_> = wishes
        .iter()
        .filter_map(|wish| match &wish.ask {
            Ask::Secret { from, .. } => Some(from.to_string()),
            Ask::Host { .. }
            | Ask::Identity { .. }
            | Ask::Endpoint { .. }
            | Ask::File { .. }
            | Ask::Disk { .. }
            | Ask::VmDisk { .. }
            | Ask::FleetDisks { .. }
            | Ask::Proxy { .. }
            | Ask::Enforce { .. }
            | Ask::Webhook { .. }
            | Ask::Page { .. }
            | Ask::State { .. } => None,
        })
        .collect();
    assert_eq!(from.len(), 1, "one secret with both its receivers");
    assert_eq!(wishes.len(), 2);
}
