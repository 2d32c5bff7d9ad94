//! Walking the trees: every node is answered, and those that a person with this machine would come by are marked.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::diagnosis::{Answer, Health, NodeLine, Walk};
use crate::evidence::quotes;
use crate::texts::Texts;
use crate::tree::{Node, Tree};

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
            Some(Health::Fault) => node.no.as_deref(),
            // What cannot be seen is not a reason to stop: the next question may be answered.
            Some(Health::Healthy | Health::Unknown | Health::NotApplicable) => node.yes.as_deref(),
        };
    }
    // What was not looked at is not asked, and where nothing is wrong nobody need do anything.
    let health = |id: &&str| tree.node(id)?.test.as_ref().map(|test| test.of(case));
    let any_fault = visited.iter().any(|id| health(id) == Some(Health::Fault));
    visited.retain(|id| match health(id) {
        None => any_fault,
        Some(Health::NotApplicable) => !tree.node(id).is_some_and(Node::asks_of_a_disk),
        Some(Health::Healthy | Health::Fault | Health::Unknown) => true,
    });
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
        answer: health.map(answer),
        health,
        facet: node.facet,
        evidence: if health.is_some() { quotes(&node.evidence, case, texts) } else { Vec::new() },
        repaired_by: (health == Some(Health::Fault)).then(|| node.no.clone()).flatten(),
    }
}

const fn answer(health: Health) -> Answer {
    match health {
        Health::Healthy => Answer::Yes,
        Health::Fault => Answer::No,
        Health::Unknown => Answer::Unknown,
        Health::NotApplicable => Answer::NotApplicable,
    }
}
