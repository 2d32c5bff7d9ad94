//! The data holds together: trees lead somewhere, documents are covered, and every language says the same things.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::FacetId;

use super::Library;
use crate::question::Test;
use crate::texts::Language;
use crate::tree::{Node, Tree};

fn library(language: Language) -> Library {
    Library::read(language).unwrap()
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_language_has_the_same_keys_and_placeholders() {
    let english = library(Language::English);
    let keys: BTreeMap<&str, BTreeSet<&str>> =
        english.texts.all().map(|(key, text)| (key, placeholders(text))).collect();
    assert!(keys.len() > 150, "{} texts", keys.len());
    for language in Language::ALL {
        let other = library(language);
        let theirs: BTreeMap<&str, BTreeSet<&str>> =
            other.texts.all().map(|(key, text)| (key, placeholders(text))).collect();
        assert_eq!(theirs, keys, "{}", language.code());
        for (key, text) in other.texts.all() {
            assert!(!text.trim().is_empty(), "{} says nothing under {key}", language.code());
        }
    }
}

#[test]
fn what_the_doctor_says_of_itself_has_words() {
    let library = library(Language::English);
    for key in [
        "summary.healthy",
        "summary.outside",
        "summary.cause",
        "summary.guess",
        "summary.unseen",
        "summary.undecided",
        "because.outside",
        "because.message",
        "because.event",
        "because.rest",
        "unseen.any",
        "gap.not-surveyed",
        "gap.not-asked",
        "gap.not-running",
        "gap.not-found",
        "gap.no-channel",
        "gap.agent-unavailable",
        "gap.unreachable",
        "gap.denied",
        "gap.timed-out",
        "gap.truncated",
        "gap.garbled",
        "gap.api-error",
        "words.unknown-message",
    ] {
        assert!(library.texts.find(key).is_some(), "nothing is said under {key}");
    }
}

#[test]
fn every_text_file_holds_texts_and_nothing_else() {
    fn only_texts(value: &toml::Value) -> bool {
        match value.as_table() {
            Some(table) => table.values().all(only_texts),
            None => value.is_str(),
        }
    }
    for language in Language::ALL {
        let table: toml::Table = toml::from_str(language.file()).unwrap();
        assert!(only_texts(&toml::Value::Table(table)), "{}", language.code());
    }
}

#[test]
fn every_node_facet_and_message_has_its_texts_and_no_text_is_left_over() {
    let library = library(Language::English);
    let mut wanted = BTreeSet::new();
    for tree in &library.trees {
        wanted.insert(format!("tree.{}.title", tree.id));
        for node in &tree.node {
            wanted.insert(format!("node.{}.ask", node.id));
            if node.test.is_some() {
                wanted.insert(format!("node.{}.fault", node.id));
            }
        }
    }
    wanted.extend(FacetId::ALL.map(|facet| format!("likely.{facet}")));
    wanted.extend(library.messages.message.iter().map(|one| format!("message.{}", one.id)));
    let told: BTreeSet<String> = library
        .texts
        .all()
        .map(|(key, _)| key.to_owned())
        .filter(|key| {
            ["tree.", "node.", "likely.", "message."].iter().any(|head| key.starts_with(head))
        })
        .collect();
    assert_eq!(told, wanted);
}

fn leads(node: &Node) -> impl Iterator<Item = &str> {
    [&node.yes, &node.no, &node.next].into_iter().flatten().map(String::as_str)
}

/// The nodes that can be come by, and whether some way comes back to where it was.
fn reach<'a>(tree: &'a Tree, at: &'a str, way: &mut Vec<&'a str>, seen: &mut BTreeSet<&'a str>) {
    assert!(!way.contains(&at), "{}: a way comes back to {at}", tree.id);
    if !seen.insert(at) {
        return;
    }
    way.push(at);
    let node = tree.node(at).unwrap_or_else(|| panic!("{}: there is no node {at}", tree.id));
    for next in leads(node) {
        reach(tree, next, way, seen);
    }
    way.pop();
}

#[test]
fn every_way_through_a_tree_leads_to_nodes_and_ends() {
    for tree in library(Language::English).trees {
        let mut seen = BTreeSet::new();
        reach(&tree, &tree.entry, &mut Vec::new(), &mut seen);
        let all: BTreeSet<&str> = tree.node.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(all.len(), tree.node.len(), "{}: a name is used twice", tree.id);
        assert_eq!(seen, all, "{}: some nodes cannot be come by", tree.id);
        for node in &tree.node {
            let is_question = node.test.is_some();
            assert!(
                is_question || (node.yes.is_none() && node.no.is_none()),
                "{}: a step has no answers",
                node.id
            );
            assert!(!is_question || node.next.is_none(), "{}: a question has answers", node.id);
        }
    }
}

/// The numbered items of the documents, as their pages number them. Unnumbered questions carry their heading's number.
const TENCENT: &str = "1.1 1.2 2 3 4.1 4.2 5.1 5.2 5.3 5.4 5.5 5.6 5.7 5.8 5.9 5.10 6.1 6.2 6.3 6.4 6.5 6.6 6.7 \
                       6.8 6.9 6.10 6.11 6.12 6.13 6.14";
const AZURE: &str = "0 console 1.1 1.2 1.2.1 1.2.2 1.3 1.3.1 1.3.2 1.3.3 2.1 2.2 2.2.1 2.2.2 2.2.3 2.2.4 2.2.5 2.3 \
                     2.4 3.1 3.2 3.3 4.1.1 4.1.2 4.1.3 4.2.1 4.2.2 4.3.1 4.3.2 4.4.1 4.4.2 4.4.3 4.4.4 4.4.5";

#[test]
fn every_numbered_item_of_both_documents_has_its_node() {
    let library = library(Language::English);
    for (tree, document) in library.trees.iter().zip([TENCENT, AZURE]) {
        let covered: BTreeSet<&str> =
            tree.node.iter().flat_map(|node| &node.covers).map(String::as_str).collect();
        let items: BTreeSet<&str> = document.split_whitespace().collect();
        assert_eq!(covered, items, "{}", tree.id);
    }
}

#[test]
fn every_facet_answers_a_question() {
    let library = library(Language::English);
    let asked: BTreeSet<FacetId> = library
        .trees
        .iter()
        .flat_map(|tree| &tree.node)
        .filter_map(
            |node| {
                if let Some(Test::Facet(facet)) = &node.test { Some(*facet) } else { None }
            },
        )
        .collect();
    assert_eq!(asked, FacetId::ALL.into_iter().collect());
}

#[test]
fn messages_are_known_in_english_and_korean_however_they_are_spelled() {
    let library = library(Language::English);
    for (said, id) in [
        ("An internal error has occurred.", "internal-error"),
        ("내부 오류가 발생했습니다.", "internal-error"),
        ("  RDP   INTERNAL ERROR ", "internal-error"),
        (
            "Remote Desktop can’t connect to the remote computer for one of these reasons:\n1) Remote access",
            "three-reasons",
        ),
        (
            "다음 이유 중 하나로 인해 원격 데스크톱을 사용하여 원격 컴퓨터에 연결할 수 없습니다.",
            "three-reasons",
        ),
        ("This computer can't connect to the remote computer. Try connecting again.", "try-again"),
        ("이 컴퓨터에서 원격 컴퓨터에 연결할 수 없습니다. 다시 연결해 보세요.", "try-again"),
        (
            "An authentication error has occurred. The function requested is not supported",
            "credssp",
        ),
        ("This could be due to CredSSP encryption oracle remediation.", "credssp"),
        ("인증 오류가 발생했습니다.", "credssp"),
        (
            "The remote computer requires Network Level Authentication, which your computer does not support.",
            "nla-required",
        ),
        ("인증서가 만료되었거나 아직 유효하지 않습니다.", "certificate-expired"),
        ("the server's certificate expired", "certificate-expired"),
        ("Configuring remote session...", "configuring"),
        ("An internal eror has occured", "internal-error"),
    ] {
        let complaint = library.messages.recognise(said, &library.texts);
        assert_eq!(complaint.message.as_deref(), Some(id), "{said}");
    }
}

#[test]
fn an_unknown_message_says_so_and_shows_its_likes() {
    let library = library(Language::English);
    let complaint =
        library.messages.recognise("some internal mistake has occurred", &library.texts);
    assert!(!complaint.is_known());
    assert_eq!(
        complaint.nearest.first().map(String::as_str),
        Some("an internal error has occurred")
    );
    assert!(library.messages.recognise("", &library.texts).message.is_none());
    let endless = library.messages.recognise(&"x".repeat(100_000), &library.texts);
    assert_eq!(endless.text.len(), 600);
}

#[test]
fn every_message_leads_to_a_node() {
    let library = library(Language::English);
    for message in &library.messages.message {
        assert!(
            library.trees.iter().any(|tree| tree.node(&message.entry).is_some()),
            "{} leads to {}",
            message.id,
            message.entry
        );
    }
}

#[test]
fn a_locale_names_its_language() {
    for (locale, language) in [
        ("ko_KR.UTF-8", Language::Korean),
        ("ko", Language::Korean),
        ("en_US.UTF-8", Language::English),
        ("C", Language::English),
        ("de_DE@euro", Language::English),
    ] {
        assert_eq!(Language::of_locale(locale), language, "{locale}");
    }
}
