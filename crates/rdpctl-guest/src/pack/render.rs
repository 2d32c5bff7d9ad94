//! The command files of the packed form.
//!
//! Endpoint protection may block the packer or the encoder. Without the packer the text is encoded as it is; without
//! the encoder it is printed as it is, and what the channel cuts is missed by the frames.

use std::ops::Range;

use crate::frame::{Batch, FILE_HEAD, Nonce};
use crate::script::Script;

/// A line of a slice: a number, a colon, 64 digits, and the line's end.
const LINE_LENGTH: usize = 72;
/// Room for the header and the end of a reply.
const HEADER_ROOM: usize = 200;

/// How many lines one reply holds.
pub(super) fn lines_per_slice(reply: usize) -> usize {
    (reply.saturating_sub(HEADER_ROOM) / LINE_LENGTH).max(1)
}

/// The command file that runs a batch, packs its output and prints the first slice.
pub(crate) fn wrap(batch: &Batch, reply: usize) -> String {
    let name = format!("rdpctl-{}", batch.nonce());
    let count = lines_per_slice(reply);
    let commands = [
        "cd /d \"%SystemRoot%\\Temp\"".to_owned(),
        "del /q rdpctl-*.txt rdpctl-*.cab rdpctl-*.b64 >nul 2>&1".to_owned(),
        format!("call :main >{name}.txt 2>nul"),
        "set S=txt".to_owned(),
        "set H=-".to_owned(),
        format!("makecab {name}.txt {name}.cab >nul 2>&1 && set S=cab"),
        format!("certutil -f -encode {name}.!S! {name}.b64 >nul 2>&1 || set S=raw"),
        format!(
            "for /f \"skip=1 tokens=*\" %%h in ('certutil -hashfile {name}.txt SHA256') do if \"!H!\"==\"-\" set H=%%h"
        ),
        format!(
            "if !S!==raw (echo #{0} H 0 raw -&type {name}.txt&del /q {name}.*&exit /b 0)",
            batch.nonce()
        ),
        numbered(&name, &(0..count)),
        format!("echo #{} H !n! !S! !H!", batch.nonce()),
        format!("if !n! leq {count} del /q {name}.*"),
        format!("echo #{} Z", batch.nonce()),
        "exit /b 0".to_owned(),
        ":main".to_owned(),
    ];
    format!("{FILE_HEAD}{}\r\n{}exit /b 0\r\n", commands.join("\r\n"), batch.file_body())
}

/// The command file that prints some more lines, and cleans up when no line is left.
#[must_use]
pub fn slice(nonce: &Nonce, lines: &Range<usize>) -> Script {
    let name = format!("rdpctl-{nonce}");
    let commands = [
        "cd /d \"%SystemRoot%\\Temp\"".to_owned(),
        numbered(&name, lines),
        format!("if !n! leq {} del /q {name}.* >nul 2>&1", lines.end),
        format!("echo #{nonce} Z"),
        "exit /b 0".to_owned(),
    ];
    Script::File(format!("{FILE_HEAD}{}\r\n", commands.join("\r\n")))
}

/// Prints a range of lines with their numbers, counted from 1, and leaves the count of all in `n`.
fn numbered(name: &str, lines: &Range<usize>) -> String {
    format!(
        "set n=0\r\nfor /f \"tokens=*\" %%a in ({name}.b64) do (set /a n+=1 >nul&if !n! gtr {} if !n! leq {} echo !n!:%%a)",
        lines.start, lines.end
    )
}
