//! What was judged last, for whoever shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_contract::CloudReader;
use rdpctl_engine::{Estate, Hands};
use rdpctl_model::declaration::Mode;
use rdpctl_model::facts::Facts;
use rdpctl_model::{Plan, ProviderName};

/// All that was known at a moment, and what it comes to.
pub struct Judged {
    /// What is declared.
    pub estate: Arc<Estate>,
    /// By which commands are spelled and prices asked for.
    pub hands: Hands,
    /// Whose logs may say who changed what differs.
    pub clouds: BTreeMap<ProviderName, Arc<dyn CloudReader>>,
    /// What is done about what differs.
    pub mode: Mode,
    /// What was seen.
    pub facts: Facts,
    /// What would be done.
    pub plan: Plan,
    /// While not everything was looked at since the start: into how many machines anybody ever looked.
    pub first_look: Option<usize>,
}

/// Where the last judgement is put; who does not look costs nothing.
pub type Shows = tokio::sync::watch::Sender<Option<Arc<Judged>>>;
