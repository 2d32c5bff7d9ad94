//! What was done to a world by those who call it, in order: for whoever wants to know whether anything was done twice.
//!
//! Kept by the world, so that nobody's own journal has to be believed.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use super::Estate;
use crate::world::VmIndex;

/// Deeds beyond this many are forgotten, oldest first.
const KEPT: usize = 100_000;

/// Something that was done, or asked for and not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Deed {
    /// When, in simulated time.
    at: Timestamp,
    /// What: an action of a vendor, or what happened to a machine by it.
    what: String,
    /// To what: the ids that were named, or the machine's name.
    on: Vec<String>,
    /// `done`, or why not; of a machine's registry what it came to.
    outcome: String,
}

/// All that are kept.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    forgotten: usize,
    kept: VecDeque<Deed>,
}

impl Deeds {
    /// Those from the given number on, and the number of the next.
    pub(crate) fn from(&self, number: usize) -> (Vec<Deed>, usize) {
        let skipped = number.saturating_sub(self.forgotten);
        (self.kept.iter().skip(skipped).cloned().collect(), self.forgotten + self.kept.len())
    }

    fn push(&mut self, deed: Deed) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
            self.forgotten += 1;
        }
        self.kept.push_back(deed);
    }
}

impl Estate {
    /// Notes a call of a vendor that changes something, unless it was a question.
    pub(crate) fn note_call(&mut self, action: &str, body: &[u8], outcome: Result<(), &str>) {
        let is_question =
            ["Describe", "Inquiry", "Get"].iter().any(|word| action.starts_with(word));
        // What a command does to its guest is noted where it runs.
        let is_script = matches!(action, "RunCommand" | "InvokeCommand");
        if is_question || is_script {
            return;
        }
        let mut on = Vec::new();
        if let Ok(body) = serde_json::from_slice(body) {
            ids(&body, false, &mut on);
        }
        self.note(action, on, outcome.err().unwrap_or("done"));
    }

    /// Notes what happened to a machine.
    pub(super) fn note_machine(&mut self, vm: VmIndex, what: &str, outcome: &str) {
        let name = self.world.vm_name(vm).to_string();
        self.note(what, vec![name], outcome);
    }

    fn note(&mut self, what: &str, on: Vec<String>, outcome: &str) {
        let (what, outcome) = (what.to_owned(), outcome.to_owned());
        self.deeds.push(Deed { at: self.now, what, on, outcome });
    }
}

/// The texts under keys that end with `Id` or `Ids`.
fn ids(value: &serde_json::Value, named: bool, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if named => into.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| ids(item, named, into)),
        serde_json::Value::Object(fields) => {
            for (key, field) in fields {
                ids(field, key.ends_with("Id") || key.ends_with("Ids"), into);
            }
        }
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}
