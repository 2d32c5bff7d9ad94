//! PowerShell, which is a language of its own: one script is known by its text, and nothing else of it.

use super::Tool;
use crate::guest::keys::Keys;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let script =
        tool.arguments.trim().strip_prefix("-nop -c \"").and_then(|rest| rest.strip_suffix('"'));
    let Some(keys) = script.and_then(Keys::of) else {
        tool.error_line("The term is not recognized: PowerShell's language is not simulated.");
        return 1;
    };
    if tool.guest.template.faults.constrained_powershell {
        // What its constrained language says is caught by the script itself.
        return 0;
    }
    tool.keys = Some(keys);
    // A process that loads a runtime.
    tool.took += 900;
    0
}
