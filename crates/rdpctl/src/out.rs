//! The only place that writes to the terminal: results to standard output, everything else to standard error.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use rdpctl_config::Paint;

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

/// How diagnostics are painted.
pub(crate) fn paint() -> Paint {
    if colour(&std::io::stderr()) { Paint::Colour } else { Paint::Plain }
}

/// Writes a result.
pub(crate) fn out(text: &str) -> std::io::Result<()> {
    let mut stream = std::io::stdout().lock();
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        // Whoever reads only the head of it has seen what he wanted.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}

/// Writes a line that is not a result. A closed standard error is nobody's loss.
pub(crate) fn err(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes a question to the terminal, and leaves the cursor behind it.
pub(crate) fn prompt(text: &str) {
    let mut stream = std::io::stderr().lock();
    // A closed standard error is nobody's loss.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// Untrusted text for a terminal: control characters and direction marks are shown, not obeyed.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character could steer a terminal, or make text read otherwise than it stands.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn what_a_guest_says_cannot_steer_the_terminal() {
        assert_eq!(safe("web\u{1b}[2J"), "web\\u{1b}[2J");
        assert_eq!(safe("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(safe("원격 데스크톱"), "원격 데스크톱");
    }
}
