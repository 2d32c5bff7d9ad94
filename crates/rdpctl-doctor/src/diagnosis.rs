//! What the doctor says. One value, from which every form of the report and the exit code are made.

use jiff::Timestamp;
use rdpctl_model::{FacetId, Stage, Verdict};
use serde::Serialize;

use crate::case::Repair;

/// The whole answer about one instance.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Diagnosis {
    /// The schema's version.
    pub format: u32,
    /// The language of the texts.
    pub language: &'static str,
    /// Whom it is about.
    pub instance: String,
    /// The desired state against which it was judged.
    pub profile: String,
    /// When the evidence was taken (RFC 3339).
    pub taken_at: Timestamp,
    /// What it comes to.
    pub conclusion: Conclusion,
    /// The last stage that a handshake from outside proved, when one was tried and got anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proved: Option<Stage>,
    /// The same in one sentence.
    pub summary: String,
    /// What the user saw, when he said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint: Option<Complaint>,
    /// The fault from which to begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_cause: Option<Finding>,
    /// Faults of their own, beside the first.
    pub other_causes: Vec<Finding>,
    /// Faults that another one explains.
    pub consequences: Vec<Finding>,
    /// Differences that do not keep anybody out.
    pub remarks: Vec<Finding>,
    /// Values that differ from this Windows' defaults and that no facet judges, by stage.
    pub unusual: Vec<Unusual>,
    /// What is likely where evidence is missing, most likely first.
    pub guesses: Vec<Guess>,
    /// What could not be seen, and what to enable to see it.
    pub unseen: Vec<Unseen>,
    /// What its screen showed last, where the vendor keeps a picture and Windows does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen: Option<Screen>,
    /// The facets.
    pub facets: Vec<FacetLine>,
    /// The trees, as they were walked.
    pub walks: Vec<Walk>,
}

/// The vendor's own picture of a screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Screen {
    /// A link that is honoured for a time, and opens it to whoever has it; none where there is no picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The same in words, or why there is none.
    pub says: String,
}

/// What it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Nothing is wrong up to the stage of the complaint, and everything was seen that was asked for.
    Healthy,
    /// A cause was found.
    Cause,
    /// No cause is certain, or what was seen ends before the stage of the complaint.
    Undecided,
}

/// What the user saw, and what is made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Complaint {
    /// His words; untrusted text.
    pub text: String,
    /// The message that it is, when it is a known one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The stage of a connection at which it arises, when it is a known one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// What that message means.
    pub meaning: String,
    /// Where the walk begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// What it usually comes from, most likely first.
    pub suspects: Vec<FacetId>,
    /// Known messages that resemble it, when it is none of them.
    pub nearest: Vec<String>,
}

/// One facet's fault with all that speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// The facet.
    pub facet: FacetId,
    /// Whether the declaration manages it, so that a plan would repair it.
    pub managed: bool,
    /// The fault in one sentence.
    pub says: String,
    /// What exactly was found, by its stable names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<rdpctl_model::Finding>,
    /// What was found beside the first, in one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// What the facet concludes.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The facet that explains it, when it is a consequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows_from: Option<FacetId>,
    /// The node of the tree where it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The evidence.
    pub evidence: Vec<Quote>,
    /// What mends it, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// What a plan would do.
    pub repairs: Vec<Repair>,
    /// Where the documents speak of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
}

/// A place in a founding document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reference {
    /// The document's title.
    pub title: String,
    /// Its step.
    pub step: String,
    /// Its page.
    pub page: String,
}

/// One piece of evidence: who was asked, and what came back. Untrusted text, bounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Quote {
    /// The command or the API's field.
    pub source: String,
    /// The reply.
    pub reply: String,
}

/// One value that is unusual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unusual {
    /// Its stable name.
    pub id: String,
    /// The stage of a connection at which it can show.
    pub stage: Stage,
    /// Where it stands, and what stands there; untrusted text.
    pub value: Quote,
    /// What it is known to do.
    pub does: String,
}

/// A likely cause that could not be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Guess {
    /// The facet.
    pub facet: FacetId,
    /// What would explain it.
    pub says: String,
    /// What speaks for it.
    pub because: String,
}

/// A world that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unseen {
    /// Which.
    pub world: rdpctl_model::facet::World,
    /// Why not.
    pub why: String,
    /// What to enable to know more.
    pub enable: String,
}

/// One facet in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FacetLine {
    /// The facet.
    pub facet: FacetId,
    /// Whether the declaration manages it.
    pub managed: bool,
    /// What it concludes.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// One tree as it was walked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Walk {
    /// The tree.
    pub tree: String,
    /// The document's title.
    pub title: String,
    /// The document.
    pub page: String,
    /// Where the walk began.
    pub entry: String,
    /// All nodes, in the document's order.
    pub nodes: Vec<NodeLine>,
}

/// One node of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NodeLine {
    /// Its name.
    pub id: String,
    /// The document's step.
    pub step: String,
    /// The document's numbered items for which it stands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// Whether the walk came by it.
    pub visited: bool,
    /// The question, or what the step does.
    pub asks: String,
    /// The answer; a step has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// What the answer says about the machine; a step has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// The facet that answers and repairs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facet: Option<FacetId>,
    /// The evidence.
    pub evidence: Vec<Quote>,
    /// The node of the step that repairs it, when the answer is a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repaired_by: Option<String>,
}

/// The answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Nobody knows.
    Unknown,
    /// The question makes no sense here.
    NotApplicable,
}

/// What an answer says about the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// As it should be.
    Healthy,
    /// Not as it should be.
    Fault,
    /// It could not be seen.
    Unknown,
    /// The question makes no sense here.
    NotApplicable,
}
