//! What differs between a machine and its template: all that has to be kept of it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::certificate::Issued;
use super::events::Event;
use super::files::FileOverlay;
use super::registry::{Overlay, Value};
use super::services::Runtime;
use super::task::Task;

/// What was asked of a machine that is about to go down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GoingDown {
    pub(super) at: u64,
    pub(super) restart: bool,
}

/// Everything about a machine that its template does not say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The day on which its world began, in days since 1970.
    pub(super) born: Option<u32>,
    pub(super) booted_at: Option<u64>,
    pub(super) boots: u32,
    pub(super) registry: Overlay,
    pub(super) files: FileOverlay,
    pub(super) runtime: Option<Box<Runtime>>,
    pub(super) events: Vec<Event>,
    pub(super) tasks: Vec<Task>,
    pub(super) going_down: Option<GoingDown>,
    /// Certificates that were made since.
    pub(super) issued: Vec<Issued>,
    /// How keys that were asked for are called, by their number; those without a name are deleted.
    pub(super) containers: BTreeMap<u32, String>,
    /// How many keys were made since.
    pub(super) keys: u32,
    /// Firewall values as the service still has them, under [`firewall::memory_slot`], where the
    /// registry was edited behind its back.
    pub(super) firewall_memory: BTreeMap<Box<str>, Option<Value>>,
    pub(super) next_policy_refresh: Option<u64>,
}

/// What differs between a machine and its template, to be stored and loaded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GuestDelta(pub(super) State);

impl GuestDelta {
    /// What differs in the registry, as a number to compare.
    pub(crate) fn registry_print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        serde_json::to_vec(&self.0.registry).unwrap_or_default().hash(&mut hasher);
        hasher.finish()
    }
}
