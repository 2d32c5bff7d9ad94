//! How `netsh` ends: done, or not understood.

use crate::guest::tools::Tool;

pub(super) fn ok(tool: &Tool<'_>) -> i32 {
    let message = tool.texts().netsh_ok;
    tool.line(&format!("{message}\r\n"));
    0
}

pub(super) fn invalid(tool: &Tool<'_>) -> i32 {
    let message = tool.texts().netsh_invalid;
    tool.line(&format!("\r\n{message}\r\n"));
    1
}
