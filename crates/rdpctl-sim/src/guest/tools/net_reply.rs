//! How `net` ends: done, refused, or failed with a number of Windows.

use super::Tool;
use crate::guest::text::fill;

pub(super) fn done(tool: &Tool<'_>) -> i32 {
    let message = tool.texts().net_done;
    tool.line(&format!("{message}\r\n"));
    0
}

pub(super) fn fail(tool: &Tool<'_>, text: &str, number: i32) -> i32 {
    let help = fill(tool.texts().net_help, &[&number.to_string()]);
    tool.error_line(&format!("{text}\r\n\r\n{help}\r\n"));
    2
}

/// A Win32 error that `net` passes on.
pub(super) fn system_error(tool: &Tool<'_>, code: i32) -> i32 {
    let texts = tool.texts();
    let title = fill(texts.net_system_error, &[&code.to_string()]);
    tool.error_line(&format!("{title}\r\n\r\n{}\r\n", texts.error(code)));
    2
}
