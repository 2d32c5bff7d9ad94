//! The command files of the packed form.
//!
//! Endpoint protection may block the packer or the encoder. Without the packer the text is encoded as it is; without
//! the encoder it is printed as it is, and what the channel cuts is missed by the frames.

use std::ops::Range;

use crate::envelope::{self, REST};
use crate::frame::{DRAWN_THERE, Nonce};
use crate::script::Script;

/// A line of a slice: a number, a colon, 64 digits, and the line's end.
const LINE_LENGTH: usize = 72;
/// Room for the header and the end of a reply.
const HEADER_ROOM: usize = 200;

/// How many lines one reply holds.
pub(super) fn lines_per_slice(reply: usize) -> usize {
    (reply.saturating_sub(HEADER_ROOM) / LINE_LENGTH).max(1)
}

/// The reply that holds so many lines.
pub(crate) const fn room_for(lines: usize) -> usize {
    HEADER_ROOM + lines * LINE_LENGTH
}

/// The command file that runs a batch between its head and its end, packs its output and prints the first slice.
pub(crate) fn wrap(nonce: &Nonce, head: &str, body: &str, reply: usize) -> String {
    let count = lines_per_slice(reply);
    let leave = envelope::leave(nonce);
    let commands = [
        "call :main >txt 2>nul".to_owned(),
        "set S=txt".to_owned(),
        "set H=-".to_owned(),
        r"!X!\makecab.exe txt cab >nul 2>&1".to_owned(),
        "if exist cab set S=cab".to_owned(),
        r"!X!\certutil.exe -f -encode !S! b64 >nul 2>&1".to_owned(),
        "if not exist b64 set S=raw".to_owned(),
        r"!X!\certutil.exe -hashfile txt SHA256 >sum 2>nul".to_owned(),
        r#"for /f "skip=1 tokens=*" %%h in (sum) do if "!H!"=="-" set H=%%h"#.to_owned(),
        format!("if !S!==raw (echo #{nonce} H 0 raw -&type txt&{leave}&exit /b 0)"),
        numbered(&(0..count)),
        format!("echo #{nonce} H !n! !S! !H!"),
        if nonce.is_drawn_there() {
            // Who asks for the rest by a script that is always the same cannot say of which answer.
            format!(
                r"if !n! leq {count} ({leave}) else (cd ..&(if exist {REST}\ rd /s /q {REST})&md {REST}&move {nonce}\b64 {REST}\b64 >nul&>{REST}\mark echo {nonce}&rd /s /q {nonce})"
            )
        } else {
            format!("if !n! leq {count} ({leave})")
        },
        format!("echo #{nonce} Z"),
        "exit /b 0".to_owned(),
        ":main".to_owned(),
    ];
    format!("{head}{}\r\n{body}exit /b 0\r\n", commands.join("\r\n"))
}

/// The command file, always the same, that prints a further page of the last long answer, counted from 1.
#[must_use]
pub fn rest(page: usize, reply: usize) -> Script {
    let slice = lines_per_slice(reply);
    let lines = page * slice..(page + 1) * slice;
    let commands = [
        numbered(&lines),
        format!("if !n! leq {} (cd ..&rd /s /q {REST})", lines.end),
        format!("echo #{DRAWN_THERE} Z"),
        "exit /b 0".to_owned(),
    ];
    let head = envelope::file_head(&envelope::enter_rest());
    Script::Registered(format!("{head}{}\r\n", commands.join("\r\n")))
}

/// The command file that prints some more lines, and cleans up when no line is left.
#[must_use]
pub fn slice(nonce: &Nonce, lines: &Range<usize>) -> Script {
    let commands = [
        numbered(lines),
        format!("if !n! leq {} ({})", lines.end, envelope::leave(nonce)),
        format!("echo #{nonce} Z"),
        "exit /b 0".to_owned(),
    ];
    let head = envelope::file_head(&envelope::enter_again(nonce));
    Script::File(format!("{head}{}\r\n", commands.join("\r\n")))
}

/// Prints a range of lines with their numbers, counted from 1, and leaves the count of all in `n`.
fn numbered(lines: &Range<usize>) -> String {
    format!(
        "set n=0\r\nfor /f \"tokens=*\" %%a in (b64) do (set /a n+=1 >nul&if !n! gtr {} if !n! leq {} echo !n!:%%a)",
        lines.start, lines.end
    )
}
