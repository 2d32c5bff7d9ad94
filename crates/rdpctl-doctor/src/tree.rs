//! A decision tree as its file states it: questions with what answers them, and steps that people would take.

use rdpctl_model::FacetId;
use serde::Deserialize;

use crate::evidence::Exhibit;
use crate::question::Test;

/// One founding document's decision tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Tree {
    /// Its name.
    pub(crate) id: String,
    /// The document.
    pub(crate) page: String,
    /// The node at which it begins.
    pub(crate) entry: String,
    /// Its nodes, in the document's order.
    pub(crate) node: Vec<Node>,
}

/// One question or step.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Node {
    /// Its name, under which the texts are found.
    pub(crate) id: String,
    /// The document's step.
    pub(crate) step: String,
    /// The vendor's page about this step, where there is one of its own.
    #[serde(default)]
    pub(crate) page: Option<String>,
    /// The document's numbered items that this node stands for, such as `5.3` and `5.4`.
    #[serde(default)]
    pub(crate) covers: Vec<String>,
    /// The facet that answers it and repairs it.
    #[serde(default)]
    pub(crate) facet: Option<FacetId>,
    /// What answers it; a node without a test is a step, not a question.
    #[serde(default)]
    pub(crate) test: Option<Test>,
    /// What is shown beside it.
    #[serde(default)]
    pub(crate) evidence: Vec<Exhibit>,
    /// Where a yes leads, which is a healthy machine's answer; the end of the tree when it is not said.
    #[serde(default)]
    pub(crate) yes: Option<String>,
    /// Where a no leads, which is a broken machine's answer.
    #[serde(default)]
    pub(crate) no: Option<String>,
    /// Where a step leads.
    #[serde(default)]
    pub(crate) next: Option<String>,
}

impl Tree {
    /// The node of that name.
    pub(crate) fn node(&self, id: &str) -> Option<&Node> {
        self.node.iter().find(|node| node.id == id)
    }
}

impl Node {
    /// Whether it is a question about a disk.
    pub(crate) const fn asks_of_a_disk(&self) -> bool {
        matches!(self.test, Some(Test::Disk(_)))
    }
}
