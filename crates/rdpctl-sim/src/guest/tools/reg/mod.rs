//! `reg`: the registry from the command line.

mod change;
mod query;
mod transfer;

use super::Tool;
use crate::guest::registry::KeyPath;
use crate::guest::registry_access::{Access, admits};

/// Switches that all subcommands share, taken out of the words.
struct Request {
    key: Option<KeyPath>,
    /// What follows the key.
    rest: Vec<String>,
}

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let mut words = tool.words();
    if words.is_empty() {
        return syntax(tool, "");
    }
    let verb = words.remove(0).to_ascii_lowercase();
    let were_allowed = tool.guest.connections_allowed();
    let code = dispatch(tool, &verb, words);
    let now = tool.clock();
    tool.guest.connections_changed(were_allowed, now);
    code
}

fn dispatch(tool: &mut Tool<'_>, verb: &str, words: Vec<String>) -> i32 {
    match verb {
        "query" => query::run(tool, words),
        "add" => change::add(tool, words),
        "delete" => change::delete(tool, words),
        "export" => transfer::export(tool, words),
        "import" => transfer::import(tool, &words),
        "copy" => transfer::copy(tool, words),
        // Offline hives are files of another disk; this machine has none.
        "load" | "unload" => {
            let message = tool.texts().file_not_found;
            tool.refuse(message)
        }
        _ => syntax(tool, verb),
    }
}

fn syntax(tool: &Tool<'_>, verb: &str) -> i32 {
    let text = crate::guest::text::fill(tool.texts().reg_syntax, &[&verb.to_uppercase()]);
    tool.refuse(&text)
}

/// The key and the remaining words; the view switch is applied to the key.
fn request(tool: &Tool<'_>, mut words: Vec<String>) -> Request {
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
fn closed(tool: &Tool<'_>, key: &KeyPath, access: Access) -> bool {
    let shut = |shut: &String| KeyPath::parse(shut).is_some_and(|shut| key.is_within(&shut.stored));
    tool.guest.template.faults.closed_keys.iter().any(shut)
        || !admits(&tool.guest.template.registry_lists, &tool.user.sids(), key, access)
}
