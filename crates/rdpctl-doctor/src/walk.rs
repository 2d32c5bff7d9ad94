//! Walking the trees: every node is answered, and those that a person with this machine would come by are marked.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::diagnosis::{Answer, Health, NodeLine, Walk};
use crate::evidence::quotes;
use crate::texts::Texts;
use crate::tree::{Node, Tree, Word};

/// Walks one tree from its entry, or from where a message leads.
pub(crate) fn walk(tree: &Tree, entry: Option<&str>, case: &Case<'_>, texts: &Texts) -> Walk {
    let entry = entry.filter(|entry| tree.node(entry).is_some()).unwrap_or(&tree.entry);
    let visited = visited(tree, entry, case);
    Walk {
        tree: tree.id.clone(),
        title: texts.get(&format!("tree.{}.title", tree.id)).to_owned(),
        page: tree.page.clone(),
        entry: entry.to_owned(),
        nodes: tree
            .node
            .iter()
            .map(|node| line(node, visited.contains(node.id.as_str()), case, texts))
            .collect(),
    }
}

fn visited<'a>(tree: &'a Tree, entry: &'a str, case: &Case<'_>) -> BTreeSet<&'a str> {
    let mut visited = BTreeSet::new();
    let mut at = Some(entry);
    while let Some(node) = at.and_then(|id| tree.node(id)) {
        if !visited.insert(node.id.as_str()) {
            break;
        }
        at = match node.test.as_ref().map(|test| test.of(case)) {
            None => node.next.as_deref(),
            Some(Health::Fault) => node.astray(),
            // What cannot be seen is not a reason to stop: the next question may be answered.
            Some(Health::Healthy | Health::Unknown | Health::NotApplicable) => node.onward(),
        };
    }
    visited
}

fn line(node: &Node, visited: bool, case: &Case<'_>, texts: &Texts) -> NodeLine {
    let health = node.test.as_ref().map(|test| test.of(case));
    NodeLine {
        id: node.id.clone(),
        step: node.step.clone(),
        covers: node.covers.clone(),
        visited,
        asks: texts.get(&format!("node.{}.ask", node.id)).to_owned(),
        answer: health.map(|health| answer(health, node.healthy)),
        health,
        facet: node.facet,
        evidence: if health.is_some() { quotes(&node.evidence, case) } else { Vec::new() },
        repaired_by: (health == Some(Health::Fault))
            .then(|| node.astray().map(str::to_owned))
            .flatten(),
    }
}

const fn answer(health: Health, healthy: Word) -> Answer {
    match (health, healthy) {
        (Health::Healthy, Word::Yes) | (Health::Fault, Word::No) => Answer::Yes,
        (Health::Healthy, Word::No) | (Health::Fault, Word::Yes) => Answer::No,
        (Health::Unknown, _) => Answer::Unknown,
        (Health::NotApplicable, _) => Answer::NotApplicable,
    }
}
