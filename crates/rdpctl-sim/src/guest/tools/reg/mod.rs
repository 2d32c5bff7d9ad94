//! `reg`: the registry from the command line.

mod change;
mod query;
mod request;
mod transfer;

use self::request::syntax;
use super::Tool;

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
