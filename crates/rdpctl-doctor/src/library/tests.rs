//! The data holds together: trees lead somewhere, documents are covered, and every language says the same things.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::{FacetId, Finding, Stage};

use super::Library;
use crate::question::Test;
use crate::texts::{Language, file};
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
        "summary.differs",
        "summary.outside",
        "summary.beyond",
        "summary.unplaced",
        "summary.before",
        "summary.inside",
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
        let table: toml::Table = toml::from_str(file(language)).unwrap();
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
        }
    }
    wanted.extend(FacetId::ALL.map(|facet| format!("likely.{facet}")));
    wanted.extend(FacetId::ALL.map(|facet| format!("differs.{facet}")));
    wanted.extend(library.messages.meanings.iter().map(|one| format!("message.{}", one.id)));
    wanted.extend(Stage::ALL.map(|stage| format!("stage.{stage}")));
    wanted.extend(Stage::ALL.map(|stage| format!("open.{stage}")));
    wanted.extend(library.usual.value.iter().map(|row| format!("unusual.{}", row.id)));
    for finding in Finding::ALL {
        wanted.insert(format!("finding.{finding}.says"));
        wanted.insert(format!("finding.{finding}.remedy"));
    }
    let told: BTreeSet<String> = library
        .texts
        .all()
        .map(|(key, _)| key.to_owned())
        .filter(|key| {
            [
                "tree.", "node.", "likely.", "differs.", "message.", "stage.", "open.", "finding.",
                "unusual.",
            ]
            .iter()
            .any(|head| key.starts_with(head))
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
fn every_meaning_leads_to_a_node_or_nowhere() {
    let library = library(Language::English);
    for meaning in &library.messages.meanings {
        let Some(entry) = &meaning.entry else { continue };
        assert!(
            library.trees.iter().any(|tree| tree.node(entry).is_some()),
            "{} leads to {entry}",
            meaning.id,
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

#[test]
fn the_table_of_findings_says_what_the_doctor_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/findings.md");
    let documentation = std::fs::read_to_string(path).unwrap();
    let library = library(Language::English);
    let text = |key: String| library.texts.get(&key).replace('|', "\\|");
    let rows: Vec<String> = Finding::ALL
        .iter()
        .map(|finding| {
            format!(
                "| `{finding}` | {} | {} | {} | {} |",
                finding.facet(),
                finding.stage(),
                text(format!("finding.{finding}.says")),
                text(format!("finding.{finding}.remedy")),
            )
        })
        .collect();
    // The last cell names what shows it; tests/house/faults holds that.
    let words =
        |line: &str| line.trim_end_matches(" |").rsplit_once(" | ").map(|it| it.0.to_owned());
    let told: Vec<String> = documentation
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| format!("{} |", words(line).unwrap_or_default()))
        .collect();
    assert_eq!(told, rows);
}
