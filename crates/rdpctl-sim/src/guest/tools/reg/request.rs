//! What all subcommands of `reg` read of their words, and when they refuse.

use crate::guest::registry::KeyPath;
use crate::guest::registry_access::{Access, admits};
use crate::guest::tools::Tool;

/// Switches that all subcommands share, taken out of the words.
pub(super) struct Request {
    pub(super) key: Option<KeyPath>,
    /// What follows the key.
    pub(super) rest: Vec<String>,
}

pub(super) fn syntax(tool: &Tool<'_>, verb: &str) -> i32 {
    let text = crate::guest::text::fill(tool.texts().reg_syntax, &[&verb.to_uppercase()]);
    tool.refuse(&text)
}

/// The key and the remaining words; the view switch is applied to the key.
pub(super) fn request(tool: &Tool<'_>, mut words: Vec<String>) -> Request {
    if words.is_empty() {
        return Request { key: None, rest: words };
    }
    let name = words.remove(0);
    let mut narrow = tool.guest.template.faults.agent_32_bit;
    words.retain(|word| match word.to_ascii_lowercase().as_str() {
        "/reg:64" => {
            narrow = false;
            false
        }
        "/reg:32" => {
            narrow = true;
            false
        }
        _ => true,
    });
    let key = KeyPath::parse(&name);
    Request { key: if narrow { key.map(|key| key.in_32_bit_view()) } else { key }, rest: words }
}

/// Whether a key is kept from whoever asks.
pub(super) fn closed(tool: &Tool<'_>, key: &KeyPath, access: Access) -> bool {
    let shut = |shut: &String| KeyPath::parse(shut).is_some_and(|shut| key.is_within(&shut.stored));
    tool.guest.template.faults.closed_keys.iter().any(shut)
        || !admits(&tool.guest.template.registry_lists, &tool.user.sids(), key, access)
}
