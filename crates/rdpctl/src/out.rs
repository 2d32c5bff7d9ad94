//! The only place that writes to the terminal: results to standard output, everything else to standard error.

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use rdpctl_config::Paint;

use crate::escape::{Colours, leaving, told};
pub(crate) use crate::escape::{is_unsafe, safe};

/// Escape sequences, all empty when standard error takes no colour.
pub(crate) struct Styles {
    pub(crate) error: Shown,
    pub(crate) help: Shown,
    pub(crate) reset: Shown,
}

/// An escape sequence or nothing.
pub(crate) struct Shown(Option<Style>, bool);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0, self.1) {
            (None, _) => Ok(()),
            (Some(style), false) => write!(f, "{}", style.render()),
            (Some(style), true) => write!(f, "{}", style.render_reset()),
        }
    }
}

/// Styles for standard error.
pub(crate) fn styles() -> Styles {
    let on = colour(&std::io::stderr());
    let style = |color: AnsiColor| on.then(|| Style::new().bold().fg_color(Some(color.into())));
    let error = style(AnsiColor::Red);
    Styles {
        help: Shown(style(AnsiColor::Cyan), false),
        reset: Shown(error, true),
        error: Shown(error, false),
    }
}

/// Whether a stream takes colour.
pub(crate) fn colour(stream: &impl IsTerminal) -> bool {
    std::env::var_os("NO_COLOR").is_none() && stream.is_terminal()
}

fn colours() -> Colours {
    if colour(&std::io::stderr()) { Colours::Pass } else { Colours::Shown }
}

/// How diagnostics are painted.
pub(crate) fn paint() -> Paint {
    if colour(&std::io::stderr()) { Paint::Colour } else { Paint::Plain }
}

/// Writes a result.
pub(crate) fn out(text: &str) -> std::io::Result<()> {
    let mut stream = std::io::stdout().lock();
    match stream.write_all(leaving(text).as_bytes()).and_then(|()| stream.flush()) {
        // Whoever reads only the head of it has seen what he wanted.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}

/// Writes a line that is not a result. A closed standard error is nobody's loss.
pub(crate) fn err(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", told(line, colours()));
}

/// Writes a question to the terminal, and leaves the cursor behind it.
pub(crate) fn prompt(text: &str) {
    let mut stream = std::io::stderr().lock();
    // A closed standard error is nobody's loss.
    let _ = stream.write_all(told(text, colours()).as_bytes()).and_then(|()| stream.flush());
}
