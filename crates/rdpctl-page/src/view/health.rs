//! How the loop itself is, what it did lately, and what nobody must miss.

use jiff::Timestamp;
use jiff::civil::Date;
use rdpctl_model::Said;
use rdpctl_model::outcome::{CreatedKind, RunRecord};
use serde::Serialize;

/// The loop's own health, as far as it is known; what is not known is left out and not called well.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Health {
    /// What this process is among those that share a state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Who leads, by the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// Since when this process is up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_since: Option<Timestamp>,
    /// When the leader's lease was renewed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewed: Option<Timestamp>,
    /// The declarations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Files>,
    /// The providers.
    pub providers: Vec<Provider>,
    /// When the clouds are looked at next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_look: Option<Timestamp>,
    /// Whether the last look was the first and has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_look: Option<(usize, usize)>,
    /// Instances that are left alone for a while after a failure.
    pub backing_off: usize,
    /// What somebody paused.
    pub paused: Vec<Pause>,
    /// What rdpctl made for those who are declared no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orphaned: Vec<Orphan>,
    /// What the state lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// Who is told what turns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Hook>,
    /// Memory of this process, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Seconds of processor that it took since it is up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<f64>,
    /// What each token may do, by its name.
    pub tokens: Vec<Holder>,
}

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It leads.
    Active,
    /// Another process leads.
    Standby,
}

/// Somebody who is told what turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hook {
    /// Where; its secret parts unsaid.
    pub host: String,
    /// How much waits to be told.
    pub waiting: usize,
}

/// Whose token it is, and what he may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Holder {
    /// Whose.
    pub name: String,
    /// What he may.
    pub may: Vec<&'static str>,
}

/// The declarations that are watched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Files {
    /// The folders and files.
    pub watched: Vec<String>,
    /// How many instances and fleets they declare.
    pub sources: usize,
    /// When they were read last.
    pub at: Timestamp,
    /// The commit of the checkout in which they lie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When somebody last fetched into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pulled: Option<Timestamp>,
    /// When the last reading was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Timestamp>,
}

/// A provider.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Whether it is asked.
    pub breaker: Breaker,
    /// When it last answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<Timestamp>,
    /// What it said instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Said>,
    /// How many machines it has.
    pub machines: usize,
    /// How often each of them is looked at, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// How much of the vendor's quota looking takes, in hundredths; none where nobody counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_quota: Option<f64>,
}

/// Whether a provider is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breaker {
    /// It is.
    Closed,
    /// It is left alone for a while.
    Open,
}

/// A declared fleet that finds nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Nobody {
    /// Its name.
    pub fleet: String,
    /// What it looks for.
    pub wants: Vec<String>,
    /// What is nearest to that, of the tags of those who are known.
    pub nearest: Vec<String>,
}

/// Something that somebody paused.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pause {
    /// An instance, a fleet, or all.
    pub what: String,
    /// Until when; none where it does not end by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Said,
    /// Who.
    pub by: String,
}

/// Something that rdpctl made for somebody who is declared no more.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Orphan {
    /// What it is.
    pub kind: CreatedKind,
    /// Its id.
    pub id: String,
    /// For whom it was made.
    pub made_for: String,
    /// When.
    pub at: Timestamp,
}

/// A run in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunLine {
    /// The record.
    #[serde(flatten)]
    pub record: RunRecord,
}

/// How a day was at its worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Day {
    /// The day.
    pub day: Date,
    /// Instances that differed.
    pub differ: usize,
    /// Instances that were unknown.
    pub unknown: usize,
}

/// How heavy a banner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Nothing is changed any more, or what is shown is old.
    Bad,
    /// Somebody has to decide.
    Wait,
    /// Something is not seen.
    Unknown,
}

/// What nobody must miss.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Banner {
    /// How heavy.
    pub weight: Weight,
    /// What is so, in a sentence.
    pub says: Said,
    /// What it means for changes, what is kept, and when it is tried again.
    pub means: Said,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Lines of a file or an answer, as they are.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub quote: String,
}
