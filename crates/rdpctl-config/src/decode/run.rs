//! `[run]`: how the continuous loop goes on.

use rdpctl_model::declaration::{Looping, Mode};

use crate::diagnostic::Problems;
use crate::parse::Named;
use crate::suggest::did_you_mean;
use crate::tree::unknown_key;

use super::webhook;

pub(crate) const KEYS: &[&str] = &["mode", "webhook"];
pub(crate) const MODES: [(&str, Mode); 2] = [("detect", Mode::Detect), ("enforce", Mode::Enforce)];

pub(super) fn decode(entries: &Named<'_>, problems: &mut Problems) -> Looping {
    for (name, entry) in entries {
        if !KEYS.contains(name) {
            unknown_key(entry.key, "`[run]`", KEYS.iter().copied(), problems);
        }
    }
    let mode = entries.get("mode").and_then(|entry| {
        let text = entry.node.text("mode", problems)?;
        let found = MODES.iter().find(|(word, _)| *word == text).map(|(_, mode)| *mode);
        if found.is_none() {
            problems
                .error(
                    entry.node.place,
                    format!("`mode` is \"detect\" or \"enforce\", not `{text}`"),
                )
                .maybe_help(|| did_you_mean(text, MODES.map(|(word, _)| word)));
        }
        found
    });
    let webhooks = entries.get("webhook").map(|entry| webhook::decode(entry.node, problems));
    Looping { mode: mode.unwrap_or_default(), webhooks: webhooks.unwrap_or_default(), closed: None }
}
