//! What every question has in common: how its fields stand, what is typed, and who typed it.

use std::io::BufRead;

use rdpctl_term::{Ink, Page, Words, grid};
use tokio::sync::oneshot;

use crate::out;

/// Where the fields of a question stand.
pub(crate) const AT: usize = 4;
/// The longest of their names.
pub(crate) const LONGEST: usize = "if not".len();

/// The keys that answer.
pub(crate) fn keys(page: &mut Page, keys: &[(&'static str, &'static str)]) {
    let words = keys.iter().enumerate().fold(Words::new(), |words, (place, (key, does))| {
        let words = if place == 0 { words } else { words.own("    ") };
        words.ink(Ink::Command, *key).own(" ").own(*does)
    });
    page.push(grid::indented(AT, words));
}

/// A line that somebody typed; nothing at the end of input.
pub(crate) async fn line() -> Option<String> {
    let open = Open;
    let (answer, answered) = oneshot::channel();
    // A thread of its own: a line that nobody types keeps no command from ending.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line).map(|bytes| (bytes, line));
        // Nobody listens any more where the question was left.
        drop(answer.send(read));
    });
    match answered.await {
        Ok(Ok((bytes, line))) if bytes > 0 => {
            // Whoever answered ended the line.
            std::mem::forget(open);
            Some(line)
        }
        Ok(Ok(_) | Err(_)) | Err(_) => None,
    }
}

/// A question that was not answered: what is told next begins on a line of its own.
struct Open;

impl Drop for Open {
    fn drop(&mut self) {
        out::err("");
    }
}

/// Whoever answers, by the name that the system gives him.
pub(crate) fn whoami() -> String {
    std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        // Nobody said a name; the number is what the system knows.
        .unwrap_or_else(|_| format!("uid {}", rustix::process::getuid().as_raw()))
}
